import { DETAIL_FIELD_LIMITS } from '../interfaces/detail-data.ts'
import { hasUnprintable } from '../text/printable-text.ts'
import { parseChinaDateTime14 } from '../values/china-time.ts'
import { type Fen, parseYuan } from '../values/fen.ts'
import type { WireParameter } from '../wire/base-string.ts'
import { lossyTextOf, type ReadableCharset, textOf } from '../wire/charset.ts'
import { detailColumns, detailLines, NOTIFY_COLUMNS } from './detail-lines.ts'

/** What a notify says of one payout (BTN-11). */
export interface NotifyLine {
  readonly serial: string
  readonly account: string
  /** As it came, whatever it holds; U+FFFD for bytes that are not valid. It decides nothing. */
  readonly name: string
  readonly amount: Fen
  /** S for paid, F for failed. */
  readonly result: 'S' | 'F'
  /**
   * As Alipay wrote it, for example RECEIVE_USER_NOT_EXIST or a sentence in Chinese, whatever it holds; null if it was
   * empty or `null`.
   */
  readonly reason: string | null
  /**
   * Alipay's own number of the payment. A failure may have none, or one that is not written as they are: there is no
   * payment that it could name.
   */
  readonly alipaySerial: string
  /** UTC milliseconds. */
  readonly completedAt: number
}

/**
 * What of a line can't be read: a column that decides, their number, or bytes, which are not valid in the notify's
 * character set.
 */
export type NotifyLineFault =
  | 'charset'
  | 'columns'
  | 'serial'
  | 'account'
  | 'amount'
  | 'result'
  | 'alipay-serial'
  | 'completed-at'

/** A line of a notify, read or not. */
export type ReadNotifyLine =
  | { readonly ok: true; readonly line: NotifyLine }
  | {
      readonly ok: false
      readonly why: NotifyLineFault
      /** The list that it stood in. */
      readonly list: DetailsList
      /** The line as it stands there; U+FFFD for bytes that are not valid. */
      readonly raw: string
      /** The first column, if it could be a serial. */
      readonly serial: string | null
    }

/**
 * Reads the lines of `success_details` and `fail_details`, in this order, from a notify's parameters (BTN-11,
 * batch_trans_notify_no_pwd 1.3 §6.2). Lines end in `|` or are joined with it; blanks and line breaks around a line, a
 * byte order mark before the first one, and lines of nothing else do no harm. What decides about money is read
 * strictly: serial, account, amount, mark, time, and for a payment Alipay's serial. Name and reason are kept as they
 * come. A line that can't be read, or whose mark does not belong into its list, is handed back as such and spoils none
 * of its neighbours. Never throws.
 * @param fields the parameters, percent-decoded, as `parseNotify` gives them
 * @param charset the character set that `verifyNotify` found
 */
export function notifyDetails(fields: Iterable<WireParameter>, charset: ReadableCharset): ReadNotifyLine[] {
  const values = fields instanceof Map ? (fields as ReadonlyMap<string, Buffer>) : new Map(fields)
  const read = (list: DetailsList, result: NotifyLine['result']) =>
    linesOf(values.get(list), charset).map((bytes) => readBytes(bytes, charset, list, result))
  return [...read('success_details', 'S'), ...read('fail_details', 'F')]
}

type DetailsList = 'success_details' | 'fail_details'

/** UTF-8's and GB18030's. In GBK the first one would be half of a character that begins no line. */
const BYTE_ORDER_MARKS = ['efbbbf', '84319533'].map((hex) => Buffer.from(hex, 'hex'))

function linesOf(details: Buffer | undefined, charset: ReadableCharset): Buffer[] {
  if (details === undefined) return []
  const mark = BYTE_ORDER_MARKS.find((bytes) => details.subarray(0, bytes.length).equals(bytes))
  return detailLines(details.subarray(mark?.length ?? 0), charset)
    .map(trimmed)
    .filter((line) => !isBlankLine(line, charset))
}

/** A line without the blanks, tabs and line breaks around it, which are no part of its first and its last column. */
function trimmed(line: Buffer): Buffer {
  let start = 0
  let end = line.length
  while (start < end && isBlank(line[start])) start++
  while (end > start && isBlank(line[end - 1])) end--
  return line.subarray(start, end)
}

