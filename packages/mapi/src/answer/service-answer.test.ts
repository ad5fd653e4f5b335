import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_ANSWER_BYTES } from './answer-xml.ts'
import { parseServiceAnswer } from './service-answer.ts'

const PROLOG = '<?xml version="1.0" encoding="GBK"?>'
const query = (xml: string, contentType?: string) =>
  parseServiceAnswer('query_customer_protocol', Buffer.from(xml), contentType)
const unsign = (xml: string) => parseServiceAnswer('customer_unsign', Buffer.from(xml))
const taken = (further = '') => `<alipay><is_success>T</is_success>${further}</alipay>`
const flags = (chargeAgent: string, refundCharge: string) =>
  taken(`<charge_agent>${chargeAgent}</charge_agent><refund_charge>${refundCharge}</refund_charge>`)
const refused = (code: string) => `${PROLOG}<alipay><is_success>F</is_success><error>${code}</error></alipay>`
const unknown = (reason: string, code?: string) =>
  code === undefined ? { kind: 'unknown', reason } : { kind: 'unknown', reason, code }
const accepted = (chargeAgent: boolean, refundCharge: boolean) => ({ kind: 'accepted', chargeAgent, refundCharge })

describe('answer about an agreement', () => {
  it.each([
    ['T', 'T', true, true],
    ['T', 'F', true, false],
    ['F', 'T', false, true],
    ['F', 'F', false, false],
    ['', '', false, false],
    [' T\n', '<![CDATA[T]]>', true, true],
  ])('SGN-5: charge_agent %j and refund_charge %j say how it stands', (chargeAgent, refundCharge, charge, refund) => {
    expect(query(flags(chargeAgent, refundCharge))).toEqual(accepted(charge, refund))
  })

  it('SGN-5: the elements are found by name, wherever they stand below the root', () => {
    const both = '<refund_charge>T</refund_charge><user_id>2088002007018916</user_id><charge_agent>T</charge_agent>'
    expect(query(`<alipay>${both}<is_success>T</is_success></alipay>`)).toEqual(accepted(true, true))
    expect(query(taken(`<request><param name="refund_charge">T</param></request>${both}<sign>x</sign>`))).toEqual(
      accepted(true, true),
    )
  })

  it('SGN-5: an element that is missing says no', () => {
    expect(query(taken())).toEqual(accepted(false, false))
    expect(query(taken('<charge_agent>T</charge_agent>'))).toEqual(accepted(true, false))
    expect(query(taken('<refund_charge>T</refund_charge>'))).toEqual(accepted(false, true))
    expect(query(taken('<response><refund_charge>T</refund_charge></response>'))).toEqual(accepted(false, false))
    expect(query(taken('<Refund_Charge>T</Refund_Charge><refund_charges>T</refund_charges>'))).toEqual(
      accepted(false, false),
    )
  })

  it.each([
    ['a flag that is neither', flags('T', 'Y'), unknown('not-an-answer')],
    ['a flag in lower case', flags('t', 'T'), unknown('not-an-answer')],
    ['a flag in full width', flags('F', 'Ｔ'), unknown('not-an-answer')],
    [
      'a flag twice',
      taken('<refund_charge>F</refund_charge><refund_charge>T</refund_charge>'),
      unknown('not-an-answer'),
    ],
    ['a flag with an element in it', flags('F', '<b>T</b>'), unknown('not-an-answer')],
    [
      'a flag in a flag',
      taken('<charge_agent><refund_charge>T</refund_charge></charge_agent>'),
      unknown('not-an-answer'),
    ],
    ['an entity', flags('T', '&t;'), unknown('not-xml')],
    ['a document type', `<!DOCTYPE alipay [<!ENTITY t "T">]>${flags('T', '&t;')}`, unknown('doctype')],
    ['another root', flags('T', 'T').replaceAll('alipay', 'html'), unknown('not-an-answer')],
    ['half of it', flags('T', 'T').slice(0, -9), unknown('not-xml')],
    [
      'T with a code',
      taken('<error>ILLEGAL_SIGN</error><refund_charge>T</refund_charge>'),
      unknown('contradiction', 'ILLEGAL_SIGN'),
    ],
    ['F with flags and no code', flags('T', 'T').replace('>T<', '>F<'), unknown('no-code')],
    ['nothing', '', unknown('empty')],
    ['HTML', '<!DOCTYPE html><html></html>', unknown('doctype')],
    ['text', 'T', unknown('not-xml')],
  ])('SGN-5: %s is unknown, never signed', (_, xml, expected) => {
    expect(query(xml)).toEqual(expected)
  })

  it('SGN-5: what is too large is unknown', () => {
    expect(query(flags('T', 'T').padEnd(MAX_ANSWER_BYTES))).toEqual(accepted(true, true))
    expect(query(flags('T', 'T').padEnd(MAX_ANSWER_BYTES + 1))).toEqual(unknown('too-large'))
  })

  it('SGN-5: reads GBK by its declaration, and what comes as text/html', () => {
    const xml = Buffer.concat([
      Buffer.from(`${PROLOG}<alipay><is_success>T</is_success><memo>`),
      Buffer.from('b3a3', 'hex'),
      Buffer.from('</memo><refund_charge>T</refund_charge></alipay>'),
    ])
    expect(parseServiceAnswer('query_customer_protocol', xml)).toEqual(accepted(false, true))
    expect(query(flags('T', 'T'), 'text/html;charset=gb2312')).toEqual(accepted(true, true))
  })

  it('UNS-6: the cancelling is done with T; flags in it say nothing', () => {
    expect(unsign(taken())).toEqual(accepted(false, false))
    expect(unsign(taken('<error>SUCCESS</error>'))).toEqual(accepted(false, false))
    expect(unsign(flags('T', 'T'))).toEqual(accepted(false, false))
  })

  it.each(['SYSTEM_ERROR', 'ILLEGAL_SYSTEM'])('UNS-4: %s leaves the cancelling open', (code) => {
    expect(unsign(refused(code))).toEqual(unknown('system-error', code))
  })

  it.each(['UNKNOWN_EXCEPTION', 'GENERIC_FAILURE', 'SYSTEM_ERROR'])('SGN-6: %s leaves it open', (code) => {
    expect(query(refused(code))).toEqual(unknown('system-error', code))
    expect(unsign(refused(code))).toEqual(unknown('system-error', code))
  })

  it.each([
    'SESSION_TIMEOUT',
    'ILLEGAL_TARGET_SERVICE',
    'ILLEGAL_ACCESS_SWITCH_SYSTEM',
    'ILLEGAL_SWITCH_SYSTEM',
    'EXTERFACE_IS_CLOSED',
  ])('MAPI-19: %s leaves it open', (code) => {
    expect(query(refused(code))).toEqual(unknown('system-error', code))
    expect(unsign(refused(code))).toEqual(unknown('system-error', code))
  })

  it.each([
    ['TOO_MUCH_TYPE_CODE', 'ask-alipay'],
    ['FAIL_UNFREEZE_STANDARD_BAIL', 'ask-alipay'],
    ['FAIL_UNSIGN_BATCH_PAY_PRIVILEGE', 'ask-alipay'],
    ['ILLEGAL_ARGUMENT', 'fix-request'],
    ['STATUS_TYPE_CODE', 'contract'],
    ['ILLEGAL_SERVICE_TIME_OUT', 'contract'],
    ['NOT_EXIST_PARTNER_TYPE_CODE', 'contract'],
  ])('UNS-5: %s refuses the cancelling: %s', (code, action) => {
    expect(unsign(refused(code))).toEqual({ kind: 'refused', code, action })
  })

  it.each([
    ['ILLEGAL_SIGN', 'key'],
    ['ILLEGAL_PARTNER', 'contract'],
    ['HAS_NO_PRIVILEGE', 'contract'],
    ['ILLEGAL_ARGUMENT', 'fix-request'],
    ['MERCHANT_SIGN_NOT_FOUND', 'contract'],
  ])('SGN-7: SGN-8: %s refuses the question: %s', (code, action) => {
    expect(query(refused(code))).toEqual({ kind: 'refused', code, action })
  })

  it.each(['SOMETHING_NEW', 'illegal_sign', 'BATCH_NO_NOT_UNIQUE', 'NOT_ENOUGH_AMOUNT', 'UPLOAD_FAIL', 'toString'])(
    'UNS-5: the code %s, which is in no table of these, is unknown',
    (code) => {
      expect(query(refused(code))).toEqual(unknown('unknown-code', code))
      expect(unsign(refused(code))).toEqual(unknown('unknown-code', code))
    },
  )

  it('SGN-5: bytes of any kind never throw, and are never signed', () => {
    const services = fc.constantFrom('query_customer_protocol' as const, 'customer_unsign' as const)
    fc.assert(
      fc.property(
        services,
        fc.uint8Array({ maxLength: 300 }),
        fc.option(fc.string(), { nil: undefined }),
        (...given) => {
          const [service, bytes, contentType] = given
          expect(parseServiceAnswer(service, Buffer.from(bytes), contentType).kind).toBe('unknown')
        },
      ),
    )
  })

  it('SGN-5: an answer that says no, torn or changed, is never signed', () => {
    const whole = flags('F', 'F')
    const pieces = fc.constantFrom(
      '',
      '<',
      '>',
      '/',
      '&',
      '<!--',
      '-->',
      ']]>',
      '<refund_charge>',
      '</charge_agent>',
      '\x00',
      'F',
    )
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(40), pieces, (at, cut, piece) => {
        const answer = query(whole.slice(0, at) + piece + whole.slice(at + cut))
        if (answer.kind === 'accepted') expect(answer).toEqual(accepted(false, false))
        else expect(answer.kind).toBe('unknown')
      }),
      { numRuns: 2000 },
    )
  })
})
