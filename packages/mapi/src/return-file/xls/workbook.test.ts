import { utils, write } from '@e965/xlsx'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BEGIN, END_OF_PART, record, sharedTexts, textCell, u16, u32, workbookOf } from '../testing/biff.ts'
import recorded from '../testing/workbooks.json' with { type: 'json' }
import { readWorkbook } from './workbook.ts'

const poi = Buffer.from(recorded.poi, 'base64')
const read = (bytes: Buffer) => readWorkbook(bytes).sheets.map((sheet) => [...sheet])
const outcome = (bytes: Buffer) => {
  try {
    return read(bytes)
  } catch (error) {
    return error
  }
}

describe('workbook', () => {
  it('RFD-3: reads what Apache POI wrote: texts over several records, rich ones, numbers, formulas', () => {
    expect(read(poi)).toEqual([recorded.cells, [['', '', '', '退票', 0.125, '#BOOLEAN']]])
  })

  it('RFD-3: reads what JExcelAPI wrote', () => {
    const plain = recorded.cells.map((row) =>
      row.map((cell) => (typeof cell === 'string' ? cell.replaceAll('𠮷', '某') : cell)),
    )
    expect(read(Buffer.from(recorded.jxl, 'base64'))).toEqual([plain])
  })

  it('RFD-3: reads what SheetJS writes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '1', '退', '𠮷', ' ', '"'), minLength: 1, maxLength: 200 })
    const number = fc.oneof(
      fc.integer(),
      // Nearer to zero SheetJS writes other numbers than it was given; xlrd reads them so too.
      fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((value) => (Math.abs(value) < 1e-6 ? 0 : value)),
      fc.integer({ min: 0, max: 1e9 }).map((fen) => fen / 100),
    )
    const grid = fc.array(fc.array(fc.oneof(text, number), { minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(fc.array(grid, { minLength: 1, maxLength: 3 }), (grids) => {
        const book = utils.book_new()
        for (const rows of grids) utils.book_append_sheet(book, utils.aoa_to_sheet(rows))
        expect(read(Buffer.from(write(book, { type: 'buffer', bookType: 'biff8' })))).toEqual(grids)
      }),
    )
  })

  it('RFD-3: a workbook cut off anywhere, or with a byte changed, is read or refused, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: poi.length - 1 }),
        fc.array(fc.tuple(fc.nat(poi.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (length, changes) => {
          const cut = outcome(poi.subarray(0, length))
          expect(cut instanceof Error || Array.isArray(cut)).toBe(true)
          const changed = Buffer.from(poi)
          for (const [at, byte] of changes) changed[at] = byte
          const read = outcome(changed)
          expect(read instanceof Error || Array.isArray(read)).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each([
    [
      'a chain of sectors without an end',
      (bytes: Buffer) => bytes.fill(0, 512, 1024),
      /chain|no stream|cut off|outside/,
    ],
    ['another size of sectors', (bytes: Buffer) => bytes.writeUInt16LE(3, 30), /unknown size/],
    ['more sectors than the file has', (bytes: Buffer) => bytes.writeUInt32LE(0xffff, 44), /larger than the file/],
    ['a directory outside', (bytes: Buffer) => bytes.writeUInt32LE(0x00ffffff, 48), /outside|leaves/],
  ])('RFD-3: %s is refused', (_, spoil, words) => {
    const bytes = Buffer.from(poi)
    spoil(bytes)
    expect(() => read(bytes)).toThrow(words)
  })

  it('RFD-3: a chart within a sheet has cells of its own, which are none of the sheet', () => {
    const chart = [BEGIN, textCell(0, 0, 0), END_OF_PART]
    expect(read(workbookOf([sharedTexts(['a', 'b'])], [...chart, textCell(1, 2, 1)]))).toEqual([[['', '', 'b']]])
  })

  it.each([
    ['rows out of order', [sharedTexts(['a'])], [textCell(1, 0, 0), textCell(0, 0, 0)], /out of order/],
    ['a cell outside', [sharedTexts(['a'])], [textCell(0, 256, 0)], /outside the sheet/],
    ['a text that is not there', [sharedTexts(['a'])], [textCell(0, 0, 1)], /not there/],
    ['more texts than there are', [sharedTexts(['a'], 3)], [], /fewer texts|cut off/],
    ['far more texts than there are', [sharedTexts(['a'], 0xffffffff)], [], /fewer texts/],
    ['a password', [record(0x002f, u16(1))], [], /password/],
    ['a text longer than any', [record(0x00fc, u32(1, 1), u16(32_768), Buffer.alloc(40_000))], [], /longer/],
    ['a formula without its text', [], [record(0x0006, u16(0, 0, 0, 0, 0, 0, 0xffff))], /formula/],
    ['a record shorter than its kind', [], [record(0x00fd, u16(0, 0))], /range/],
  ])('RFD-3: %s is refused', (_, globals, cells, words) => {
    expect(() => read(workbookOf(globals, cells))).toThrow(words)
  })

  it('RFD-3: a text may change its width where a record ends', () => {
    const texts = [
      record(0x00fc, u32(2, 2), u16(4), Buffer.from([0]), Buffer.from('ab')),
      record(
        0x003c,
        Buffer.from([1]),
        Buffer.from('退票', 'utf16le'),
        u16(4),
        Buffer.from([1]),
        Buffer.from('退票', 'utf16le'),
      ),
      record(0x003c, Buffer.from([0]), Buffer.from('cd')),
    ]
    expect(read(workbookOf(texts, [textCell(0, 0, 0), textCell(0, 1, 1)]))).toEqual([[['ab退票', '退票cd']]])
  })

  it('RFD-3: a chain of sectors that goes in a circle is refused', () => {
    const bytes = workbookOf([], [])
    const table = bytes.length - 512
    bytes.writeUInt32LE(0, table + 4 * 7)
    expect(() => read(bytes)).toThrow(/no end/)
  })

  it('RFD-3: a list of tables that is cut off, and names itself, is refused', () => {
    const bytes = Buffer.concat([workbookOf([], []), Buffer.alloc(512 * 200)])
    const cut = bytes.subarray(0, bytes.length - 508)
    const last = bytes.length / 512 - 2
    cut.writeUInt32LE(150, 44)
    cut.writeUInt32LE(last, 68)
    cut.writeUInt32LE(last, cut.length - 4)
    expect(() => read(cut)).toThrow(/cut off/)
  })
})
