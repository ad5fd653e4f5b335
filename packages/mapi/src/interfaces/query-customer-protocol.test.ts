import { describe, expect, it } from 'vitest'
import type { Parameter } from '../wire/parameter.ts'
import { checkParameters } from './interface-definition.ts'
import { QUERY_CUSTOMER_PROTOCOL } from './query-customer-protocol.ts'

const good: readonly Parameter[] = [
  ['service', 'query_customer_protocol'],
  ['partner', '2088002007018916'],
  ['_input_charset', 'utf-8'],
  ['sign_type', 'RSA'],
  ['biz_type', '10004'],
  ['user_email', 'user@example.com'],
]
const check = (parameters: Iterable<Parameter>) => checkParameters(QUERY_CUSTOMER_PROTOCOL, parameters)
const replaced = (name: string, value: string) =>
  good.map((pair): Parameter => (pair[0] === name ? [name, value] : pair))

describe('query_customer_protocol', () => {
  it('SGN-5: asks by biz_type 10004 and the address that signed', () => {
    expect(check([...good].reverse())).toEqual(good)
    expect(QUERY_CUSTOMER_PROTOCOL.signsSignType).toBe(false)
  })

  it.each(good.map(([name]) => name))('SGN-5: %s is required', (name) => {
    expect(() => check(replaced(name, ''))).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_MISSING', field: name }),
    )
  })

  it('SGN-4: refuses a mobile number, which cannot have signed', () => {
    expect(() => check(replaced('user_email', '13800000000'))).toThrow(
      expect.objectContaining({ code: 'MAPI_SIGNER_IS_MOBILE', field: 'user_email' }),
    )
  })

  it.each([
    ['biz_type', '10005'],
    ['biz_type', '10004 '],
    ['user_email', 'user'],
    ['service', 'customer_unsign'],
  ])('MAPI-12: refuses a %s of %j, naming it', (name, value) => {
    expect(() => check(replaced(name, value))).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_FORMAT', field: name }),
    )
  })

  it.each(['email', 'customer_code', 'notify_url'])('MAPI-11: refuses %s, which is not in its list', (name) => {
    expect(() => check([...good, [name, 'x']])).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_UNKNOWN', field: name }),
    )
  })
})
