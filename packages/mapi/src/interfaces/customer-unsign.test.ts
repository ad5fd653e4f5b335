import { describe, expect, it } from 'vitest'
import type { Parameter } from '../wire/parameter.ts'
import { CUSTOMER_UNSIGN } from './customer-unsign.ts'
import { checkParameters } from './interface-definition.ts'

const basic: readonly Parameter[] = [
  ['service', 'customer_unsign'],
  ['partner', '2088002007018916'],
  ['_input_charset', 'utf-8'],
  ['sign_type', 'MD5'],
]
/** A value that each of them may have. */
const SAMPLES = {
  customer_code: '20101223000012345',
  type_code: '20880020070189161000310004',
  biz_type: '10004',
  trans_account_out: '20880020070189160156',
  user_email: 'user@example.com',
}
type Name = keyof typeof SAMPLES
const NAMES = Object.keys(SAMPLES) as Name[]

const check = (business: Readonly<Record<string, string>>) =>
  checkParameters(CUSTOMER_UNSIGN, [...basic, ...Object.entries(business)])
const refusal = (business: Readonly<Record<string, string>>) => {
  try {
    check(business)
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}
const chosen = (names: readonly Name[]) => Object.fromEntries(names.map((name) => [name, SAMPLES[name]]))

describe('customer_unsign', () => {
  it('UNS-1: its parameters, in the order in which they are sent', () => {
    expect(check(SAMPLES)).toEqual([...basic, ...Object.entries(SAMPLES)])
    expect(CUSTOMER_UNSIGN.signsSignType).toBe(false)
  })

  it('UNS-1: of all 32 choices, those are refused that name neither agreement nor kind and account', () => {
    for (let choice = 0; choice < 32; choice++) {
      const names = NAMES.filter((_, index) => (choice & (1 << index)) !== 0)
      const has = (name: Name) => names.includes(name)
      const expected = has('customer_code')
        ? undefined
        : !(has('type_code') || has('biz_type'))
          ? 'MAPI_UNSIGN_KIND_MISSING'
          : !(has('trans_account_out') || has('user_email'))
            ? 'MAPI_UNSIGN_ACCOUNT_MISSING'
            : undefined
      expect([names, refusal(chosen(names))]).toEqual([names, expected])
      // Without a value is as good as not there.
      const empty = Object.fromEntries(NAMES.filter((name) => !has(name)).map((name) => [name, '']))
      expect(refusal({ ...chosen(names), ...empty })).toBe(expected)
    }
  })

  it.each([
    ['type_code', {}],
    ['type_code', { user_email: 'user@example.com' }],
    ['trans_account_out', { type_code: '1' }],
  ])('UNS-1: names %s as missing', (field, business) => {
    expect(() => check(business)).toThrow(expect.objectContaining({ field }))
  })

  it.each(['10005', '1', 'd0', '100040'])(
    'UNS-2: biz_type %s with user_email is refused, 10004 is taken',
    (bizType) => {
      expect(() => check({ biz_type: bizType, user_email: 'user@example.com' })).toThrow(
        expect.objectContaining({ code: 'MAPI_UNSIGN_BIZ_TYPE', field: 'biz_type' }),
      )
      expect(refusal({ biz_type: '10004', user_email: 'user@example.com' })).toBeUndefined()
      expect(refusal({ biz_type: bizType, trans_account_out: 'user@example.com' })).toBeUndefined()
    },
  )

  it('UNS-2: SGN-4: an agreement of biz_type 10004 is never that of a mobile number', () => {
    expect(refusal({ biz_type: '10004', user_email: '13800000000' })).toBe('MAPI_SIGNER_IS_MOBILE')
    expect(refusal({ type_code: '1', user_email: '13800000000' })).toBeUndefined()
    expect(refusal({ type_code: '1', trans_account_out: '13800000000' })).toBeUndefined()
  })

  it.each([
    ['customer_code', 'a b'],
    ['customer_code', '1'.repeat(65)],
    ['type_code', '1&2'],
    ['biz_type', '一'],
    ['trans_account_out', 'a b'],
    ['trans_account_out', 'a'.repeat(101)],
    ['user_email', 'nobody'],
    ['user_email', 'user@@example.com'],
  ])('MAPI-12: refuses a %s of %j, naming it', (name, value) => {
    expect(() => check({ ...SAMPLES, [name]: value })).toThrow(
      expect.objectContaining({
        code: 'MAPI_PARAMETER_FORMAT',
        field: name,
        message: expect.not.stringContaining(value) as string,
      }),
    )
  })

  it.each(['email', 'customer_id', 'notify_url'])('MAPI-11: refuses %s, which is not in its list', (name) => {
    expect(() => check({ ...SAMPLES, [name]: 'x' })).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_UNKNOWN', field: name }),
    )
  })
})
