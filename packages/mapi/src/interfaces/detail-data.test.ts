import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../values/fen.ts'
import { checkDetailLine, type DetailLine, formatDetailData, parseDetailData } from './detail-data.ts'

const line: DetailLine = {
  serial: '0315006',
  account: 'testture0002@126.com',
  name: '常炜买家',
  amount: fen(2000),
  memo: 'hello',
}
const text = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength })
    .filter((value) => !/[\^|\p{Cc}\u2028\u2029]/u.test(value) && [...value].length <= maxLength)
const lines = fc.uniqueArray(
  fc.record({
    serial: fc.stringMatching(/^[0-9a-z]{1,32}$/),
    account: text(100),
    name: text(128),
    amount: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(fen),
    memo: text(100),
  }),
  { minLength: 1, maxLength: 20, selector: ({ serial }) => serial },
)

describe('detail_data', () => {
  it('BTN-2: writes a line as batch_trans_notify_no_pwd 1.3 §4.2 shows it, and joins lines with |', () => {
    const first = '0315006^testture0002@126.com^常炜买家^20.00^hello'
    expect(formatDetailData([line])).toBe(first)
    expect(formatDetailData([line, { ...line, serial: '2', amount: fen(1) }])).toBe(
      `${first}|2^testture0002@126.com^常炜买家^0.01^hello`,
    )
  })

  it('BTN-2: what is written is read again', () => {
    fc.assert(
      fc.property(lines, (list) => {
        expect(parseDetailData(formatDetailData(list))).toEqual(list)
        expect(parseDetailData(`${formatDetailData(list)}|`)).toEqual(list)
      }),
    )
  })

  it('BTN-2: takes 1 to 1,000 lines', () => {
    const many = Array.from({ length: 1001 }, (_, index) => ({ ...line, serial: String(index) }))
    expect(parseDetailData(formatDetailData(many.slice(1)))).toHaveLength(1000)
    for (const list of [[], many]) {
      expect(() => formatDetailData(list)).toThrow(expect.objectContaining({ code: 'MAPI_DETAIL_LINES' }))
    }
    const tooMany = many.map(({ serial }) => `${serial}^a^b^1.00^c`).join('|')
    expect(() => parseDetailData(tooMany)).toThrow(expect.objectContaining({ code: 'MAPI_DETAIL_LINES' }))
    expect(() => parseDetailData('')).toThrow(expect.objectContaining({ code: 'MAPI_DETAIL_LINES' }))
  })

  const textFields = ['serial', 'account', 'name', 'memo'] as const

  it.each(
    textFields.flatMap((field) =>
      ['a^b', 'a|b', '^', '|', 'a\nb', 'a\r', '\t', 'a\u0000', 'a\u007f', 'a\u0085', 'a\u2028', 'a\u2029'].map(
        (value) => [field, value] as const,
      ),
    ),
  )('BTN-2: refuses the %s %j', (field, value) => {
    const wrong = { ...line, [field]: value }
    const error = expect.objectContaining({ code: 'MAPI_DETAIL_FIELD_CHARACTER', field })
    expect(() => checkDetailLine(wrong)).toThrow(error)
    expect(() => formatDetailData([line, wrong])).toThrow(error)
  })

  it.each([
    ['serial', 32],
    ['account', 100],
    ['name', 128],
    ['memo', 100],
  ] as const)('BTN-2: a %s has at most %d characters, not units', (field, limit) => {
    expect(() => checkDetailLine({ ...line, [field]: '😀'.repeat(limit) })).not.toThrow()
    expect(() => checkDetailLine({ ...line, [field]: '毛'.repeat(limit + 1) })).toThrow(
      expect.objectContaining({ code: 'MAPI_DETAIL_FIELD_LENGTH', field }),
    )
  })

  it.each(textFields)('BTN-2: refuses an empty %s', (field) => {
    expect(() => checkDetailLine({ ...line, [field]: '' })).toThrow(
      expect.objectContaining({ code: 'MAPI_DETAIL_FIELD_EMPTY', field }),
    )
  })

  it.each([0, -1, 0.5, Number.NaN, 2 ** 53])('BTN-2: refuses an amount of %d fen', (amount) => {
    expect(() => checkDetailLine({ ...line, amount: amount as DetailLine['amount'] })).toThrow(
      expect.objectContaining({ code: 'MAPI_DETAIL_AMOUNT', field: 'amount' }),
    )
  })

  it('BTN-3: refuses one serial twice in a batch', () => {
    const error = expect.objectContaining({ code: 'MAPI_DETAIL_SERIAL_TWICE', field: 'serial' })
    expect(() => formatDetailData([line, { ...line, memo: 'other' }])).toThrow(error)
    expect(() => parseDetailData('1^a^b^1.00^c|1^a^b^2.00^c')).toThrow(error)
  })

  it('MAPI-6: a field that the character set cannot hold is named', () => {
    expect(() => checkDetailLine({ ...line, name: '王喆' }, 'gbk')).not.toThrow()
    expect(() => checkDetailLine({ ...line, name: '王喆' }, 'gb2312')).toThrow(
      expect.objectContaining({ code: 'MAPI_CHARSET_CANNOT_HOLD', field: 'name' }),
    )
    expect(() => checkDetailLine({ ...line, memo: '\ud800' }, 'utf-8')).toThrow(
      expect.objectContaining({ code: 'MAPI_CHARSET_CANNOT_HOLD', field: 'memo' }),
    )
  })

  it.each([
    ['four columns', '1^a^b^1.00', 'MAPI_DETAIL_FORMAT'],
    ['six columns', '1^a^b^1.00^c^d', 'MAPI_DETAIL_FORMAT'],
    ['an empty line between', '1^a^b^1.00^c||2^a^b^1.00^c', 'MAPI_DETAIL_FORMAT'],
    ['two bars at the end', '1^a^b^1.00^c||', 'MAPI_DETAIL_FORMAT'],
    ['only a bar', '|', 'MAPI_DETAIL_FORMAT'],
    ['no amount', '1^a^b^^c', 'MAPI_YUAN_FORMAT'],
    ['an amount with a sign', '1^a^b^-1.00^c', 'MAPI_YUAN_FORMAT'],
    ['an amount of zero', '1^a^b^0.00^c', 'MAPI_DETAIL_AMOUNT'],
    ['a line break', '1^a^b^1.00^c\n', 'MAPI_DETAIL_FIELD_CHARACTER'],
    ['an empty name', '1^a^^1.00^c', 'MAPI_DETAIL_FIELD_EMPTY'],
  ])('BTN-2: does not read %s', (_, text, code) => {
    expect(() => parseDetailData(text)).toThrow(expect.objectContaining({ code }))
  })

  it('BTN-2: reads amounts without decimals, and names the line that is wrong', () => {
    expect(parseDetailData('1^a^b^20^c')[0]?.amount).toBe(2000)
    expect(() => parseDetailData('1^a^b^20^c|2^a^b^1e3^c')).toThrow(/^line 2: /)
  })

  it('MAPI-14: no refusal repeats an account or a name', () => {
    for (const wrong of [{ name: 'Li Lei^' }, { name: 'Li Lei'.repeat(50) }, { amount: fen(0) }, { memo: '' }]) {
      expect(() => checkDetailLine({ ...line, name: 'Li Lei', ...wrong })).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/Li Lei|testture/) as string }),
      )
    }
  })
})
