import { MapiError, type MapiErrorCode } from '../error.ts'
import { codePointOf } from '../values/account.ts'
import { type Fen, formatYuan, parseYuan } from '../values/fen.ts'
import { type Charset, canHold, encode } from '../wire/charset.ts'

/** One line of a batch: one payee, one amount (BTN-2, batch_trans_notify_no_pwd 1.3 §4.2). */
export interface DetailLine {
  readonly serial: string
  readonly account: string
  readonly name: string
  readonly amount: Fen
  readonly memo: string
}

/** Lines of a batch at most (batch_trans_notify_no_pwd 1.3 §4.2). */
export const MAX_DETAIL_LINES = 1000

/**
 * Characters (code points) of a field at most. batch_trans_notify_no_pwd 1.3 gives none; these are what the texts of
 * Alipay's own line errors say (serial 32, account 100, name 128, memo 100).
 */
export const DETAIL_FIELD_LIMITS = { serial: 32, account: 100, name: 128, memo: 100 } as const

type TextField = keyof typeof DETAIL_FIELD_LIMITS
const TEXT_FIELDS: readonly TextField[] = ['serial', 'account', 'name', 'memo']

/** What would split a line or a column, and control characters, line separators among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const FORBIDDEN = /[\^|\u0000-\u001f\u007f-\u009f\u2028\u2029]/u

/**
 * Checks one line by itself, and, where a character set is given, that it can hold every field. No field may be empty,
 * the memo neither (REASON_NOT_NULL, batch_trans_notify_no_pwd 1.3 §10.1).
 * @throws MapiError MAPI_DETAIL_FIELD_EMPTY, MAPI_DETAIL_FIELD_LENGTH, MAPI_DETAIL_FIELD_CHARACTER, MAPI_DETAIL_AMOUNT,
 *   MAPI_CHARSET_CANNOT_HOLD; `field` is `serial`, `account`, `name`, `amount` or `memo`. The message does not repeat
 *   the value.
 */
export function checkDetailLine(line: DetailLine, charset?: Charset): void {
  for (const field of TEXT_FIELDS) {
    const value = line[field]
    if (value === '') throw wrongField('MAPI_DETAIL_FIELD_EMPTY', field, 'is empty: give it a value')
    const limit = DETAIL_FIELD_LIMITS[field]
    // A text has at least as many units as characters: the count is needed only near the limit.
    if (value.length > limit && [...value].length > limit) {
      throw wrongField('MAPI_DETAIL_FIELD_LENGTH', field, `is longer than ${limit} characters`)
    }
    const [forbidden] = FORBIDDEN.exec(value) ?? []
    if (forbidden !== undefined) {
      const what = forbidden === '^' || forbidden === '|' ? forbidden : `${codePointOf(forbidden)}, a control character`
      throw wrongField('MAPI_DETAIL_FIELD_CHARACTER', field, `holds ${what}: leave it out`)
    }
    if (charset !== undefined) checkHeld(value, field, charset)
  }
  if (!Number.isSafeInteger(line.amount) || line.amount <= 0) {
    throw wrongField('MAPI_DETAIL_AMOUNT', 'amount', 'is not above zero')
  }
}

function checkHeld(value: string, field: TextField, charset: Charset): void {
  if (canHold(value, charset)) return
  try {
    encode(value, charset)
  } catch (error) {
    if (!(error instanceof MapiError)) throw error
    throw new MapiError(error.code, `the ${field} of a line: ${error.message}`, { field })
  }
}

function wrongField(code: MapiErrorCode, field: string, what: string): MapiError {
  return new MapiError(code, `the ${field} of a line ${what}`, { field })
}

/**
 * Writes `detail_data`: `serial^account^name^amount^memo` a line, joined by `|`, amounts in yuan with two decimals
 * (BTN-2).
 * @throws MapiError MAPI_DETAIL_LINES for none or more than 1,000, MAPI_DETAIL_SERIAL_TWICE, and what `checkDetailLine`
 *   throws, the number of the line in the message.
 */
export function formatDetailData(lines: readonly DetailLine[]): string {
  checkLineCount(lines.length)
  const serials = new Set<string>()
  const texts = lines.map((line, index) => {
    checkLine(line, index, serials)
    return `${line.serial}^${line.account}^${line.name}^${formatYuan(line.amount)}^${line.memo}`
  })
  return texts.join('|')
}

/**
 * Reads `detail_data` as strictly as it is written; one `|` at the very end does no harm.
 * @throws MapiError MAPI_DETAIL_LINES, MAPI_DETAIL_FORMAT (not five columns), MAPI_YUAN_FORMAT, and what
 *   `formatDetailData` throws.
 */
export function parseDetailData(text: string): DetailLine[] {
  const texts = (text.endsWith('|') ? text.slice(0, -1) : text).split('|')
  checkLineCount(text === '' ? 0 : texts.length)
  const serials = new Set<string>()
  return texts.map((lineText, index) => {
    const [serial, account, name, amount, memo, ...rest] = lineText.split('^')
    if (
      serial === undefined ||
      account === undefined ||
      name === undefined ||
      amount === undefined ||
      memo === undefined ||
      rest.length > 0
    ) {
      throw new MapiError('MAPI_DETAIL_FORMAT', `line ${index + 1} does not have five columns`, {
        field: 'detail_data',
      })
    }
    const line = { serial, account, name, amount: inLine(index, 'amount', () => parseYuan(amount)), memo }
    checkLine(line, index, serials)
    return line
  })
}

function checkLineCount(count: number): void {
  if (count < 1 || count > MAX_DETAIL_LINES) {
    throw new MapiError('MAPI_DETAIL_LINES', `a batch has 1 to ${MAX_DETAIL_LINES} lines, not ${count}`, {
      field: 'detail_data',
    })
  }
}

function checkLine(line: DetailLine, index: number, serials: Set<string>): void {
  inLine(index, undefined, () => checkDetailLine(line))
  if (serials.has(line.serial)) {
    throw new MapiError('MAPI_DETAIL_SERIAL_TWICE', `line ${index + 1} has the serial of an earlier line`, {
      field: 'serial',
    })
  }
  serials.add(line.serial)
}

/** Runs a check and puts the number of the line before the message of what it throws. */
function inLine<T>(index: number, field: string | undefined, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof MapiError)) throw error
    const at = error.field ?? field
    throw new MapiError(error.code, `line ${index + 1}: ${error.message}`, at === undefined ? {} : { field: at })
  }
}
