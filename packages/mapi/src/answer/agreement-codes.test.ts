import { describe, expect, it } from 'vitest'
import { agreementCode } from './agreement-codes.ts'
import { GATEWAY_CODES } from './gateway-codes.ts'

/** sign_protocol_with_partner 1.0 §3, read again for this test. */
const SIGN = [
  ['SGN-6', 'UNKNOWN_EXCEPTION', 'query'],
  ['SGN-6', 'GENERIC_FAILURE', 'query'],
  ['SGN-6', 'SYSTEM_ERROR', 'query'],
  ['SGN-7', 'MERCHANT_SIGN_NOT_FOUND', 'contract'],
  ['SGN-7', 'REFUND_SIGN_PLAT_ERROR', 'contract'],
  ['SGN-7', 'MERCHANT_SIGN_STATUS_NOT_NORMAL', 'contract'],
  ['SGN-7', 'MERCHANT_UNSIGN', 'contract'],
  ['SGN-7', 'OUT_OF_MERCHANT_SERVICE_DATE_RANGE', 'contract'],
  ['SGN-8', 'CHARGE_MUST_HAVE_PAY_METHOD', 'fix-request'],
  ['SGN-8', 'REFUND_CHARGE_MUST_CHOSE_ONE', 'fix-request'],
  ['SGN-8', 'ILLEGAL_SIGN', 'key'],
] as const

/** customer_unsign 1.0 §3, read again for this test. */
const UNSIGN = [
  ['UNS-4', 'SYSTEM_ERROR', 'send-again'],
  ['UNS-4', 'ILLEGAL_SYSTEM', 'send-again'],
  ['UNS-5', 'TOO_MUCH_TYPE_CODE', 'ask-alipay'],
  ['UNS-5', 'FAIL_UNFREEZE_STANDARD_BAIL', 'ask-alipay'],
  ['UNS-5', 'ILLEGAL_ARGUMENT', 'fix-request'],
  ['UNS-5', 'STATUS_TYPE_CODE', 'contract'],
  ['UNS-5', 'ILLEGAL_SERVICE_TIME_OUT', 'contract'],
  ['UNS-5', 'NOT_EXIST_PARTNER_TYPE_CODE', 'contract'],
  ['UNS-5', 'FAIL_UNSIGN_BATCH_PAY_PRIVILEGE', 'ask-alipay'],
] as const

const SERVICES = ['sign_protocol_with_partner', 'query_customer_protocol', 'customer_unsign'] as const

describe('codes of agreements', () => {
  it.each(SIGN)('%s: %s means %s while signing and asking', (_, code, action) => {
    for (const entry of [agreementCode(code), agreementCode(code, 'query_customer_protocol')]) {
      expect(entry).toMatchObject({ code, action })
      expect(entry?.explanation).toMatch(/^[a-zA-Z].*[^.]$/)
    }
  })

  it.each(UNSIGN)('%s: %s means %s while cancelling', (_, code, action) => {
    const entry = agreementCode(code, 'customer_unsign')
    expect(entry).toMatchObject({ code, action })
    expect(entry?.explanation).toMatch(/^[a-zA-Z].*[^.]$/)
  })

  it('SGN-8: says that the user must choose both', () => {
    for (const code of ['CHARGE_MUST_HAVE_PAY_METHOD', 'REFUND_CHARGE_MUST_CHOSE_ONE']) {
      expect(agreementCode(code)?.explanation).toContain('automatic payment and automatic refund, both')
    }
  })

  it('UNS-4: SGN-6: SYSTEM_ERROR is the one code of these that asks for two things', () => {
    const differing = [...SIGN, ...UNSIGN]
      .map(([, code]) => code)
      .filter((code) => agreementCode(code)?.action !== agreementCode(code, 'customer_unsign')?.action)
    expect(new Set(differing)).toEqual(new Set(['SYSTEM_ERROR']))
  })

  it.each([...SIGN, ...UNSIGN].map(([rule, code]) => [rule, code]))('%s: %s is known to every interface', (_, code) => {
    for (const service of SERVICES) expect(agreementCode(code, service)?.code).toBe(code)
  })

  it('MAPI-19: a code of the gateway itself falls back to what it means everywhere', () => {
    for (const { code, action, aboutKey } of GATEWAY_CODES.values()) {
      for (const service of SERVICES) {
        const open = service === 'customer_unsign' ? 'send-again' : 'query'
        const expected = { 'fix-request': 'fix-request', 'fix-contract': 'contract', 'outcome-unknown': open }[action]
        expect([code, agreementCode(code, service)?.action]).toEqual([code, aboutKey ? 'key' : expected])
        expect(agreementCode(code, service)?.explanation).toMatch(/^[a-zA-Z].*[^.]$/)
      }
    }
  })

  it.each(['SOMETHING_NEW', '', 'SUCCESS', 'illegal_sign', 'BATCH_NO_NOT_UNIQUE', 'USER_NOT_EXIST', 'toString'])(
    'UNS-5: %j is in no table',
    (code) => {
      for (const service of SERVICES) expect(agreementCode(code, service)).toBeUndefined()
    },
  )
})
