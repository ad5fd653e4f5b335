import { payDate } from '../china-time.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u

/** Whether a text has at most `limit` characters, not all of them blanks, and none a control character. */
export function isText(value: string, limit: number): boolean {
  return [...value].length <= limit && value.trim() !== '' && !CONTROL.test(value)
}

/** Whether a text may be an account at Alipay: at most 100 characters, without blanks. */
export function isAccount(value: string): boolean {
  return isText(value, 100) && !/\s/u.test(value)
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
