import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MapiError } from '../error.ts'
import { fen, formatYuan, parseYuan, sumFen } from './fen.ts'

const amounts = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).map(fen)

/** Yuan by string arithmetic on BigInt: division and remainder, no shared code. */
function yuanByDivision(amount: number): string {
  const value = BigInt(amount)
  const rest = value % 100n
  return `${value / 100n}.${rest < 10n ? '0' : ''}${rest}`
}

describe('fen', () => {
  it('BTN-4: writes yuan with exactly two decimals', () => {
    expect([0, 1, 10, 100, 2000, 100000].map((amount) => formatYuan(fen(amount)))).toEqual([
      '0.00',
      '0.01',
      '0.10',
      '1.00',
      '20.00',
      '1000.00',
    ])
    fc.assert(fc.property(amounts, (amount) => formatYuan(amount) === yuanByDivision(amount)))
  })

  it('BTN-4: yuan that were written are read as the same fen, up to 2^53-1', () => {
    fc.assert(fc.property(amounts, (amount) => parseYuan(formatYuan(amount)) === amount))
    expect(parseYuan('90071992547409.91')).toBe(9007199254740991)
    expect(parseYuan('1001.15')).toBe(100115) // 1001.15 * 100 is 100114.99999999999 in binary floating point
  })

  it('BTN-4: reads yuan with no decimals and with one', () => {
    expect(parseYuan('20000')).toBe(2_000_000)
    expect(parseYuan('20000.5')).toBe(2_000_050)
    expect(parseYuan('0.5')).toBe(50)
    expect(parseYuan('0')).toBe(0)
  })

  it.each([
    '',
    ' 1.00',
    '1.00 ',
    '1.00\n',
    '+1.00',
    '-1.00',
    '1e3',
    '1,000.00',
    '01.00',
    '00.10',
    '.50',
    '1.',
    '1.000',
    '1.0.0',
    '0x10',
    '١.٠٠',
    '１.00',
    'NaN',
    'Infinity',
    '90071992547409.92',
    '99999999999999.99',
    '100000000000000.00',
    '9'.repeat(400),
  ])('BTN-4: refuses %j as yuan', (text) => {
    expect(() => parseYuan(text)).toThrow(expect.objectContaining({ code: 'MAPI_YUAN_FORMAT' }))
  })

  it('BTN-4: adds amounts up exactly, and refuses a sum that is not exact any more', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9_000_000_000_000 }).map(fen), { maxLength: 1000 }), (list) => {
        const exact = list.reduce((sum, amount) => sum + BigInt(amount), 0n)
        return BigInt(sumFen(list)) === exact
      }),
    )
    expect(sumFen([])).toBe(0)
    expect(() => sumFen([fen(Number.MAX_SAFE_INTEGER), fen(1)])).toThrow(
      expect.objectContaining({ code: 'MAPI_FEN_RANGE' }),
    )
  })

  it.each([-1, -0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('BTN-4: refuses %d as fen', (amount) => {
    expect(() => fen(amount)).toThrow(MapiError)
  })
})
