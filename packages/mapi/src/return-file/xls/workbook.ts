import type { Cell } from '../table.ts'
import { BiffRecords, RECORD } from './biff-records.ts'
import { BiffStrings } from './biff-strings.ts'
import { readRows } from './cells.ts'
import { readStream, XlsFault } from './compound-file.ts'

/** A workbook of Excel 97 to 2003, of which only texts and numbers are read. */
export interface Workbook {
  /** Days are counted from 1904 in place of 1900. */
  readonly date1904: boolean
  /** For each sheet in order, hidden ones too: its rows. Each can be read once. */
  readonly sheets: readonly Iterable<readonly Cell[]>[]
}

const BIFF8 = 0x0600
const WORKSHEET = 0

/**
 * Reads a workbook (BIFF8, [MS-XLS]). The texts that sheets share are read at once, the rows of a sheet as they are
 * asked for, so that the memory is that of the texts.
 * @throws XlsFault here or while rows are read; also RangeError, for a record that is shorter than its kind
 */
export function readWorkbook(bytes: Buffer): Workbook {
  const stream = readStream(bytes, 'Workbook')
  const records = new BiffRecords(stream, 0)
  const begin = records.next()
  if (begin.type !== RECORD.bof || begin.data.readUInt16LE(0) !== BIFF8)
    throw new XlsFault('it is not of Excel 97 to 2003')
  let date1904 = false
  let texts: readonly string[] = []
  const places: number[] = []
  for (;;) {
    const { type, data } = records.next()
    if (type === RECORD.eof) break
    if (type === RECORD.filePass) throw new XlsFault('it is locked with a password')
    if (type === RECORD.date1904) date1904 = data.readUInt16LE(0) === 1
    if (type === RECORD.boundSheet && data.readUInt8(5) === WORKSHEET) places.push(data.readUInt32LE(0))
    if (type === RECORD.sst) texts = sharedTexts(data, records.continuations())
  }
  return { date1904, sheets: places.map((place) => sheetRows(stream, place, texts)) }
}

function* sheetRows(
  stream: Buffer,
  place: number,
  texts: readonly string[],
): Generator<readonly Cell[], void, undefined> {
  const records = new BiffRecords(stream, place)
  if (records.next().type !== RECORD.bof) throw new XlsFault('a sheet does not begin where it should')
  yield* readRows(records, texts)
}

function sharedTexts(data: Buffer, more: readonly Buffer[]): string[] {
  const count = data.readUInt32LE(4)
  const size = more.reduce((sum, part) => sum + part.length, data.length)
  // A text has three bytes at least.
  if (count > size / 3) throw new XlsFault('it has fewer texts than it says')
  const strings = new BiffStrings([data, ...more])
  strings.skip(8)
  return Array.from({ length: count }, () => strings.next())
}
