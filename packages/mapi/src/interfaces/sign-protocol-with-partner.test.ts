import { describe, expect, it } from 'vitest'
import type { Parameter } from '../wire/parameter.ts'
import { checkParameters } from './interface-definition.ts'
import { SIGN_PROTOCOL_WITH_PARTNER } from './sign-protocol-with-partner.ts'

const good: readonly Parameter[] = [
  ['service', 'sign_protocol_with_partner'],
  ['partner', '2088002007018916'],
  ['_input_charset', 'gbk'],
  ['sign_type', 'MD5'],
  ['email', 'user@example.com'],
]
const check = (parameters: Iterable<Parameter>) => checkParameters(SIGN_PROTOCOL_WITH_PARTNER, parameters)
const replaced = (name: string, value: string) =>
  good.map((pair): Parameter => (pair[0] === name ? [name, value] : pair))

describe('sign_protocol_with_partner', () => {
  it('SGN-2: its parameters, _input_charset among them', () => {
    expect(check([...good].reverse())).toEqual(good)
    expect(SIGN_PROTOCOL_WITH_PARTNER.signsSignType).toBe(false)
  })

  it.each(['service', 'partner', '_input_charset', 'sign_type', 'email'])('SGN-2: %s is required', (name) => {
    const error = expect.objectContaining({ code: 'MAPI_PARAMETER_MISSING', field: name })
    expect(() => check(good.filter((pair) => pair[0] !== name))).toThrow(error)
    expect(() => check(replaced(name, ''))).toThrow(error)
  })

  it.each(['user_name', 'login_id', 'logonId', 'password', 'pay_password', 'payPassword', 'mobile'])(
    'SGN-1: it has no place for %s',
    (name) => {
      expect(() => check([...good, [name, 'x']])).toThrow(
        expect.objectContaining({ code: 'MAPI_PARAMETER_UNKNOWN', field: name }),
      )
    },
  )

  it.each(['notify_url', 'return_url'])('SGN-5: it has no %s: the outcome is asked for', (name) => {
    expect(() => check([...good, [name, 'https://pay.example.com/notify/main']])).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_UNKNOWN', field: name }),
    )
  })

  it.each(['submit', 'sign', 'token', ''])('SGN-2: nothing that is no parameter of it gets in: %j', (name) => {
    expect(() => check([...good, [name, 'x']])).toThrow(expect.objectContaining({ code: 'MAPI_PARAMETER_UNKNOWN' }))
  })

  it.each(['13800000000', '+86 138 0000 0000', '１３８００００００００'])(
    'SGN-4: refuses the mobile number %j',
    (account) => {
      expect(() => check(replaced('email', account))).toThrow(
        expect.objectContaining({ code: 'MAPI_SIGNER_IS_MOBILE', field: 'email' }),
      )
    },
  )

  it.each([
    ['email', 'user'],
    ['email', 'user@@example.com'],
    ['email', 'us er@example.com'],
    ['email', `${'a'.repeat(99)}@b`],
    ['service', 'sign_protocol'],
    ['partner', '1088002007018916'],
    ['_input_charset', 'UTF-8'],
    ['sign_type', 'md5'],
  ])('MAPI-12: refuses a %s of %j, naming it', (name, value) => {
    expect(() => check(replaced(name, value))).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_FORMAT', field: name }),
    )
  })

  it('MAPI-14: no refusal repeats the address', () => {
    for (const account of ['13800000000', 'us er@example.com']) {
      expect(() => check(replaced('email', account))).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(account) as string }),
      )
    }
  })
})