/** Between two bars, or beside the first or the last one, there may be nothing, or what nobody sees. */
function isBlankLine(line: Buffer, charset: ReadableCharset): boolean {
  return !line.includes('^') && lossyTextOf(line, charset).trim() === ''
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d)
}

function readBytes(
  bytes: Buffer,
  charset: ReadableCharset,
  list: DetailsList,
  result: NotifyLine['result'],
): ReadNotifyLine {
  const columns = detailColumns(bytes, charset).map((column) => readColumn(column, charset))
  while (columns.length > NOTIFY_COLUMNS && columns.at(-1)?.text === '') columns.pop()
  const read = readLine(columns, result)
  if (typeof read !== 'string') return { ok: true, line: read }
  const [first] = columns
  return {
    ok: false,
    why: columns.every(({ valid }) => valid) ? read : 'charset',
    list,
    raw: columns.map(({ text }) => text).join('^'),
    serial: first?.valid && isStrict(first, DETAIL_FIELD_LIMITS.serial) ? first.text : null,
  }
}

interface Column {
  readonly text: string
  /** Whether its bytes are valid; where not, U+FFFD stands for them. */
  readonly valid: boolean
}

function readColumn(bytes: Buffer, charset: ReadableCharset): Column {
  const text = textOf(bytes, charset)
  return text === undefined ? { text: lossyTextOf(bytes, charset), valid: false } : { text, valid: true }
}

function readLine(columns: readonly Column[], expected: NotifyLine['result']): NotifyLine | NotifyLineFault {
  const parts = partsOf(columns)
  if (parts === undefined) return 'columns'
  const { serial, account, name, yuan, mark, why, alipaySerial, time } = parts
  if (!isStrict(serial, DETAIL_FIELD_LIMITS.serial)) return 'serial'
  if (!isStrict(account, DETAIL_FIELD_LIMITS.account)) return 'account'
  const amount = readAmount(yuan)
  if (amount === undefined) return 'amount'
  if (mark.text !== expected) return 'result'
  if (expected === 'S' && !/^[0-9A-Za-z]{1,64}$/.test(alipaySerial.text)) return 'alipay-serial'
  const completedAt = orUndefined(() => parseChinaDateTime14(time.text))
  if (completedAt === undefined) return 'completed-at'
  return {
    serial: serial.text,
    account: account.text,
    name,
    amount,
    result: expected,
    reason: why === '' || why === 'null' ? null : why,
    alipaySerial: alipaySerial.text,
    completedAt,
  }
}

/**
 * The columns by what they are. Where there are more than eight, a `^` stands in the name or in the reason, which
 * decide nothing: amount and mark are found between them, unless there are two places where they could be.
 */
function partsOf(columns: readonly Column[]) {
  const [serial, account] = columns
  const [alipaySerial, time] = columns.slice(-2)
  if (columns.length < NOTIFY_COLUMNS || !serial || !account || !alipaySerial || !time) return undefined
  const middle = columns.slice(2, -2)
  const places = columns.length === NOTIFY_COLUMNS ? [1] : placesOfAmount(middle)
  const [place = 0] = places
  const yuan = middle[place]
  const mark = middle[place + 1]
  if (places.length !== 1 || !yuan || !mark) return undefined
  const textFrom = (from: number, to: number) =>
    middle
      .slice(from, to)
      .map(({ text }) => text)
      .join('^')
  return {
    serial,
    account,
    name: textFrom(0, place),
    yuan,
    mark,
    why: textFrom(place + 2, middle.length),
    alipaySerial,
    time,
  }
}

/** Where an amount stands with a mark behind it: with at least one column before them and one after. */
function placesOfAmount(middle: readonly Column[]): number[] {
  return middle.flatMap((column, place) => {
    const mark = middle[place + 1]?.text
    const fits = place >= 1 && place + 2 < middle.length && (mark === 'S' || mark === 'F')
    return fits && readAmount(column) !== undefined ? [place] : []
  })
}

/** Fen above zero; undefined for what is not yuan. */
function readAmount({ text }: Column): Fen | undefined {
  const amount = orUndefined(() => parseYuan(text))
  return amount === 0 ? undefined : amount
}

/** Whether a column that decides is written as such a one can be. */
function isStrict({ text, valid }: Column, limit: number): boolean {
  return valid && text !== '' && (text.length <= limit || [...text].length <= limit) && !hasUnprintable(text)
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
