import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchNo } from '../values/batch-no.ts'
import { payDate } from '../values/china-time.ts'
import { fen } from '../values/fen.ts'
import { partnerId } from '../values/partner-id.ts'
import type { Parameter } from '../wire/parameter.ts'
import {
  BATCH_TRANS_NOTIFY_NO_PWD,
  type BatchTransInput,
  batchTransParameters,
  payingAccountOf,
} from './batch-trans-notify-no-pwd.ts'
import { checkParameters } from './interface-definition.ts'

const input: BatchTransInput = {
  partner: partnerId('2088002464631181'),
  charset: 'gb2312',
  notifyUrl: 'http://www.test.com/notify/alipay/interface.htm',
  accountName: '毛毛',
  lines: [{ serial: '0315006', account: 'testture0002@126.com', name: '常炜买家', amount: fen(2000), memo: 'hello' }],
  batchNo: batchNo('20080107001'),
  payDate: payDate('20080107'),
  email: 'biz_932@alitest.com',
  buyerAccountName: 'maomao@alipay.com',
  extendParam: [['agent', '123456']],
}

const good: readonly Parameter[] = [...batchTransParameters(input), ['sign_type', 'MD5']]
const check = (parameters: Iterable<Parameter>) => checkParameters(BATCH_TRANS_NOTIFY_NO_PWD, parameters)
const replaced = (name: string, value: string) =>
  good.map((pair): Parameter => (pair[0] === name ? [name, value] : pair))
const without = (...names: string[]) => good.filter(([name]) => !names.includes(name))

