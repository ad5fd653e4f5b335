import { createHash } from 'node:crypto'
import { accountFault } from '@payout/mapi/values/account'
import { type Fen, parseYuan } from '@payout/mapi/values/fen'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import { CsvError, parse } from 'csv-parse/sync'
import { UsageError } from '../terminal/errors.ts'

/** The columns of a file of payouts, found by name; their order is free, and others do no harm. */
export const csvColumns = ['id', 'partner', 'to', 'name', 'amount', 'memo'] as const

/** One payout that a person asks for. */
export interface PayoutRow {
  /** Upstream's id. */
  readonly id: string
  /** The partner's alias. */
  readonly partner: string
  /** The payee's Alipay account. */
  readonly to: string
  /** The payee's name. */
  readonly name: string
  readonly amountFen: Fen
  readonly memo: string
}

/** A row with the line of the file that it ends on, from 1. */
export type NumberedRow = PayoutRow & { readonly line: number }

/** Why a row can't be sent. The values are left out: they may be somebody's account or name. */
export interface BadRow {
  readonly line: number
  readonly faults: readonly string[]
}

/** An id that stands in the file a second time. The pipeline pays it once; a person may have meant something else. */
export interface RepeatedId {
  readonly id: string
  readonly line: number
  readonly firstLine: number
  readonly sameContent: boolean
}

export interface PayoutFile {
  readonly rows: readonly NumberedRow[]
  readonly bad: readonly BadRow[]
  readonly repeated: readonly RepeatedId[]
}

interface ParsedLine {
  readonly record: Readonly<Record<string, string>>
  readonly info: { readonly lines: number }
}

/**
 * Reads a file of payouts: the first line names the columns `id,partner,to,name,amount,memo`, each further line is a
 * payout, the amount in yuan (`12.34`). Only what keeps a row from becoming a command is a fault here, and an account
 * that can't be one; limits, character sets and the rest are judged by the pipeline, which answers with an event.
 * @param defaultPartner for rows without a partner, or files without that column
 * @throws UsageError when it is no CSV, or a column is missing
 */
export function readPayoutCsv(text: string, defaultPartner?: string): PayoutFile {
  const { header, lines } = parseLines(text)
  const isMemoNext = header.indexOf('memo') === header.indexOf('amount') + 1
  const rows: NumberedRow[] = []
  const bad: BadRow[] = []
  for (const { record, info } of lines) {
    const row = toRow(record, defaultPartner, isMemoNext)
    if ('faults' in row) bad.push({ line: info.lines, faults: row.faults })
    else rows.push({ ...row, line: info.lines })
  }
  return { rows, bad, repeated: repeatedIds(rows) }
}

function parseLines(text: string): { readonly header: readonly string[]; readonly lines: readonly ParsedLine[] } {
  let header: string[] = []
  const checkHeader = (names: string[]): string[] => {
    header = names.map((name) => name.trim().toLowerCase())
    return header
  }
  const options = {
    bom: true,
    columns: checkHeader,
    info: true,
    skip_empty_lines: true,
    // Spreadsheets write rows of commas alone below the last one.
    skip_records_with_empty_values: true,
    relax_column_count_less: true,
    trim: true,
  }
  let lines: unknown
  try {
    lines = parse(text, options)
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(`the file is no CSV: ${error.message}`)
    throw error
  }
  const missing = csvColumns.filter((column) => !header.includes(column) && column !== 'partner' && column !== 'memo')
  if (missing.length > 0) {
    throw new UsageError(
      `the file has no column ${missing.join(', ')}: its first line must name the columns, ${csvColumns.join(',')}${separatorWords(header)}`,
    )
  }
  const twice = csvColumns.filter((column) => header.indexOf(column) !== header.lastIndexOf(column))
  if (twice.length > 0) {
    throw new UsageError(
      `the first line of the file names ${twice.join(', ')} twice: which of them counts nobody can tell`,
    )
  }
  // The types of csv-parse don't follow the `info` option.
  return { header, lines: lines as ParsedLine[] }
}

/** What else may part the columns, as spreadsheets of other countries have it. */
function separatorWords([first = '', ...others]: readonly string[]): string {
  const separator = [
    [';', 'semicolons'],
    ['\t', 'tabs'],
    ['|', 'bars'],
  ].find(([sign = '']) => first.includes(sign))?.[1]
  if (separator === undefined || others.length > 0) return ''
  return `. They are parted by ${separator}: save the file with commas`
}

function toRow(
  record: Readonly<Record<string, string>>,
  defaultPartner: string | undefined,
  isMemoNext: boolean,
): PayoutRow | { faults: string[] } {
  const faults: string[] = []
  const { id = '', to = '', name = '', amount = '', memo = '' } = record
  const partner = record.partner || defaultPartner || ''
  if (id === '') faults.push('id is empty: without one, sending the file again would pay again')
  else if (!isPayoutId(id)) faults.push('id must be 1 to 64 of A-Z a-z 0-9 . _ : -')
  if (partner === '') faults.push('partner is empty: name it in the row, or give --partner')
  const wrongAccount = accountFault(to)
  if (wrongAccount !== undefined) faults.push(`to (the Alipay account) ${wrongAccount}`)
  if (name === '') faults.push('name is empty')
  const amountFen = yuanOrFault(amount, faults)
  if (isMemoNext && isSplitAmount(amount, memo)) {
    faults.push(
      `amount ${amount} and memo ${memo} may be one amount with a comma: write ${amount}${memo}, or ${amount}.00`,
    )
  }
  return amountFen === undefined || faults.length > 0 ? { faults } : { id, partner, to, name, amountFen, memo }
}

/** Whether what stands as an amount and a memo can be one amount, `1,234.50`, in a row that leaves the memo out. */
function isSplitAmount(amount: string, memo: string): boolean {
  return /^[1-9][0-9]{0,2}$/.test(amount) && /^[0-9]{3}(?:\.[0-9]{1,2})?$/.test(memo)
}

function yuanOrFault(text: string, faults: string[]): Fen | undefined {
  try {
    const amount = parseYuan(text)
    if (amount > 0) return amount
    faults.push('amount is 0')
  } catch {
    faults.push(`amount "${text}" is not an amount in yuan: write 12.34, 12.3 or 12`)
  }
  return undefined
}

function repeatedIds(rows: readonly NumberedRow[]): RepeatedId[] {
  const first = new Map<string, { line: number; content: string }>()
  const repeated: RepeatedId[] = []
  for (const row of rows) {
    const key = `${row.partner}/${row.id}`
    const content = contentOf(row)
    const earlier = first.get(key)
    if (!earlier) first.set(key, { line: row.line, content })
    else
      repeated.push({ id: row.id, line: row.line, firstLine: earlier.line, sameContent: earlier.content === content })
  }
  return repeated
}

/** Equal for two rows that ask for the same payment. */
export function contentOf({ to, name, amountFen, memo }: PayoutRow): string {
  return createHash('sha256')
    .update(JSON.stringify([to, name, amountFen, memo]))
    .digest('base64url')
}
