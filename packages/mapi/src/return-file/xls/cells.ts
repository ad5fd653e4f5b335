import { KIB } from '@payout/schemas/units'
import type { Cell } from '../table.ts'
import { type BiffRecord, type BiffRecords, RECORD } from './biff-records.ts'
import { BiffStrings } from './biff-strings.ts'
import { XlsFault } from './compound-file.ts'

/** A cell and its place, both from 0. */
interface PlacedCell {
  readonly row: number
  readonly column: number
  readonly value: Cell
}

const MAX_COLUMNS = 256

/**
 * Characters of one row, by far: a thousand cells that name one long text take no room in the file, but all of it where
 * they are copied.
 */
const MAX_CHARACTERS = 64 * KIB

/**
 * The rows of one sheet that have cells, from its beginning to its end; cells are text or numbers. A row that comes
 * after a later one is a fault: Excel's own order is by rows.
 * @throws XlsFault
 */
export function* readRows(records: BiffRecords, texts: readonly string[]): Generator<readonly Cell[], void, undefined> {
  let cells: Cell[] = []
  let row = 0
  let characters = 0
  let depth = 1
  for (;;) {
    const record = records.next()
    // A chart within the sheet has a beginning and an end of its own, and cells that are none of the sheet's.
    if (record.type === RECORD.bof) depth++
    if (record.type === RECORD.eof) depth--
    if (depth === 0) break
    if (depth > 1) continue
    for (const cell of cellsOf(record, records, texts)) {
      if (cell.row < row) throw new XlsFault('its rows are out of order')
      if (cell.row > row && cells.length > 0) {
        yield cells
        cells = []
        characters = 0
      }
      row = cell.row
      if (cell.column >= MAX_COLUMNS) throw new XlsFault('a cell lies outside the sheet')
      characters += String(cell.value).length
      if (characters > MAX_CHARACTERS) throw new XlsFault('a row has too many characters')
      while (cells.length < cell.column) cells.push('')
      cells[cell.column] = cell.value
    }
  }
  if (cells.length > 0) yield cells
}

function cellsOf(record: BiffRecord, records: BiffRecords, texts: readonly string[]): PlacedCell[] {
  const { type, data } = record
  switch (type) {
    case RECORD.labelSst:
      return [placed(data, textAt(texts, data.readUInt32LE(6)))]
    case RECORD.label:
    case RECORD.rString:
      return [placed(data, inlineText(data, records))]
    case RECORD.number:
      return [placed(data, data.readDoubleLE(6))]
    case RECORD.rk:
      return [placed(data, rkNumber(data.readUInt32LE(6)))]
    case RECORD.mulRk:
      return manyNumbers(data)
    case RECORD.boolErr:
      return [placed(data, data.readUInt8(7) === 1 ? '#ERROR' : '#BOOLEAN')]
    case RECORD.formula:
      return [placed(data, formulaResult(data, records))]
    default:
      return []
  }
}

function placed(data: Buffer, value: Cell): PlacedCell {
  return { row: data.readUInt16LE(0), column: data.readUInt16LE(2), value }
}

function textAt(texts: readonly string[], index: number): string {
  const text = texts[index]
  if (text === undefined) throw new XlsFault('a cell names a text that is not there')
  return text
}

function inlineText(data: Buffer, records: BiffRecords): string {
  return new BiffStrings([data.subarray(6), ...records.continuations()]).next()
}

/** Row, first column, then format and number of each, then the last column. */
function manyNumbers(data: Buffer): PlacedCell[] {
  const row = data.readUInt16LE(0)
  const first = data.readUInt16LE(2)
  const count = Math.floor((data.length - 6) / 6)
  return Array.from({ length: count }, (_, index) => ({
    row,
    column: first + index,
    value: rkNumber(data.readUInt32LE(6 + 6 * index)),
  }))
}

/** A number in 30 bits ([MS-XLS] 2.5.217): whole, or the upper half of a double, perhaps a hundredth of it. */
function rkNumber(rk: number): number {
  const hundredth = (rk & 1) !== 0
  const whole = (rk & 2) !== 0
  const double = Buffer.alloc(8)
  double.writeUInt32LE((rk & 0xfffffffc) >>> 0, 4)
  const value = whole ? (rk | 0) >> 2 : double.readDoubleLE(0)
  return hundredth ? value / 100 : value
}

/** What a formula last came to. A text stands in a record of its own after it. */
function formulaResult(data: Buffer, records: BiffRecords): Cell {
  if (data.readUInt16LE(12) !== 0xffff) return data.readDoubleLE(6)
  if (data.readUInt8(6) !== 0) return '#NONE'
  for (;;) {
    const { type, data: content } = records.next()
    if (type === RECORD.string) return new BiffStrings([content, ...records.continuations()]).next()
    if (type === RECORD.eof) throw new XlsFault('the text of a formula is missing')
  }
}
