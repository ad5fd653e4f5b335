import { loadConfig } from '@payout/runtime/config/config'
import { ConfigurationError } from '@payout/runtime/config/error'
import { describe, expect, it } from 'vitest'
import { egressSchema, egressSettings } from './config.ts'

const needed = {
  KAFKA_BROKERS: 'kafka:9092',
  REDIS_URL: 'redis://redis:6379',
  PARTNERS_FILE: '/etc/payout/partners.json',
}

function faults(env: Record<string, string>): string[] {
  try {
    loadConfig(egressSchema, { ...needed, ...env })
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ name }) => name)
    throw error
  }
}

describe('egressSchema', () => {
  it("MAPI-1: calls Alipay's gateway where nothing else is said, and refuses any other in production mode", () => {
    expect(loadConfig(egressSchema, needed).GATEWAY_URL).toBe('https://mapi.alipay.com/gateway.do')
    for (const url of [
      'http://127.0.0.1:8080/gateway.do',
      'https://mapi.alipay.com.example.org/gateway.do',
      'http://mapi.alipay.com/gateway.do',
    ]) {
      expect(faults({ GATEWAY_URL: url })).toEqual(['GATEWAY_URL'])
    }
    expect(faults({ MODE: 'sandbox', GATEWAY_URL: 'http://127.0.0.1:8080/gateway.do' })).toEqual([])
    expect(faults({ MODE: 'sandbox', GATEWAY_URL: 'https://mapi.alipay.com/gateway.do' })).toEqual(['GATEWAY_URL'])
  })

  it('tells all faults at once', () => {
    expect(faults({ RESEND: 'sometimes', BREAKER_UNKNOWNS: '0', CLOCK_SHIFT: '1h' }).toSorted()).toEqual([
      'BREAKER_UNKNOWNS',
      'CLOCK_SHIFT',
      'RESEND',
    ])
  })

  it('has limits and a folder of their own for return files', () => {
    const { FILE_ANSWER_TIMEOUT, FILE_MAX_BYTES, EVIDENCE_FOLDER } = loadConfig(egressSchema, needed)
    expect([FILE_ANSWER_TIMEOUT, FILE_MAX_BYTES, EVIDENCE_FOLDER]).toEqual([60_000, 64 * 1024 * 1024, 'evidence'])
    expect(faults({ FILE_MAX_BYTES: String(64 * 1024 * 1024 + 1), EVIDENCE_FOLDER: '/var/lib/payout' })).toEqual([
      'FILE_MAX_BYTES',
    ])
  })

  it('keeps the longest pause at least as long as the shortest', () => {
    const config = loadConfig(egressSchema, {
      ...needed,
      RESEND_DELAY_MIN: '10m',
      BALANCE_STOP: '30m',
      RESEND: 'never',
    })
    expect(egressSettings(config)).toMatchObject({
      resend: 'never',
      balanceStopMs: 1_800_000,
      retry: { minMs: 600_000, maxMs: 600_000 },
    })
  })
})
