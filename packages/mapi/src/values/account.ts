import { MapiError } from '../error.ts'
import { escapeUnprintable } from '../text/printable-text.ts'

/** Characters of an account at most: what the texts of Alipay's own line errors say. */
const MAX_CHARACTERS = 100

/** What an account must be, in words that follow what is called so. */
const ACCOUNT_FORMAT =
  'must be an e-mail address, a mobile number of 11 digits, or a number from abroad with its country code: 852-61234567'

/** What no account is written in. Chinese characters stand in addresses such as `张三@例子.中国`. */
const FOREIGN = /[^!-~\p{Script=Han}]/gu

/** A mobile number of the mainland. */
const MOBILE = /^1[3-9][0-9]{9}$/

/** The country codes of E.164 but that of the mainland. */
const COUNTRY_CODE =
  '1|7|2[07]|2[1-69][0-9]|3[0-469]|3[578][0-9]|4[013-9]|42[0-9]|5[1-8]|5[09][0-9]|6[0-6]|6[789][0-9]|8[124]|8[0578][0-9]|9[0-58]|9[679][0-9]'
const ABROAD = new RegExp(`^\\+?(${COUNTRY_CODE})-([0-9]{4,12})$`)
/**
 * Without the hyphen the plus says that a country code comes. One of 1 could be a number of the mainland that was given
 * a plus.
 */
const ABROAD_UNSPLIT = new RegExp(`^\\+(?!1)(${COUNTRY_CODE})([0-9]{4,12})$`)

/** More than E.164 has, and less than any number that can be called from abroad. */
const DIGITS_ABROAD = { min: 7, max: 15 }

/**
 * How numbers are made where a number of the mainland is easily taken for one: `1-3800138000` is none of North America.
 */
const NATIONAL = new Map([
  ['1', /^[2-9][0-9]{2}[2-9][0-9]{6}$/],
  ['852', /^[0-9]{8}$/],
  ['853', /^[0-9]{8}$/],
])

