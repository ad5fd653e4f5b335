/** In place of what is left out. */
const LEFT_OUT = '…'

/** Numbers of a kind that people have: each longer than a code of Alipay's, and none of ours. */
const NUMBERS = [
  // A partner id (MAPI-14).
  [/2088\d{12}/g, `2088${LEFT_OUT}`],
  // A mobile number of China, also with its country.
  [/(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)/g, LEFT_OUT],
  // A resident's id, a bank card.
  [/(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{4}(?:[ -]?\d{4}){3,4}\d{0,3}(?!\d)|(?<!\d)\d{15,19}(?!\d)/g, LEFT_OUT],
] as const

/** An e-mail address up to its @: what stands behind tells whose system it is, and not who. */
const ADDRESS = /(?<![^\s@＠,;:()<>"'，；：（）])[^\s@＠,;:()<>"'，；：（）]+(?=[@＠])/gu

/** What has only these is a code: it is never taken for a name. */
const CODE = /^[A-Z0-9]+(?:_[A-Z0-9]+)*$/

/** A name of one character stands in too many other words. */
const LEAST_CHARACTERS = 2

/**
 * A text from outside, such as a bank's reason, as an event may carry it: without partner ids, addresses, numbers of
 * telephones, cards and residents, and without what is known of the person it is about. All else stays. A code such as
 * `RECEIVE_USER_NOT_EXIST` stays as it is. The same text again where it holds nothing personal; what has gone through
 * once is not changed a second time.
 * @param known names and accounts, in any case of letters; a name of Latin letters is left out where it is a word of
 *   its own
 */
export function redactPersonalData(text: string, known: readonly string[] = []): string {
  if (CODE.test(text) && /[A-Z]/.test(text)) return text
  const numbered = NUMBERS.reduce((rest, [pattern, put]) => rest.replace(pattern, put), text)
  const longestFirst = known
    .map((each) => each.trim())
    .filter((each) => [...each].length >= LEAST_CHARACTERS)
    .sort((a, b) => b.length - a.length)
  const unnamed = longestFirst.reduce((rest, each) => rest.replace(wordPattern(each), LEFT_OUT), numbered)
  return unnamed.replace(ADDRESS, LEFT_OUT)
}

function wordPattern(words: string): RegExp {
  const begins = /^[\p{Script=Latin}\p{N}]/u.test(words) ? '(?<![\\p{Script=Latin}\\p{N}])' : ''
  const ends = /[\p{Script=Latin}\p{N}]$/u.test(words) ? '(?![\\p{Script=Latin}\\p{N}])' : ''
  return new RegExp(`${begins}${RegExp.escape(words)}${ends}`, 'giu')
}

/** What a serial is written in; a telephone number is none. */
const SERIAL = /^[0-9A-Za-z._:-]{1,64}$/

/**
 * A serial that is none of ours, as an event may carry it; null where it may be a name or an account that stands in the
 * wrong column.
 */
export function serialUnlessPersonal(serial: string): string | null {
  return SERIAL.test(serial) && !/^(?:86)?1[3-9]\d{9}$/.test(serial) && !/2088\d{12}/.test(serial) ? serial : null
}
