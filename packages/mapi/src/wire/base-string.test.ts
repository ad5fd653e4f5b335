import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { baseString, type WireParameter } from './base-string.ts'
import { encode } from './charset.ts'

function wire(parameters: Record<string, string>): WireParameter[] {
  return Object.entries(parameters).map(([name, value]) => [name, encode(value, 'utf-8')])
}

const names = fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,8}$/)
const parameterLists = fc
  .uniqueArray(fc.tuple(names, fc.uint8Array({ maxLength: 6 }).map(Buffer.from)), { selector: ([name]) => name })
  .map((list): WireParameter[] => list)

describe('base string', () => {
  it('MAPI-3: joins name=value sorted by name, as in batch_trans_notify_no_pwd 1.3 §8.1.2', () => {
    const parameters = {
      service: 'batch_trans_notify_no_pwd',
      _input_charset: 'gb2312',
      partner: '2088002464631181',
      notify_url: 'http://www.test.com/notify/alipay/interface.htm',
      account_name: '毛毛',
      detail_data: '0315006^testture0002@126.com^常炜买家^20.00^hello',
      batch_no: '20080107001',
      batch_num: '1000',
      batch_fee: '20000',
      pay_date: '20080107',
      buyer_account_name: 'maomao@alipay.com',
      email: 'biz_932@alitest.com',
    }
    expect(baseString(wire(parameters)).toString()).toBe(
      '_input_charset=gb2312&account_name=毛毛&batch_fee=20000&batch_no=20080107001&batch_num=1000' +
        '&buyer_account_name=maomao@alipay.com&detail_data=0315006^testture0002@126.com^常炜买家^20.00^hello' +
        '&email=biz_932@alitest.com&notify_url=http://www.test.com/notify/alipay/interface.htm' +
        '&partner=2088002464631181&pay_date=20080107&service=batch_trans_notify_no_pwd',
    )
  })

  it('MAPI-3: the order is that of names in bytes, not of name=value and not of a language', () => {
    const order = (list: string[]) =>
      baseString(list.map((name) => [name, Buffer.from('v')]))
        .toString()
        .split('&')
        .map((part) => part.slice(0, -2))
    expect(order(['b', 'B', 'a', '_a', 'aa', 'a1', 'a-b', 'Z'])).toEqual(['B', 'Z', '_a', 'a', 'a-b', 'a1', 'aa', 'b'])
  })

  it('MAPI-3: in whatever order the parameters come, the bytes are the same, and sorted as Buffer.compare sorts', () => {
    fc.assert(
      fc.property(parameterLists, fc.infiniteStream(fc.nat()), (parameters, random) => {
        const shuffled = parameters
          .map((parameter) => ({ parameter, key: random.next().value as number }))
          .sort((left, right) => left.key - right.key)
          .map(({ parameter }) => parameter)
        const expected = parameters
          .filter(([name, value]) => name !== 'sign' && name !== 'sign_type' && value.length > 0)
          .map(([name, value]) => ({ name: Buffer.from(name), line: Buffer.concat([Buffer.from(`${name}=`), value]) }))
          .sort((left, right) => Buffer.compare(left.name, right.name))
          .flatMap(({ line }, index) => (index === 0 ? [line] : [Buffer.from('&'), line]))
        expect(baseString(shuffled)).toEqual(Buffer.concat(expected))
      }),
    )
  })

  it('MAPI-3: leaves out sign and sign_type', () => {
    expect(baseString(wire({ sign: 's', a: '1', sign_type: 'MD5', signature: 'x' })).toString()).toBe('a=1&signature=x')
  })

  it('MAPI-4: leaves out parameters without a value, and keeps 0', () => {
    expect(baseString(wire({ a: '', b: '0', c: ' ', d: '' })).toString()).toBe('b=0&c= ')
    expect(baseString([])).toEqual(Buffer.alloc(0))
  })

  it('MAPI-5: takes the raw value, never the encoded one', () => {
    expect(baseString(wire({ email: 'test@msn.com', url: 'http://a/?b=c&d=%20+' })).toString()).toBe(
      'email=test@msn.com&url=http://a/?b=c&d=%20+',
    )
  })

  it('MAPI-6: takes the bytes as they are, in whichever character set', () => {
    expect(baseString([['n', encode('毛毛', 'gbk')]])).toEqual(Buffer.from('6e3dc3abc3ab', 'hex'))
    expect(baseString([['n', Buffer.from('ff00efbbbf', 'hex')]])).toEqual(Buffer.from('6e3dff00efbbbf', 'hex'))
  })

  it('MAPI-7: _input_charset is signed, and comes first', () => {
    expect(baseString(wire({ a: '1', _input_charset: 'gbk' })).toString()).toBe('_input_charset=gbk&a=1')
  })

  it('MAPI-8: signs sign_type only for an interface that wants it', () => {
    const parameters = wire({ sign_type: 'RSA', sign: 'x', a: '1' })
    expect(baseString(parameters, { signsSignType: true }).toString()).toBe('a=1&sign_type=RSA')
    expect(baseString(parameters, { signsSignType: false }).toString()).toBe('a=1')
  })

  it('refuses a name that comes twice, and one that could be another parameter', () => {
    expect(() => baseString([...wire({ a: '1' }), ...wire({ a: '2' })])).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_TWICE', field: 'a' }),
    )
    for (const name of ['a=b', 'a&b', 'a b', '毛', '']) {
      expect(() => baseString(wire({ [name]: '1' }))).toThrow(expect.objectContaining({ code: 'MAPI_FORM_NAME' }))
    }
  })
})
