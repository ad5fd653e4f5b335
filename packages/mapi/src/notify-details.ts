import type { WireParameter } from './base-string.ts'
import { type ReadableCharset, textOf } from './charset.ts'
import { formatChinaDateTime14, parseChinaDateTime14 } from './china-time.ts'
import { DETAIL_FIELD_LIMITS } from './detail-data.ts'
import { detailLines, NOTIFY_COLUMNS } from './detail-lines.ts'
import { type Fen, formatYuan, parseYuan } from './fen.ts'

/** What a notify says of one payout (BTN-11). */
export interface NotifyLine {
  readonly serial: string
  readonly account: string
  readonly name: string
  readonly amount: Fen
  /** S for paid, F for failed. */
  readonly result: 'S' | 'F'
  /** As Alipay wrote it, for example RECEIVE_USER_NOT_EXIST or a sentence in Chinese; null if it was empty or `null`. */
  readonly reason: string | null
  /** Alipay's own number of the payment. */
  readonly alipaySerial: string
  /** UTC milliseconds. */
  readonly completedAt: number
}

/** What of a line can't be read: a column, their number, or its bytes, which are not valid in the notify's character set. */
export type NotifyLineFault =
  | 'charset'
  | 'columns'
  | 'serial'
  | 'account'
  | 'name'
  | 'amount'
  | 'result'
  | 'reason'
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
 * Reads the lines of `success_details` and `fail_details`, in this order, from a notify's parameters (BTN-11, seed 3 §6.2). Lines end in
 * `|` or are joined with it. A line that can't be read, whose bytes are not valid or whose mark does not belong into its list is handed back
 * as such and spoils none of its neighbours. Never throws.
 * @param fields the parameters, percent-decoded, as `parseForm` gives them
 * @param charset the character set that `verifyNotify` found
 */
export function notifyDetails(fields: Iterable<WireParameter>, charset: ReadableCharset): ReadNotifyLine[] {
  const values = new Map(fields)
  const read = (list: DetailsList, result: NotifyLine['result']) =>
    detailLines(values.get(list) ?? Buffer.alloc(0), charset).map((bytes) => readBytes(bytes, charset, list, result))
  return [...read('success_details', 'S'), ...read('fail_details', 'F')]
}

type DetailsList = 'success_details' | 'fail_details'

function readBytes(
  bytes: Buffer,
  charset: ReadableCharset,
  list: DetailsList,
  result: NotifyLine['result'],
): ReadNotifyLine {
  const text = textOf(bytes, charset)
  const read = text === undefined ? 'charset' : readLine(text, result)
  if (typeof read !== 'string') return { ok: true, line: read }
  const raw = text ?? new TextDecoder(charset).decode(bytes)
  const [first = ''] = raw.split('^', 1)
  return { ok: false, why: read, list, raw, serial: isSerial(first) && !first.includes('\ufffd') ? first : null }
}

function readLine(raw: string, expected: NotifyLine['result']): NotifyLine | NotifyLineFault {
  const columns = raw.split('^')
  if (columns.length !== NOTIFY_COLUMNS) return 'columns'
  const [serial = '', account = '', name = '', yuan = '', mark = '', why = '', alipaySerial = '', time = ''] = columns
  if (!isSerial(serial)) return 'serial'
  if (!isText(account, DETAIL_FIELD_LIMITS.account)) return 'account'
  if (!isText(name, DETAIL_FIELD_LIMITS.name)) return 'name'
  const amount = orUndefined(() => parseYuan(yuan))
  if (amount === undefined || amount === 0) return 'amount'
  if (mark !== expected) return 'result'
  if (why !== '' && !isText(why, 1000)) return 'reason'
  if (!/^[0-9A-Za-z]{1,64}$/.test(alipaySerial)) return 'alipay-serial'
  const completedAt = orUndefined(() => parseChinaDateTime14(time))
  if (completedAt === undefined) return 'completed-at'
  const reason = why === '' || why === 'null' ? null : why
  return { serial, account, name, amount, result: expected, reason, alipaySerial, completedAt }
}

/**
 * Writes lines as Alipay does: each ends in `|`; a reason that is null is written `null` for S, as seed 3 says, and left
 * empty for F. The other side of `notifyDetails`.
 */
export function formatNotifyDetails(lines: readonly NotifyLine[]): { successDetails: string; failDetails: string } {
  let successDetails = ''
  let failDetails = ''
  for (const line of lines) {
    const text = [
      line.serial,
      line.account,
      line.name,
      formatYuan(line.amount),
      line.result,
      line.reason ?? (line.result === 'S' ? 'null' : ''),
      line.alipaySerial,
      formatChinaDateTime14(line.completedAt),
    ].join('^')
    if (line.result === 'S') successDetails += `${text}|`
    else failDetails += `${text}|`
  }
  return { successDetails, failDetails }
}

function isSerial(text: string): boolean {
  return isText(text, DETAIL_FIELD_LIMITS.serial)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u

function isText(text: string, limit: number): boolean {
  return text !== '' && (text.length <= limit || [...text].length <= limit) && !CONTROL.test(text)
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
