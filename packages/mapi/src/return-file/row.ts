import { isBatchNo } from '../batch-no.ts'
import { parseChinaDateTime14 } from '../china-time.ts'
import { type Fen, parseYuan } from '../fen.ts'
import { ROW_COLUMNS, type RowColumn } from './columns.ts'
import type { ReturnFileProblemCode } from './refusal.ts'
import { textOfCell } from './table.ts'

/** One payout that came back (table 5-1, RFD-4). */
export interface ReturnFileRow {
  /** The merchant's batch number, or, where it had none, the uploaded file's name in lower case and without its suffix (RFD-6). */
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

/** Columns that are text, how long at most, and which may be empty. Egress cuts its records by bytes as well as by rows. */
const TEXTS = {
  batchNo: { limit: 128, empty: false },
  serial: { limit: 64, empty: false },
  payeeName: { limit: 200, empty: false },
  payeeAccount: { limit: 64, empty: false },
  bank: { limit: 200, empty: true },
  province: { limit: 64, empty: true },
  city: { limit: 64, empty: true },
  branch: { limit: 200, empty: true },
  memo: { limit: 500, empty: true },
  reason: { limit: 500, empty: true },
} as const satisfies Partial<Record<RowColumn, { readonly limit: number; readonly empty: boolean }>>

export type TextColumn = keyof typeof TEXTS
export const TEXT_COLUMNS = Object.keys(TEXTS) as readonly TextColumn[]

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u

/** Hears of each thing that is wrong with a row. */
export type TellProblem = (code: ReturnFileProblemCode, explanation: string) => void

/** Reads a row; undefined where something is wrong with it, all of which is told. */
export function readRow(cells: Readonly<Record<RowColumn, string>>, tell: TellProblem): ReturnFileRow | undefined {
  let right = true
  const wrong: TellProblem = (code, explanation) => {
    right = false
    tell(code, explanation)
  }
  const texts = readTexts(cells, wrong)
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
  return { ...texts, batchNo: readBatchNo(texts.batchNo), withdrawalSerial, amountFen, corporate, returnedAt }
}

function readTexts(cells: Readonly<Record<RowColumn, string>>, wrong: TellProblem): Record<TextColumn, string> {
  const texts: Partial<Record<TextColumn, string>> = {}
  for (const column of TEXT_COLUMNS) {
    const text = textOfCell(cells[column])
    const { limit, empty } = TEXTS[column]
    const name = ROW_COLUMNS[column][0]
    if (text === '' && !empty) wrong('ROW_TEXT', `${name} is empty`)
    if (text.length > limit) wrong('ROW_TEXT', `${name} is longer than ${limit} characters`)
    if (CONTROL.test(text)) wrong('ROW_TEXT', `${name} has a control character or a line break`)
    texts[column] = text
  }
  return texts as Record<TextColumn, string>
}

/**
 * A merchant's batch number as it is; a file's name, which is what it shows where there was none, in lower case and without its suffix
 * (RFD-6). Batch numbers are case-sensitive (BTN-3), so what is written like one keeps its case.
 */
export function readBatchNo(text: string): string {
  return isBatchNo(text) ? text : text.replace(/\.(?:csv|xls|xlsx|txt)$/i, '').toLowerCase()
}

/** Fen; undefined for what is not yuan with at most two decimals, and for zero. */
function readReturnedAmount(text: string): Fen | undefined {
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
