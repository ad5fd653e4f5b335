import { describe, expect, it } from 'vitest'
import type { Parameter } from '../wire/parameter.ts'
import { BPTB_REFUND_FILE } from './bptb-refund-file.ts'
import { checkParameters } from './interface-definition.ts'

/** The samples of bptb_refund_file 1.3 §4.2, in its order. */
const good: readonly Parameter[] = [
  ['service', 'bptb_refund_file'],
  ['partner', '2088002007018916'],
  ['_input_charset', 'utf-8'],
  ['sign_type', 'DSA'],
  ['date', '20081024'],
  ['biz_type', 'd_sale'],
]
const check = (parameters: Iterable<Parameter>) => checkParameters(BPTB_REFUND_FILE, parameters)
const replaced = (name: string, value: string) =>
  good.map((pair): Parameter => (pair[0] === name ? [name, value] : pair))

describe('bptb_refund_file', () => {
  it('RFD-1: the parameters are those of bptb_refund_file 1.3 §4.2, with its samples', () => {
    expect(check([...good].reverse())).toEqual(good)
    expect(BPTB_REFUND_FILE.signsSignType).toBe(false)
  })

  it.each(['service', 'partner', '_input_charset', 'sign_type', 'date'])('RFD-1: %s is required', (name) => {
    expect(() => check(replaced(name, ''))).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_MISSING', field: name }),
    )
  })

  it('RFD-1: biz_type is optional', () => {
    expect(check(replaced('biz_type', ''))).toEqual(good.slice(0, 5))
    expect(check(good.slice(0, 5))).toEqual(good.slice(0, 5))
  })

  it.each(['20081024', '20080229', '20101231', '20260101'])('RFD-1: takes the day %s', (day) => {
    expect(() => check(replaced('date', day))).not.toThrow()
  })

  it.each([
    '20080230',
    '20090229',
    '20081301',
    '20080001',
    '2008-10-24',
    '081024',
    '2008102',
    '20081024 ',
    '２００８１０２４',
  ])('RFD-1: refuses the day %j', (day) => {
    expect(() => check(replaced('date', day))).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_FORMAT', field: 'date' }),
    )
  })

  it.each([
    ['biz_type', 'd sale'],
    ['biz_type', 'd&sale'],
    ['biz_type', 'd'.repeat(33)],
    ['service', 'bptb_result_file'],
  ])('MAPI-12: refuses a %s of %j, naming it', (name, value) => {
    expect(() => check(replaced(name, value))).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_FORMAT', field: name }),
    )
  })

  it.each(['file_name', 'notify_url', 'pay_date'])('MAPI-11: refuses %s, which is not in its list', (name) => {
    expect(() => check([...good, [name, 'x']])).toThrow(
      expect.objectContaining({ code: 'MAPI_PARAMETER_UNKNOWN', field: name }),
    )
  })
})
