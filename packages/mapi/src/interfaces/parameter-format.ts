import { escapeAccount } from '../values/account.ts'
import { payDate } from '../values/china-time.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u

/** Whether a text has at most `limit` characters, not all of them blanks, and none a control character. */
export function isText(value: string, limit: number): boolean {
  return [...value].length <= limit && value.trim() !== '' && !CONTROL.test(value)
}

/** What the account that pays must be, in words that follow the parameter's name. */
export const PAYER_FORMAT = 'must be 1 to 100 characters of ASCII or Chinese, without blanks'

/**
 * Whether a text may be the account that pays, or its other name (`buyer_account_name`): at most 100 characters, each
 * as it looks, none a blank.
 */
export function isPayer(value: string): boolean {
  return isText(value, 100) && !/\s/u.test(value) && escapeAccount(value) === value
}

/** Whether a text is an existing day, YYYYMMDD. */
export function isExistingDay(value: string): boolean {
  return doesNotThrow(() => payDate(value))
}

/** Whether a strict reader takes a text. */
export function doesNotThrow(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}
