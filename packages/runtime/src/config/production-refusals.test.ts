import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { compileCache } from '../service/compile-cache.ts'
import { loadConfig } from './config.ts'
import { ConfigurationError } from './error.ts'
import { text } from './field.ts'
import { kafkaFields } from './kafka.ts'
import { redisFields } from './redis.ts'
import { registryFields } from './registry.ts'
import { serviceFields, serviceSchema } from './service.ts'

const CERTIFICATE = join(import.meta.dirname, 'production-refusals.ts')
const schema = serviceSchema({
  ...serviceFields,
  ...kafkaFields,
  ...redisFields,
  ...registryFields,
  INGRESS_HOST: text({ description: 'where it listens', default: '127.0.0.1' }),
  FORM_URL: text({ description: 'where forms are', default: 'https://pay.example.com' }),
})
const LEAST = { KAFKA_BROKERS: 'kafka:9092', REDIS_URL: 'redis://redis' }
const SECRET = 'hunter2'

/** Settings by name that were refused, and all that was said. */
function refused(env: Readonly<Record<string, string>>): { names: string[]; said: string } {
  try {
    loadConfig(schema, { ...LEAST, ...env })
    return { names: [], said: '' }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return { names: error.faults.map(({ name }) => name), said: error.message }
  }
}

const sasl = { KAFKA_SASL_USERNAME: 'payout', KAFKA_SASL_PASSWORD: SECRET }
const sentinels = { REDIS_URL: '', REDIS_SENTINELS: 'sentinel-1:26379', REDIS_SENTINEL_NAME: 'main' }

