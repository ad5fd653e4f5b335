import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeConfig, loadConfig } from '@payout/runtime/config/config'
import { ConfigurationError } from '@payout/runtime/config/error'
import { expect, it, onTestFinished } from 'vitest'
import { ingressSchema, ingressSettings, tlsFiles } from './config.ts'

const ENV = { KAFKA_BROKERS: 'kafka:9092', REDIS_URL: 'redis://redis:6379', PARTNERS_FILE: 'partners.json' }

function faults(env: Record<string, string>): string[] {
  try {
    loadConfig(ingressSchema, { ...ENV, ...env })
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ name }) => name)
    throw error
  }
}

it('has defaults that a production can start from', () => {
  const config = loadConfig(ingressSchema, ENV)
  expect(tlsFiles(config)).toBeUndefined()
  expect(ingressSettings(config)).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    headerTimeoutMs: 10_000,
    bodyTimeoutMs: 30_000,
    maxInFlightBytes: 67_108_864,
    verification: { gatewayUrl: 'https://mapi.alipay.com/gateway.do', timeoutMs: 10_000 },
  })
})

it('takes load balancers as addresses and networks, and refuses anything else', () => {
  const balancers = (text: string) =>
    ingressSettings(loadConfig(ingressSchema, { ...ENV, INGRESS_BALANCERS: text })).room
  expect(balancers('10.0.0.5, 10.1.0.0/16,fd00::/8,::1').balancers).toEqual([
    '10.0.0.5',
    '10.1.0.0/16',
    'fd00::/8',
    '::1',
  ])
  for (const text of ['balancer', '10.0.0.0/33', '10.0.0', '::/129', '10.0.0.1,', '10.0.0.1/', '*'])
    expect(faults({ INGRESS_BALANCERS: text }), text).toEqual(['INGRESS_BALANCERS'])
})

it('describes every setting', () => {
  for (const row of describeConfig(ingressSchema)) expect(row.description, row.name).not.toBe('')
})

it("MAPI-1: refuses another gateway than Alipay's in production mode, together with everything else that is wrong", () => {
  const wrong = {
    GATEWAY_URL: 'http://127.0.0.1:1/gateway.do',
    INGRESS_PORT: '-1',
    INGRESS_TLS_CERT_FILE: '/nowhere.pem',
  }
  expect(faults(wrong).sort()).toEqual(
    ['GATEWAY_URL', 'INGRESS_PORT', 'INGRESS_TLS_CERT_FILE', 'INGRESS_TLS_KEY_FILE'].sort(),
  )
  expect(faults({ GATEWAY_URL: 'http://127.0.0.1:1/gateway.do', MODE: 'sandbox' })).toEqual([])
})

it('MAPI-14: refuses a TLS key that everyone can read, and wants certificate and key together', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ingress-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(cert, 'certificate')
  writeFileSync(key, 'key', { mode: 0o600 })
  const both = { INGRESS_TLS_CERT_FILE: cert, INGRESS_TLS_KEY_FILE: key }
  expect(tlsFiles(loadConfig(ingressSchema, { ...ENV, ...both }))).toEqual({ cert: 'certificate', key: 'key' })
  expect(faults({ INGRESS_TLS_CERT_FILE: cert })).toEqual(['INGRESS_TLS_KEY_FILE'])
  expect(faults({ INGRESS_TLS_KEY_FILE: key })).toEqual(['INGRESS_TLS_CERT_FILE'])
  chmodSync(key, 0o644)
  expect(faults(both)).toEqual(['INGRESS_TLS_KEY_FILE'])
})