describe('batch_trans_notify_no_pwd', () => {
  it('BTN-1: the parameters are those of batch_trans_notify_no_pwd 1.3 §4.2, in its order, with its samples', () => {
    expect(check(good)).toEqual([
      ['service', 'batch_trans_notify_no_pwd'],
      ['partner', '2088002464631181'],
      ['_input_charset', 'gb2312'],
      ['sign_type', 'MD5'],
      ['notify_url', 'http://www.test.com/notify/alipay/interface.htm'],
      ['account_name', '毛毛'],
      ['detail_data', '0315006^testture0002@126.com^常炜买家^20.00^hello'],
      ['batch_no', '20080107001'],
      ['batch_num', '1'],
      ['batch_fee', '20.00'],
      ['pay_date', '20080107'],
      ['email', 'biz_932@alitest.com'],
      ['buyer_account_name', 'maomao@alipay.com'],
      ['extend_param', 'agent^123456'],
    ])
  })

  it.each([
    'service',
    'partner',
    '_input_charset',
    'sign_type',
    'account_name',
    'detail_data',
    'batch_no',
    'batch_num',
    'batch_fee',
    'pay_date',
  ])('BTN-1: %s is required', (name) => {
    const error = expect.objectContaining({ code: 'MAPI_PARAMETER_MISSING', field: name })
    expect(() => check(without(name))).toThrow(error)
    expect(() => check(replaced(name, ''))).toThrow(error)
  })

  it('BTN-1: notify_url, buyer_account_name and extend_param are optional', () => {
    expect(check(without('notify_url', 'buyer_account_name', 'extend_param'))).toHaveLength(11)
  })

  it('BTN-6: email is required unless buyer_account_name is given, which wins', () => {
    expect(check(without('email'))).toHaveLength(13)
    expect(check(without('buyer_account_name'))).toHaveLength(13)
    expect(() => check(without('email', 'buyer_account_name'))).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_MISSING', field: 'email' }),
    )
    expect(payingAccountOf(new Map(good))).toBe('maomao@alipay.com')
    expect(payingAccountOf(new Map(without('buyer_account_name')))).toBe('biz_932@alitest.com')
    expect(payingAccountOf(new Map())).toBeUndefined()
  })

  it('BTN-4: batch_num and batch_fee are counted from the lines, exactly', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 9_000_000_000_000 }), { minLength: 1, maxLength: 1000 })
    fc.assert(
      fc.property(amounts, (list) => {
        const lines = list.map((amount, index) => ({ ...input.lines[0], serial: `s${index}`, amount: fen(amount) }))
        const values = new Map(batchTransParameters({ ...input, lines: lines as BatchTransInput['lines'] }))
        const sum = list.reduce((total, amount) => total + BigInt(amount), 0n)
        expect(values.get('batch_num')).toBe(String(list.length))
        expect(values.get('batch_fee')).toBe(`${sum / 100n}.${String(sum % 100n).padStart(2, '0')}`)
      }),
      { numRuns: 30 },
    )
  })

  it.each([
    ['batch_num', '2'],
    ['batch_fee', '20.01'],
    ['batch_fee', '19.99'],
  ])('BTN-4: refuses a %s of %s that the lines do not give', (name, value) => {
    expect(() => check(replaced(name, value))).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_FORMAT', field: name }),
    )
  })

  it.each([
    ['service', 'batch_trans_notify'],
    ['partner', '208800246463118'],
    ['partner', '1088002464631181'],
    ['_input_charset', 'GBK'],
    ['_input_charset', 'gb18030'],
    ['sign_type', 'md5'],
    ['sign_type', 'RSA2'],
    ['notify_url', 'www.test.com/notify'],
    ['notify_url', 'ftp://www.test.com/notify'],
    ['notify_url', 'https://www.test.com/notify?a=1&b=2'],
    ['notify_url', 'https://www.test.com/notify#a'],
    ['notify_url', 'https://user@www.test.com/notify'],
    ['notify_url', 'https://www.test.com/no tify'],
    ['notify_url', 'https://www.test.com/通知'],
    ['notify_url', 'https://www.test.com:port/'],
    ['account_name', ' '],
    ['account_name', '毛\n毛'],
    ['account_name', '毛'.repeat(129)],
    ['batch_no', '2008010700'],
    ['batch_no', '20080107-001'],
    ['batch_num', '0'],
    ['batch_num', '1001'],
    ['batch_num', '01'],
    ['batch_num', '1.0'],
    ['batch_fee', '0.00'],
    ['batch_fee', '1e3'],
    ['batch_fee', '20.000'],
    ['batch_fee', '-20.00'],
    ['pay_date', '20080230'],
    ['pay_date', '2008-01-07'],
    ['email', 'biz 932@alitest.com'],
    ['email', 'b'.repeat(101)],
    ['buyer_account_name', 'mao\tmao'],
    ['extend_param', 'agent'],
    ['extend_param', 'agent^'],
    ['extend_param', '^123456'],
    ['extend_param', 'agent^1^2'],
    ['extend_param', 'agent^123456|'],
    ['extend_param', `agent^${'1'.repeat(195)}`],
  ])('MAPI-12: refuses a %s of %j, naming it', (name, value) => {
    expect(() => check(replaced(name, value))).toThrow(
      expect.objectContaining({
        code: 'MAPI_PARAMETER_FORMAT',
        field: name,
        message: expect.stringContaining(name) as string,
      }),
    )
  })

  it('BTN-2: refuses detail_data that are no lines', () => {
    expect(() => check(replaced('detail_data', '1^a^b^1.00'))).toThrow(
      expect.objectContaining({ code: 'MAPI_DETAIL_FORMAT', field: 'detail_data' }),
    )
  })

  it('BTN-7: extend_param is name^value|name^value, at most 200 characters', () => {
    const values = (extendParam: readonly Parameter[]) => new Map(batchTransParameters({ ...input, extendParam }))
    expect(
      values([
        ['agent', '1'],
        ['b', '2'],
      ]).get('extend_param'),
    ).toBe('agent^1|b^2')
    expect(values([]).has('extend_param')).toBe(false)
    expect(check(replaced('extend_param', `agent^${'毛'.repeat(194)}`))).toHaveLength(14)
    for (const pair of [
      ['a^b', '1'],
      ['a', '1|2'],
      ['', '1'],
      ['a', ''],
    ] as const) {
      expect(() => values([pair])).toThrow(
        expect.objectContaining({ code: 'MAPI_PARAMETER_FORMAT', field: 'extend_param' }),
      )
    }
  })

  it.each(['detail_date', 'sign', 'Service', 'detail_version', 'toString', '__proto__', ''])(
    'MAPI-11: refuses the parameter %j, which is not in the list',
    (name) => {
      expect(() => check([...good, [name, 'x']])).toThrow(
        expect.objectContaining({ code: 'MAPI_PARAMETER_UNKNOWN', field: name }),
      )
    },
  )

  it('MAPI-11: refuses a parameter that is given twice, an empty one too', () => {
    for (const value of ['20080107001', '']) {
      expect(() => check([...good, ['batch_no', value]])).toThrow(
        expect.objectContaining({ code: 'MAPI_PARAMETER_TWICE', field: 'batch_no' }),
      )
    }
  })

  it('MAPI-4: an optional parameter without a value is left out', () => {
    const names = check([...without('extend_param', 'notify_url'), ['extend_param', ''], ['notify_url', '']]).map(
      ([name]) => name,
    )
    expect(names).not.toContain('extend_param')
    expect(names).not.toContain('notify_url')
  })

  it('MAPI-14: no refusal repeats a value', () => {
    for (const [name, value] of [
      ['partner', '20880024646311810'],
      ['email', 'a b@alitest.com'],
      ['account_name', '毛\n毛'],
    ] as const) {
      expect(() => check(replaced(name, value))).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(value) as string }),
      )
    }
  })
})