describe('production mode', () => {
  it.each<[name: string, Record<string, string>]>([
    ['NODE_TLS_REJECT_UNAUTHORIZED', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
    ...[
      '--insecure-http-parser',
      '--insecure_http_parser',
      '--max-old-space-size=200 --tls-min-v1.0',
      '"--tls-min-v1.1"',
      '--tls-cipher-list=DEFAULT@SECLEVEL=0',
      '--tls-cipher-list HIGH:aNULL',
      '--inspect',
      '--inspect=0.0.0.0:9229',
      '--inspect-brk',
      '--tls-keylog=/tmp/keys',
      '--trace-tls',
      '--heapsnapshot-signal=SIGUSR2',
      '--report-on-signal',
    ].map((NODE_OPTIONS): [string, Record<string, string>] => ['NODE_OPTIONS', { NODE_OPTIONS }]),
    ['NODE_DEBUG', { NODE_DEBUG: 'http' }],
    ['NODE_DEBUG_NATIVE', { NODE_DEBUG_NATIVE: 'tls' }],
    ['DEBUG', { DEBUG: 'ioredis:*' }],
    ['DEBUG', { DEBUG: 'express,*' }],
    ['KAFKAJS_DEBUG_PROTOCOL_BUFFERS', { KAFKAJS_DEBUG_PROTOCOL_BUFFERS: '1' }],
    ['KAFKA_SASL_MECHANISM', { ...sasl, KAFKA_SASL_MECHANISM: 'plain' }],
    [
      'KAFKA_SASL_MECHANISM',
      { ...sasl, KAFKA_SASL_MECHANISM: 'plain', KAFKA_TLS: 'false', KAFKA_BROKERS: '127.0.0.1:9092' },
    ],
    ['REDIS_URL', { REDIS_PASSWORD: SECRET }],
    ['REDIS_URL', { REDIS_URL: `redis://payout:${SECRET}@redis:6379` }],
    ['REDIS_URL', { REDIS_URL: `redis://:${SECRET}@10.0.0.5/2` }],
    ['REDIS_SENTINELS', { ...sentinels, REDIS_PASSWORD: SECRET }],
    ['REDIS_SENTINELS', { ...sentinels, REDIS_SENTINEL_PASSWORD: SECRET }],
    [
      'SCHEMA_REGISTRY_URL',
      {
        SCHEMA_REGISTRY_URL: 'http://registry:8081',
        SCHEMA_REGISTRY_USERNAME: 'payout',
        SCHEMA_REGISTRY_PASSWORD: SECRET,
      },
    ],
    ['ADMIN_HOST', { ADMIN_HOST: '203.0.113.5' }],
    ['ADMIN_HOST', { ADMIN_HOST: '2001:db8::5' }],
    ['INGRESS_HOST', { INGRESS_HOST: '203.0.113.5' }],
    ['FORM_URL', { FORM_URL: 'http://pay.example.com' }],
    ['CLOCK_SHIFT', { CLOCK_SHIFT: '1h' }],
  ])('refuses what takes security away, with the way out: %s %o', (name, env) => {
    const { names, said } = refused(env)
    expect(names).toEqual([name])
    expect(said).toMatch(/production mode/)
    expect(said).not.toContain(SECRET)
    const { REDIS_URL } = { ...LEAST, ...env }
    expect(refused({ ...env, REDIS_URL, MODE: 'sandbox' }).names).toEqual([])
  })

  it.each<[string, Record<string, string>]>([
    ['certificates that are checked', { NODE_TLS_REJECT_UNAUTHORIZED: '1' }],
    [
      'options that take nothing away',
      { NODE_OPTIONS: '--max-old-space-size=512 --enable-source-maps --tls-min-v1.2 --require ./agent.js' },
    ],
    ['strong ciphers', { NODE_OPTIONS: '--tls-cipher-list=TLS_AES_256_GCM_SHA384:HIGH:!aNULL:!MD5:!RC4' }],
    ['a report without the environment', { NODE_OPTIONS: '--report-on-fatalerror --report-exclude-env' }],
    ['debug output of others', { DEBUG: 'express:*' }],
    ['PLAIN by TLS', { ...sasl, KAFKA_SASL_MECHANISM: 'plain', KAFKA_TLS: 'true' }],
    [
      'PLAIN by TLS that a certificate switches on',
      { ...sasl, KAFKA_SASL_MECHANISM: 'plain', KAFKA_TLS_CA_FILE: CERTIFICATE },
    ],
    ['SCRAM', { ...sasl, KAFKA_SASL_MECHANISM: 'scram-sha-512' }],
    ['a password to Redis by TLS', { REDIS_URL: `rediss://payout:${SECRET}@redis:6379` }],
    ['the same by its own setting', { REDIS_PASSWORD: SECRET, REDIS_TLS: 'true' }],
    ['a password to a Redis on this machine', { REDIS_URL: `redis://:${SECRET}@127.0.0.1:6379` }],
    ['the same by IPv6', { REDIS_URL: `redis://:${SECRET}@[::1]:6379` }],
    ['Sentinels by TLS', { ...sentinels, REDIS_PASSWORD: SECRET, REDIS_TLS: 'true' }],
    ['a schema registry without a password', { SCHEMA_REGISTRY_URL: 'http://registry:8081' }],
    ['an inner address', { ADMIN_HOST: '10.1.2.3', INGRESS_HOST: '0.0.0.0' }],
    ['every address', { ADMIN_HOST: '::', INGRESS_HOST: 'fd00::1' }],
  ])('takes %s', (_what, env) => {
    expect(refused(env)).toEqual({ names: [], said: '' })
  })

  it('names everything at once', () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_OPTIONS: '--insecure-http-parser', REDIS_PASSWORD: SECRET }
    expect(refused(env).names).toEqual(['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_OPTIONS', 'REDIS_URL'])
  })

  it("refuses options on Node's own command line", async () => {
    const program = join(import.meta.dirname, '..', 'service', 'testing', 'service-fixture.ts')
    const run = promisify(execFile)(process.execPath, ['--insecure-http-parser', program], {
      env: { ...compileCache, PATH: process.env.PATH, PARTNERS_FILE: '' },
    })
    await expect(run).rejects.toMatchObject({
      code: 78,
      stderr: expect.stringContaining('NODE_OPTIONS is "--insecure-http-parser"'),
    })
  })
})
