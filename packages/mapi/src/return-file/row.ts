import { hasUnprintable, printableExcerpt } from '../text/printable-text.ts'
import { isBatchNo } from '../values/batch-no.ts'
import { parseChinaDateTime14 } from '../values/china-time.ts'
import { type Fen, parseYuan } from '../values/fen.ts'
import { ROW_COLUMNS, type RowColumn } from './columns.ts'
import type { ReturnFileProblemCode } from './refusal.ts'
import { textOfCell } from './table.ts'

/**
 * One payout that came back (table 5-1, RFD-4). Texts that decide nothing are as `printableExcerpt` shows them, and cut
 * where they are too long.
 */
export interface ReturnFileRow {
  /**
   * The merchant's batch number, or, where it had none, the uploaded file's name in lower case and without its suffix
   * (RFD-6).
   */
  readonly batchNo: string
  /** The merchant's serial of the line. */
  readonly serial: string
  readonly payeeName: string
  readonly payeeAccount: string
  readonly bank: string
  readonly province: string
  readonly city: string
  readonly branch: string
  readonly amountFen: Fen
  /** True: a company's account (1). False: a person's (2). */
  readonly corporate: boolean
  readonly memo: string
  /** Alipay's own serial of the withdrawal, unique for all returns (RFD-7). */
  readonly withdrawalSerial: string
  /** UTC milliseconds. */
  readonly returnedAt: number
  readonly reason: string
}

/** Texts that say which payout came back, and how long they may be: they are read strictly. */
const IDS = { batchNo: 128, serial: 64, payeeAccount: 64 } as const satisfies Partial<Record<RowColumn, number>>

/**
 * Texts that decide nothing, and how many characters of them are kept. Egress cuts its records by bytes as well as by
 * rows.
 */
const WORDS = {
  payeeName: 200,
  bank: 200,
  province: 64,
  city: 64,
  branch: 200,
  memo: 500,
  reason: 500,
} as const satisfies Partial<Record<RowColumn, number>>

export type IdColumn = keyof typeof IDS
export type WordsColumn = keyof typeof WORDS
export const ID_COLUMNS = Object.keys(IDS) as readonly IdColumn[]
export const WORDS_COLUMNS = Object.keys(WORDS) as readonly WordsColumn[]

/** Hears of each thing that is wrong or odd in a row. */
export type TellProblem = (code: ReturnFileProblemCode, explanation: string) => void

/** The cells of a row, as they stand in the CSV. */
export type RowCells = Readonly<Record<RowColumn, string>>

/**
 * Reads a row; undefined where what decides in it can't be read: serials, accounts, amount, mark, time. It reports all
 * that is wrong, and what is odd in the texts of a row that counts.
 */
export function readRow(cells: RowCells, tell: TellProblem): ReturnFileRow | undefined {
  let right = true
  const wrong: TellProblem = (code, explanation) => {
    right = false
    tell(code, explanation)
  }
  const ids = readIds(cells, wrong)
  const withdrawalSerial = textOfCell(cells.withdrawalSerial)
  if (!/^[0-9A-Za-z_-]{1,64}$/.test(withdrawalSerial)) {
    wrong('ROW_WITHDRAWAL_SERIAL', '提现流水号 is not 1 to 64 letters, digits, _ or -')
  }
  const amountFen = readReturnedAmount(cells.amount)
  if (amountFen === undefined) wrong('ROW_AMOUNT', '金额 is not an amount in yuan above zero with at most two decimals')
  const corporate = readCorporate(cells.corporate)
  if (corporate === undefined) wrong('ROW_CORPORATE', '对公对私标志 is neither 1 nor 2')
  const returnedAt = readReturnedAt(cells.returnedAt)
  if (returnedAt === undefined) wrong('ROW_DATE', '退票日期 is no existing time, written 2010年12月18日 09:00:00')
  if (!right || amountFen === undefined || corporate === undefined || returnedAt === undefined) return undefined
  const words = readWords(cells, tell)
  return { ...ids, ...words, batchNo: readBatchNo(ids.batchNo), withdrawalSerial, amountFen, corporate, returnedAt }
}

function readIds(cells: RowCells, wrong: TellProblem): Record<IdColumn, string> {
  const ids: Partial<Record<IdColumn, string>> = {}
  for (const column of ID_COLUMNS) {
    const text = textOfCell(cells[column])
    const name = ROW_COLUMNS[column][0]
    if (text === '') wrong('ROW_TEXT', `${name} is empty`)
    if (text.length > IDS[column]) wrong('ROW_TEXT', `${name} is longer than ${IDS[column]} characters`)
    if (hasUnprintable(text)) wrong('ROW_TEXT', `${name} holds what can't be seen, or bytes that can't be read`)
    ids[column] = text
  }
  return ids as Record<IdColumn, string>
}

function readWords(cells: RowCells, tell: TellProblem): Record<WordsColumn, string> {
  const words: Partial<Record<WordsColumn, string>> = {}
  for (const column of WORDS_COLUMNS) {
    const text = textOfCell(cells[column])
    const limit = WORDS[column]
    const name = ROW_COLUMNS[column][0]
    if (text.length > limit) {
      tell('ROW_TEXT_CUT', `${name} has ${text.length} characters, of which ${limit} are kept; the row counts`)
    }
    if (text.includes('\ufffd') || printableExcerpt(text, text.length) !== text) {
      tell('ROW_TEXT_ODD', `${name} holds what can't be seen, or bytes that can't be read; the row counts`)
    }
    words[column] = printableExcerpt(text, limit)
  }
  return words as Record<WordsColumn, string>
}

/**
 * A merchant's batch number as it is; a file's name, which is what it shows where there was none, in lower case and
 * without its suffix (RFD-6). Batch numbers are case-sensitive (BTN-3), so what is written like one keeps its case.
 */
export function readBatchNo(text: string): string {
  return isBatchNo(text) ? text : text.replace(/\.(?:csv|xls|xlsx|txt)$/i, '').toLowerCase()
}

/** Fen; undefined for what is not yuan with at most two decimals, and for zero. */
export function readReturnedAmount(text: string): Fen | undefined {
  const amount = readYuan(text)
  return amount === 0 ? undefined : amount
}

/** Fen; undefined for what is not yuan with at most two decimals. */
export function readYuan(text: string): Fen | undefined {
  try {
    return parseYuan(textOfCell(text))
  } catch {
    return undefined
  }
}

export function readCorporate(text: string): boolean | undefined {
  switch (textOfCell(text)) {
    case '1':
      return true
    case '2':
      return false
    default:
      return undefined
  }
}

/** UTC milliseconds of a time in China, written `2010年12月18日 09:00:00`. */
export function readReturnedAt(text: string): number | undefined {
  const parts = /^(\d{4})年(\d{1,2})月(\d{1,2})日\s+(\d{1,2}):(\d\d):(\d\d)$/u.exec(textOfCell(text))
  if (parts === null) return undefined
  try {
    return parseChinaDateTime14(
      parts
        .slice(1)
        .map((part) => part.padStart(2, '0'))
        .join(''),
    )
  } catch {
    return undefined
  }
}
