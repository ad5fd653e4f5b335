import { read, utils } from '@e965/xlsx'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeXls, type XlsCell } from './xls-writer.ts'

/** The cells of all sheets, as SheetJS reads them. */
function cellsOf(file: Buffer): unknown[][][] {
  const book = read(file, { type: 'buffer', dense: true })
  return book.SheetNames.map((name) => utils.sheet_to_json(book.Sheets[name] ?? {}, { header: 1, defval: '' }))
}

describe('writeXls', () => {
  it('writes what SheetJS reads, in every sheet', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 }).filter((value) => !/[\0\r]/.test(value))
    const number = fc.integer({ min: 0, max: 10 ** 14 }).map((fen) => fen / 100)
    const row = fc.array(fc.oneof(text, number), { minLength: 3, maxLength: 3 })
    const sheets = fc.array(fc.array(row, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(sheets, (wanted: XlsCell[][][]) => {
        expect(cellsOf(writeXls(wanted))).toEqual(wanted)
      }),
      { numRuns: 100 },
    )
  })

  it('goes on in another record where the strings of one are full', () => {
    // Two bytes a character: each record of strings holds 10 of these at most.
    const rows = Array.from({ length: 500 }, (_, index) => [`${index} ${'户'.repeat(400)}`])
    expect(cellsOf(writeXls([rows]))).toEqual([rows])
  })

  it('has the same bytes each time', () => {
    const rows = [['测试1', 0.01]]
    expect(writeXls([rows]).equals(writeXls([rows]))).toBe(true)
  })
})
