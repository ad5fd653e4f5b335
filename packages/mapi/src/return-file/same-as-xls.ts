import { DAY_MS, HOUR_MS, SECOND_MS } from '@payout/schemas/units'
import { formatYuan } from '../values/fen.ts'
import { HEAD_COLUMNS, type HeadColumn, ROW_COLUMNS, type RowColumn } from './columns.ts'
import { ReturnFileRefusal } from './refusal.ts'
import type { ReturnCsv, ReturnLine } from './return-csv.ts'
import {
  ID_COLUMNS,
  type IdColumn,
  readBatchNo,
  readCorporate,
  readReturnedAt,
  readYuan,
  WORDS_COLUMNS,
} from './row.ts'
import { type Cell, ReturnTable, textOfCell } from './table.ts'
import type { XlsMessage } from './xls/rows.ts'

/**
 * Compares a workbook with the CSV, cell by cell (RFD-3), also where a row is set aside. Only the columns of table 5-1
 * count, by what they mean: an amount or a serial may be stored as a number, the time as a day number. Of texts that
 * decide nothing only what can be seen counts, and a gap in either stands for anything.
 * @throws ReturnFileRefusal XLS_DIFFERS, and what `messages` throws
 */
export async function checkSameAsXls(csv: ReturnCsv, messages: AsyncIterable<XlsMessage>): Promise<void> {
  const table = new ReturnTable<Cell>()
  let date1904 = false
  let next = 0
  for await (const message of messages) {
    switch (message.kind) {
      case 'workbook':
        date1904 = message.date1904
        break
      case 'sheet':
        table.nextSheet()
        break
      case 'rows':
        for (const cells of message.rows) next = compareLine(csv, table, cells, next, date1904)
        break
      case 'end':
        break
    }
  }
  if (!table.hasColumns) throw new ReturnFileRefusal('XLS_DIFFERS', 'it has no columns')
  if (next !== csv.lines.length) throw rowsDiffer(csv.lines.length, next)
}

/** Takes one line of the workbook; gives how many rows have been compared. */
function compareLine(
  csv: ReturnCsv,
  table: ReturnTable<Cell>,
  cells: readonly Cell[],
  next: number,
  date1904: boolean,
): number {
  const read = table.take(cells)
  switch (read.kind) {
    case 'nothing':
      return next
    case 'no-head':
    case 'no-columns':
      throw new ReturnFileRefusal('XLS_DIFFERS', read.detail)
    case 'head': {
      const column = differingHead(csv, read.values)
      if (column !== undefined) throw new ReturnFileRefusal('XLS_DIFFERS', `${HEAD_COLUMNS[column][0]} of the head`)
      return next
    }
    case 'row': {
      const line = csv.lines[next]
      if (line === undefined) throw rowsDiffer(csv.lines.length, next + 1)
      const column = differingColumn(line, read.values, date1904)
      if (column !== undefined) {
        throw new ReturnFileRefusal('XLS_DIFFERS', `${ROW_COLUMNS[column][0]} of row ${next + 1}`)
      }
      return next + 1
    }
  }
}

function rowsDiffer(inCsv: number, inXls: number): ReturnFileRefusal {
  const more = inXls > inCsv ? 'more' : inXls
  return new ReturnFileRefusal('XLS_DIFFERS', `the CSV has ${inCsv} rows, the .xls ${more}`)
}

function differingHead({ head }: ReturnCsv, cells: Readonly<Record<HeadColumn, Cell>>): HeadColumn | undefined {
  if (!isAmount(cells.total, head.totalFen)) return 'total'
  if (textOfCell(cells.count) !== String(head.count)) return 'count'
  return textOfCell(cells.account) === head.payerAccount ? undefined : 'account'
}

function differingColumn(
  { cells: written, amountFen }: ReturnLine,
  cells: Readonly<Record<RowColumn, Cell>>,
  date1904: boolean,
): RowColumn | undefined {
  if (!isAmount(cells.amount, amountFen)) return 'amount'
  if (!isSameMark(cells.corporate, written.corporate)) return 'corporate'
  if (!isSameMoment(cells.returnedAt, written.returnedAt, date1904)) return 'returnedAt'
  if (!isText(cells.withdrawalSerial, written.withdrawalSerial)) return 'withdrawalSerial'
  return (
    ID_COLUMNS.find((column) => !isSameId(column, cells[column], written[column])) ??
    WORDS_COLUMNS.find(
      (column) => !isText(cells[column], written[column]) && !isSameWords(cells[column], written[column]),
    )
  )
}

function isSameId(column: IdColumn, cell: Cell, written: string): boolean {
  if (isText(cell, written)) return true
  return (
    column === 'batchNo' &&
    typeof cell === 'string' &&
    readBatchNo(textOfCell(cell)) === readBatchNo(textOfCell(written))
  )
}

/** What can't be read, in a row that is set aside, is compared as it stands. */
function isSameMark(cell: Cell, written: string): boolean {
  const corporate = readCorporate(written)
  return corporate === undefined ? isText(cell, written) : readCorporate(textOfCell(cell)) === corporate
}

function isSameMoment(cell: Cell, written: string, date1904: boolean): boolean {
  const returnedAt = readReturnedAt(written)
  return returnedAt === undefined ? isText(cell, written) : isMoment(cell, returnedAt, date1904)
}

/**
 * What can't be seen, blanks among them, gets lost or is written otherwise between two kinds of file. U+FFFD stands for
 * bytes of the CSV, or half a pair of the workbook, that can't be read, and `?` in the CSV for a character that its
 * character set lacks: either may stand for any text.
 */
function isSameWords(cell: Cell, written: string): boolean {
  if (typeof cell !== 'string') return false
  // Half a character leaves the ASCII byte behind it, which may have been its other half.
  const inCsv = seenOf(written).replace(/\ufffd[!-~]?|\?/g, GAP)
  const inXls = seenOf(cell)
  return isLike(inXls, inCsv) || (inXls.includes(GAP) && isLike(inCsv, inXls))
}

const GAP = '\ufffd'
const UNSEEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu

function seenOf(text: string): string {
  return text.toWellFormed().replace(UNSEEN, '')
}

/** Whether a text is what a pattern says, each of whose gaps stands for any text. */
function isLike(text: string, pattern: string): boolean {
  const pieces = pattern.split(GAP)
  const [first = '', ...rest] = pieces
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/**
 * A number that stands for digits has lost their leading zeros, and what a double can't hold; no more is asked of it.
 */
function isText(cell: Cell, written: string): boolean {
  const text = textOfCell(written)
  if (typeof cell === 'string') return textOfCell(cell) === text
  return /^[0-9]+(?:\.[0-9]+)?$/.test(text) && Number(text) === cell
}

function isAmount(cell: Cell, fen: ReturnLine['amountFen']): boolean {
  // A workbook holds yuan as a double; a tenth of a fen is far above its error and far below a difference.
  return typeof cell === 'string' ? readYuan(cell) === fen : Math.abs(cell - Number(formatYuan(fen))) < 0.001
}

const CHINA_OFFSET_MS = 8 * HOUR_MS
/** Day numbers of 1 January 1970. */
const EPOCH_1900 = 25_569
const EPOCH_1904 = 24_107

function isMoment(cell: Cell, milliseconds: number, date1904: boolean): boolean {
  if (typeof cell === 'string') return readReturnedAt(cell) === milliseconds
  const moment = (cell - (date1904 ? EPOCH_1904 : EPOCH_1900)) * DAY_MS - CHINA_OFFSET_MS
  return Math.abs(moment - milliseconds) < SECOND_MS / 2
}
