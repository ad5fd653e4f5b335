import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logger } from '../observability/logging.ts'
import { type ConfigSchema, describeConfig, loadConfig } from './config.ts'
import { ConfigurationError } from './error.ts'
import { integer, optional, text } from './field.ts'
import { kafkaAccess, kafkaFields } from './kafka.ts'
import { redisFields, redisOptions } from './redis.ts'
import { gatewayFields, partnersFields, serviceFields, serviceSchema } from './service.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'payout-config-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

function faultsOf(schema: ConfigSchema, env: Record<string, string>): ConfigurationError {
  try {
    loadConfig(schema, env)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const own = serviceSchema({
  WORKERS: integer({ description: 'how many workers', unit: 'processes', default: '4' }, { min: 1, max: 16 }),
  TOKEN: text({ description: 'the token', secret: true }),
  NOTE: optional(text({ description: 'a note' })),
})

describe('settings', () => {
  it('come from the environment, with their defaults; empty means not set', () => {
    expect(loadConfig(own, { TOKEN: 't', WORKERS: '', NOTE: '', OTHER: 'x' })).toEqual({ TOKEN: 't', WORKERS: 4 })
  })

  it('can be read from a file where they are secrets, without the last line break', () => {
    expect(loadConfig(own, { TOKEN_FILE: file('token', 'a b \r\n') })).toMatchObject({ TOKEN: 'a b ' })
    expect(() => loadConfig(own, { TOKEN: 't', NOTE_FILE: '/nowhere' })).not.toThrow()
  })

  it('MAPI-14: are refused from a file that everyone can read', () => {
    const error = faultsOf(own, { TOKEN_FILE: file('open', 'geheim', 0o644) })
    expect(error.faults).toEqual([
      { name: 'TOKEN_FILE', problem: expect.stringContaining('everyone'), wayOut: expect.stringContaining('chmod') },
    ])
    expect(error.message).not.toContain('geheim')
  })

  it('are refused when given twice', () => {
    const error = faultsOf(own, { TOKEN: 'geheim', TOKEN_FILE: file('both', 'geheim') })
    expect(error.faults.map(({ name }) => name)).toEqual(['TOKEN_FILE'])
    expect(error.message).not.toContain('geheim')
  })

  it('name all that is wrong at once, each with the way out', () => {
    const error = faultsOf(own, { WORKERS: '99' })
    expect(error.code).toBe('CONFIGURATION')
    expect(error.faults).toEqual([
      {
        name: 'WORKERS',
        problem: 'is "99" and must be a whole number from 1 to 16',
        wayOut: 'WORKERS: how many workers (processes), for example 4',
      },
      { name: 'TOKEN', problem: 'is not set', wayOut: 'TOKEN or TOKEN_FILE: the token' },
    ])
    expect(error.message).toMatch(
      /^The configuration has 2 faults:\n {2}- WORKERS is "99" and must be .*\n {2}- TOKEN is not set/,
    )
  })

  it('are described for the page of settings', () => {
    expect(describeConfig(own)).toEqual([
      { name: 'WORKERS', description: 'how many workers', unit: 'processes', default: '4', required: false },
      { name: 'TOKEN', description: 'the token', secret: true, required: true },
      { name: 'NOTE', description: 'a note', required: false },
    ])
  })
})

describe('the settings of every service', () => {
  const schema = serviceSchema({
    ...serviceFields,
    ...partnersFields,
    ...gatewayFields,
    ...kafkaFields,
    ...redisFields,
  })
  const least = { PARTNERS_FILE: 'partners.json', KAFKA_BROKERS: 'kafka:9092', REDIS_URL: 'redis://redis' }

  it('need brokers, a Redis and a partners file, and are for production unless told otherwise', () => {
    expect(faultsOf(schema, {}).faults.map(({ name }) => name)).toEqual(['PARTNERS_FILE', 'KAFKA_BROKERS', 'REDIS_URL'])
    expect(loadConfig(schema, least)).toMatchObject({
      MODE: 'production',
      NAMESPACE: 'payout',
      GATEWAY_URL: 'https://mapi.alipay.com/gateway.do',
      ADMIN_HOST: '127.0.0.1',
      CLAIM_LIFE: 2_592_000_000,
      CLOCK_SHIFT: 0,
    })
  })

  it.each([
    'http://127.0.0.1:8080/gateway.do',
    'https://mapi.alipay.com/other.do',
    'https://mapi.alipay.com.example.com/gateway.do',
  ])('MAPI-1: production refuses the gateway %s', (GATEWAY_URL) => {
    const error = faultsOf(schema, { ...least, GATEWAY_URL })
    expect(error.faults).toEqual([
      expect.objectContaining({ name: 'GATEWAY_URL', problem: expect.stringContaining('in production mode') }),
    ])
  })

  it("MAPI-1: the sandbox takes a simulator's address, and refuses Alipay's own", () => {
    const GATEWAY_URL = 'http://127.0.0.1:8080/gateway.do'
    expect(loadConfig(schema, { ...least, MODE: 'sandbox', GATEWAY_URL })).toMatchObject({ GATEWAY_URL })
    expect(faultsOf(schema, { ...least, MODE: 'sandbox' }).faults).toEqual([
      expect.objectContaining({ name: 'GATEWAY_URL' }),
    ])
  })

  it('shift the clock in sandbox mode only', () => {
    const GATEWAY_URL = 'http://127.0.0.1:8080/gateway.do'
    expect(loadConfig(schema, { ...least, GATEWAY_URL, MODE: 'sandbox', CLOCK_SHIFT: '-26h' })).toMatchObject({
      CLOCK_SHIFT: -93_600_000,
    })
    expect(faultsOf(schema, { ...least, CLOCK_SHIFT: '1s' }).faults).toEqual([
      expect.objectContaining({ name: 'CLOCK_SHIFT' }),
    ])
  })

  it('tell faults between settings even when others are wrong by themselves', () => {
    const error = faultsOf(schema, {
      LOG_LEVEL: 'loud',
      CLOCK_SHIFT: '1h',
      KAFKA_BROKERS: 'kafka',
      KAFKA_SASL_USERNAME: 'signer',
      REDIS_URL: 'redis://redis',
      REDIS_SENTINELS: 's:1',
      REDIS_TLS_CERT_FILE: file('cert.pem', 'x', 0o644),
      NAMESPACE: 'Live:1',
    })
    expect(error.faults.map(({ name }) => name).toSorted()).toEqual([
      'CLOCK_SHIFT',
      'KAFKA_BROKERS',
      'KAFKA_SASL_MECHANISM',
      'LOG_LEVEL',
      'NAMESPACE',
      'PARTNERS_FILE',
      'REDIS_SENTINELS',
      'REDIS_SENTINEL_NAME',
      'REDIS_TLS_KEY_FILE',
    ])
  })

  it('MAPI-14: never repeat a secret', () => {
    const secrets = { REDIS_URL: 'http://:geheim@redis', REDIS_PASSWORD: 'geheim', KAFKA_SASL_PASSWORD: 'geheim' }
    expect(faultsOf(schema, { ...secrets, KAFKA_SASL_MECHANISM: 'MD5' }).message).not.toContain('geheim')
  })

  it('say how Kafka is reached', () => {
    expect(kafkaAccess(loadConfig(schema, least))).toEqual({
      brokers: ['kafka:9092'],
      maxBatchBytes: 64 * 1024 * 1024,
    })
    const full = {
      ...least,
      KAFKA_BROKERS: 'a:1,[::1]:2',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'signer',
      KAFKA_SASL_PASSWORD_FILE: file('sasl', 'geheim\n'),
      KAFKA_TLS_CA_FILE: file('ca.pem', 'CA', 0o644),
      KAFKA_TLS_CERT_FILE: file('cert.pem', 'CERT', 0o644),
      KAFKA_TLS_KEY_FILE: file('key.pem', 'KEY'),
      KAFKA_MAX_BATCH_BYTES: '5000000',
    }
    expect(kafkaAccess(loadConfig(schema, full))).toEqual({
      brokers: ['a:1', '[::1]:2'],
      maxBatchBytes: 5_000_000,
      sasl: { mechanism: 'scram-sha-512', username: 'signer', password: 'geheim' },
      ssl: { ca: 'CA', cert: 'CERT', key: 'KEY' },
    })
    expect(kafkaAccess(loadConfig(schema, { ...least, KAFKA_TLS: 'true' }))).toMatchObject({ ssl: {} })
  })

  it('MAPI-14: refuse a TLS key that everyone can read', () => {
    const files = { KAFKA_TLS_CERT_FILE: file('c.pem', 'C', 0o644), KAFKA_TLS_KEY_FILE: file('k.pem', 'geheim', 0o644) }
    const error = faultsOf(schema, { ...least, ...files })
    expect(error.faults).toEqual([
      expect.objectContaining({ name: 'KAFKA_TLS_KEY_FILE', problem: expect.stringContaining('everyone') }),
    ])
    expect(error.message).not.toContain('geheim')
  })

  it('say how Redis is reached, by its address or by Sentinels', () => {
    const silent = logger('test', 'silent')
    const byUrl = redisOptions(loadConfig(schema, { ...least, NAMESPACE: 'live' }), 'signer', silent)
    expect(byUrl).toMatchObject({
      url: 'redis://redis',
      namespace: 'live',
      claimLifeMs: 2_592_000_000,
      commandTimeoutMs: 2000,
      connectionName: 'signer',
    })
    const { REDIS_URL: _url, ...rest } = least
    const sentinels = {
      ...rest,
      REDIS_SENTINELS: 's1:26379,s2:26379',
      REDIS_SENTINEL_NAME: 'payouts',
      REDIS_PASSWORD: 'geheim',
      REDIS_TLS: 'true',
    }
    expect(redisOptions(loadConfig(schema, sentinels), 'signer', silent)).toMatchObject({
      sentinels: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 26_379 },
      ],
      sentinelName: 'payouts',
      password: 'geheim',
      tls: {},
    })
  })

  it.each(['redis', 'redis://', 'redis://a b', 'redis://h/x', 'http://h', 'redis://h:123456'])(
    'refuse %s as the address of Redis',
    (REDIS_URL) => {
      expect(faultsOf(schema, { ...least, REDIS_URL }).faults.map(({ name }) => name)).toEqual(['REDIS_URL'])
    },
  )
})
