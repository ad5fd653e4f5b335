import { formatYuan } from '../fen.ts'
import { HEAD_COLUMNS, type HeadColumn, ROW_COLUMNS, type RowColumn } from './columns.ts'
import { ReturnFileRefusal } from './refusal.ts'
import type { ReturnCsv } from './return-csv.ts'
import { type ReturnFileRow, readBatchNo, readCorporate, readReturnedAt, readYuan, TEXT_COLUMNS } from './row.ts'
import { type Cell, ReturnTable, textOfCell } from './table.ts'
import type { XlsMessage } from './xls/rows.ts'

/**
 * Compares a workbook with the CSV, cell by cell (RFD-3). Only the columns of table 5-1 count, by what they mean: an amount or a serial may
 * be stored as a number, the time as a day number.
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
  if (next !== csv.rows.length) throw rowsDiffer(csv.rows.length, next)
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
      const row = csv.rows[next]
      if (row === undefined) throw rowsDiffer(csv.rows.length, next + 1)
      const column = differingColumn(row, read.values, date1904)
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
  row: ReturnFileRow,
  cells: Readonly<Record<RowColumn, Cell>>,
  date1904: boolean,
): RowColumn | undefined {
  if (!isAmount(cells.amount, row.amountFen)) return 'amount'
  if (readCorporate(textOfCell(cells.corporate)) !== row.corporate) return 'corporate'
  if (!isMoment(cells.returnedAt, row.returnedAt, date1904)) return 'returnedAt'
  if (!isText(cells.withdrawalSerial, row.withdrawalSerial)) return 'withdrawalSerial'
  return TEXT_COLUMNS.find((column) =>
    column === 'batchNo' && typeof cells.batchNo === 'string'
      ? readBatchNo(textOfCell(cells.batchNo)) !== row.batchNo
      : !isText(cells[column], row[column]),
  )
}

/** A number that stands for digits has lost their leading zeros, and what a double can't hold; no more is asked of it. */
function isText(cell: Cell, text: string): boolean {
  if (typeof cell === 'string') return textOfCell(cell) === text
  return /^[0-9]+(?:\.[0-9]+)?$/.test(text) && Number(text) === cell
}

function isAmount(cell: Cell, fen: ReturnFileRow['amountFen']): boolean {
  // A workbook holds yuan as a double; a tenth of a fen is far above its error and far below a difference.
  return typeof cell === 'string' ? readYuan(cell) === fen : Math.abs(cell - Number(formatYuan(fen))) < 0.001
}

const SECOND = 1000
const DAY = 86_400_000
const CHINA = 8 * 3_600_000
/** Day numbers of 1 January 1970. */
const EPOCH_1900 = 25_569
const EPOCH_1904 = 24_107

function isMoment(cell: Cell, milliseconds: number, date1904: boolean): boolean {
  if (typeof cell === 'string') return readReturnedAt(cell) === milliseconds
  const moment = (cell - (date1904 ? EPOCH_1904 : EPOCH_1900)) * DAY - CHINA
  return Math.abs(moment - milliseconds) < SECOND / 2
}
