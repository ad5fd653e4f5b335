import { loadConfig } from '@payout/runtime/config/config'
import { ConfigurationError } from '@payout/runtime/config/error'
import { describe, expect, it } from 'vitest'
import { signerSchema } from './config.ts'

const needed = {
  KAFKA_BROKERS: 'kafka:9092',
  REDIS_URL: 'redis://redis:6379',
  PARTNERS_FILE: '/etc/payout/partners.json',
}

function faults(env: Record<string, string>): string[] {
  try {
    loadConfig(signerSchema, { ...needed, ...env })
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ name }) => name)
    throw error
  }
}

describe('FORM_URL', () => {
  it('need not be set', () => expect(loadConfig(signerSchema, needed).FORM_URL).toBeUndefined())

  it.each([
    'https://pay.example.com',
    'https://pay.example.com/',
    'https://pay.example.com:8443/alipay',
    'https://127.0.0.1',
    'https://[::1]:8443',
  ])('%s is one', (url) => expect(faults({ FORM_URL: url })).toEqual([]))

  it.each([
    'pay.example.com',
    'ftp://pay.example.com',
    'https://',
    'https://user:secret@pay.example.com',
    'https://pay.example.com/?a=1',
    'https://pay.example.com/#a',
    'https://pay example.com',
    'https://pay.example.com/"><script>',
  ])('%s is none', (url) => expect(faults({ FORM_URL: url })).toEqual(['FORM_URL']))

  it('is https in production mode; in sandbox mode it may be http', () => {
    expect(faults({ FORM_URL: 'http://127.0.0.1:8080' })).toEqual(['FORM_URL'])
    expect(faults({ FORM_URL: 'http://127.0.0.1:8080', MODE: 'sandbox' })).toEqual([])
  })

  it('is reported together with all other faults', () => {
    const env = { FORM_URL: 'http://127.0.0.1:8080', SIGNER_MAX_RECORDS: '0', CLOCK_SHIFT: '1h' }
    expect(faults(env).toSorted()).toEqual(['CLOCK_SHIFT', 'FORM_URL', 'SIGNER_MAX_RECORDS'])
  })
})
