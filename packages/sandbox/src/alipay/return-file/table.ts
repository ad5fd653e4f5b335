import { formatChinaDateTime14 } from '@payout/mapi/values/china-time'
import iconv from 'iconv-lite'
import type { ReturnFileRow } from './fixture.ts'
import { writeXls, XLS_SHEET_ROWS, type XlsCell } from './xls-writer.ts'

/** What the CSV and the XLS of a return file hold alike (bptb_refund_file 1.3 §5.2). */
export interface ReturnFileTable {
  readonly head: { readonly totalFen: number; readonly count: number; readonly payer: string }
  readonly columns: readonly ReturnColumn[]
  readonly rows: readonly (readonly string[])[]
}

/** The columns of table 5-1, in its order. */
const RETURN_COLUMNS = [
  '商户批次号',
  '商户流水号',
  '收款银行户名',
  '收款银行账号',
  '收款开户银行',
  '收款银行所在省份',
  '收款银行所在市',
  '收款支行名称',
  '金额',
  '对公对私标志',
  '备注',
  '提现流水号',
  '退票日期',
  '退票原因',
] as const

export type ReturnColumn = (typeof RETURN_COLUMNS)[number]

const HEAD_NAMES = ['总金额', '总笔数', '支付宝账户'] as const

export function tableOf(rows: readonly ReturnFileRow[], payer: string): ReturnFileTable {
  let totalFen = 0
  for (const { amountFen } of rows) totalFen += amountFen
  return { head: { totalFen, count: rows.length, payer }, columns: RETURN_COLUMNS, rows: rows.map(cellsOf) }
}

/** The table with what one row says in one column replaced. */
export function withCell(table: ReturnFileTable, row: number, column: ReturnColumn, text: string): ReturnFileTable {
  const place = table.columns.indexOf(column)
  return { ...table, rows: table.rows.map((cells, index) => (index === row ? cells.with(place, text) : cells)) }
}

export function withoutColumn(table: ReturnFileTable, column: ReturnColumn): ReturnFileTable {
  const place = table.columns.indexOf(column)
  return {
    ...table,
    columns: table.columns.toSpliced(place, 1),
    rows: table.rows.map((cells) => cells.toSpliced(place, 1)),
  }
}

/** Head names, head values, column names, rows; CRLF; GBK, and GB18030 for what only that has. */
export function csvOf(table: ReturnFileTable): Buffer {
  const lines = linesOf(table).map((cells) => `${cells.map(quoted).join(',')}\r\n`)
  return iconv.encode(lines.join(''), 'gb18030')
}

/** The same lines; amounts and the count are numbers, and what one sheet can't hold goes on in the next. */
export function xlsOf(table: ReturnFileTable): Buffer {
  const amount = table.columns.indexOf('金额')
  const lines = linesOf(table).map((cells, line): readonly XlsCell[] => {
    if (line === 1) return cells.map((cell, place) => (place < 2 ? numeric(cell) : cell))
    return line < 3 || amount < 0 ? cells : cells.map((cell, place) => (place === amount ? numeric(cell) : cell))
  })
  const sheets = Array.from({ length: Math.ceil(lines.length / XLS_SHEET_ROWS) }, (_, sheet) =>
    lines.slice(sheet * XLS_SHEET_ROWS, (sheet + 1) * XLS_SHEET_ROWS),
  )
  return writeXls(sheets)
}

/** Yuan with two decimals. */
function yuanOf(fen: number): string {
  return `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`
}

function linesOf({ head, columns, rows }: ReturnFileTable): (readonly string[])[] {
  return [HEAD_NAMES, [yuanOf(head.totalFen), String(head.count), head.payer], columns, ...rows]
}

function cellsOf(row: ReturnFileRow): readonly string[] {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(formatChinaDateTime14(row.returnedAt)) ?? []
  return [
    row.batchNo,
    row.serial,
    row.payeeName,
    row.payeeAccount,
    row.bank,
    row.province,
    row.city,
    row.branch,
    yuanOf(row.amountFen),
    row.corporate ? '1' : '2',
    row.memo,
    row.withdrawalSerial,
    `${year}年${month}月${day}日 ${hour}:${minute}:${second}`,
    row.reason,
  ]
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

function numeric(cell: string): XlsCell {
  return /^\d{1,12}(\.\d\d)?$/.test(cell) ? Number(cell) : cell
}