/** The part before `@`: colons are no letters of an address by RFC 5322, but stand in accounts nevertheless. */
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?_{}~:\p{Script=Han}-]+(?:\.[A-Za-z0-9!#$%&'*+/=?_{}~:\p{Script=Han}-]+)*$/u
const DOMAIN_LABEL = /^[A-Za-z0-9\p{Script=Han}](?:[A-Za-z0-9\p{Script=Han}-]{0,61}[A-Za-z0-9\p{Script=Han}])?$/u
/** The last label: letters alone, Chinese characters alone, or the form in ASCII of any other alphabet. */
const TOP_LABEL = /^(?:[A-Za-z]{2,}|\p{Script=Han}{2,}|xn--[A-Za-z0-9-]+)$/iu

/** Marks that spreadsheets and word processors put before or around a text; `'` itself may stand inside an address. */
const QUOTE = /['"`‘’“”′＇＂]/u

/** `1.38E+10`, `1,38E10`: a number that a spreadsheet has rounded. */
const ROUNDED = /^[0-9](?:[.,][0-9]*)?E\+?[0-9]+$/i

/**
 * Checks that a text is an account as Alipay takes them (batch_trans_notify_no_pwd 1.3 §4.2): an e-mail address, a
 * mobile number of the mainland as its 11 digits alone, or one from abroad with its country code (`852-61234567`,
 * `+852-61234567`, `+85261234567`). At most 100 characters, all of them to be seen.
 * @param what what the account is called in the message: `the account of a line`
 * @throws MapiError MAPI_ACCOUNT_FORMAT, `field` as given. The message says what is wrong and what to write; of the
 *   account it repeats at most one character, by its code point.
 */
export function checkAccount(account: string, what: string, field: string): void {
  const fault = accountFault(account)
  if (fault !== undefined) throw new MapiError('MAPI_ACCOUNT_FORMAT', `${what} ${fault}`, { field })
}

/** Whether `checkAccount` takes a text. */
export function isAccount(text: string): boolean {
  return accountFault(text) === undefined
}

/**
 * An account for a person's eyes: whatever is neither visible ASCII nor a Chinese character stands there by its code
 * point, as in `us\u{435}r@example.com`, so that an account that looks right is right.
 */
export function escapeAccount(account: string): string {
  return account.replace(FOREIGN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** A character by its code point: `U+202D`. */
export function codePointOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** Whether a text is an e-mail address as `checkAccount` takes them. */
export function isEmailAccount(text: string): boolean {
  return text.includes('@') && isAccount(text)
}

/**
 * What keeps a text from being an account, and the way out, in words that follow its name; undefined where it is one.
 */
export function accountFault(account: string): string | undefined {
  if (account === '') return `is empty: it ${ACCOUNT_FORMAT}`
  if (account.length > MAX_CHARACTERS && [...account].length > MAX_CHARACTERS)
    return `is longer than ${MAX_CHARACTERS} characters`
  return characterFault(account) ?? (account.includes('@') ? addressFault(account) : numberFault(account))
}

function characterFault(account: string): string | undefined {
  if (/^[!-~]+$/.test(account) && !/^'|["`]/.test(account)) return undefined
  let place = 0
  for (const character of account) {
    place++
    const held = `holds ${codePointOf(character)} as character ${place}`
    if (character === ' ') return `${held}, a blank: leave it out`
    if (escapeUnprintable(character) !== character)
      return `${held}, which can't be seen: type the account anew without it`
    const plain = character.normalize('NFKC')
    if (plain !== character && /^[A-Za-z0-9@.+_-]$/.test(plain))
      return `${held}, another form of ${plain}: write ${plain} itself`
    if (QUOTE.test(character) && (place === 1 || character !== "'"))
      return `${held}, a quotation mark, as spreadsheets and word processors put them: leave it out`
    if (plain !== character || escapeAccount(character) !== character)
      return `${held}, which no account at Alipay has: write it in letters, digits and signs of ASCII`
  }
  return undefined
}

function numberFault(account: string): string | undefined {
  if (MOBILE.test(account) || isAbroad(account)) return undefined
  if (ROUNDED.test(account)) {
    return 'is a number that a spreadsheet has rounded, with an exponent: its last digits are lost. Make the column text, and fill it in anew'
  }
  if (/^(?:\+|00)?(?:86)?[-.()/]*1[3-9](?:[-.()/]*[0-9]){9}(?:\.0+)?$/.test(account))
    return 'is a mobile number with a country code or signs of its own: write its 11 digits alone'
  if (/^[0-9]+$/.test(account)) {
    return `is a number of ${account.length} digits: a mobile number has 11 and begins with 13 to 19, and one from abroad stands with its country code (852-61234567)`
  }
  return `is neither an e-mail address nor a mobile number: it ${ACCOUNT_FORMAT}`
}

function isAbroad(account: string): boolean {
  const [, code = '', number = ''] = ABROAD.exec(account) ?? ABROAD_UNSPLIT.exec(account) ?? []
  const digits = code.length + number.length
  if (NATIONAL.get(code)?.test(number) === false) return false
  return digits >= DIGITS_ABROAD.min && digits <= DIGITS_ABROAD.max
}

function addressFault(account: string): string | undefined {
  const [local = '', domain = '', ...rest] = account.split('@')
  if (rest.length > 0) return 'has more than one @: give one e-mail address'
  if (local === '') return 'has nothing before its @: give the whole e-mail address'
  if (domain === '') return 'has nothing behind its @: give the whole e-mail address'
  if (/^mailto:/i.test(local)) return 'begins with mailto:, as a link does: give the e-mail address alone'
  if (!LOCAL_PART.test(local)) {
    return 'has, before its @, a dot at an end, two dots together, or a sign that no e-mail address has: give the address as its holder writes it'
  }
  const labels = domain.split('.')
  if (labels.length < 2) return 'has a domain without a dot: give the whole e-mail address, such as name@example.com'
  if (!labels.every((label) => DOMAIN_LABEL.test(label)) || !TOP_LABEL.test(labels.at(-1) ?? ''))
    return 'has a domain that none can be: give the address as its holder writes it, such as name@example.com'
  return undefined
}
