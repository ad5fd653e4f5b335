import { MapiError } from '../error.ts'
import { canHold, lossyTextOf, textOf } from '../wire/charset.ts'

/** In what a file that a person made may be written. GBK is read as GB18030, which holds all of it. */

export type FileCharset = 'utf-8' | 'gbk'

/**
 * What the bytes of a file show of themselves:
 *
 * - `ascii`: nothing but ASCII, which reads the same in every one of these;
 * - `utf-8`: valid UTF-8 with characters beyond ASCII, or its byte order mark;
 * - `either`: common Chinese characters in GBK, and valid UTF-8 by chance: `毛毛` has the bytes of `ëë`;
 * - `gbk`: valid GB18030 and no UTF-8;
 * - `broken-utf-8`: UTF-8 in which some bytes are cut or damaged, whatever GB18030 makes of them;
 * - `utf-16` and `utf-32`: by their byte order mark or their zero bytes;
 * - `workbook`: an Excel file; `binary`: zero bytes of another kind; `unknown`: valid in none of these.
 */
export type FoundCharset =
  | 'ascii'
  | 'utf-8'
  | 'either'
  | 'gbk'
  | 'broken-utf-8'
  | 'utf-16le'
  | 'utf-16be'
  | 'utf-32'
  | 'workbook'
  | 'binary'
  | 'unknown'

/** What each is called in a message. */
const WORDS: Readonly<Record<FoundCharset, string>> = {
  ascii: 'ASCII',
  'utf-8': 'UTF-8',
  either: 'valid in UTF-8 and in GBK',
  gbk: 'GBK (or GB18030)',
  'broken-utf-8': 'UTF-8 with bytes that are broken',
  'utf-16le': 'UTF-16 (little endian)',
  'utf-16be': 'UTF-16 (big endian)',
  'utf-32': 'UTF-32',
  workbook: 'an Excel workbook',
  binary: 'no text: it holds zero bytes',
  unknown: 'valid neither in UTF-8 nor in GBK',
}

const SAVE_AS = 'save it as UTF-8'
const IN_EXCEL = ' (in Excel: "CSV UTF-8 (Comma delimited)")'

/**
 * The text of a file, without a byte order mark. What the bytes show decides; what a person says of them is compared
 * with it.
 * @param stated what the person says; undefined where nothing was said
 * @param wayOut how GBK is stated, in the words of the caller: `say --encoding gbk`; undefined where only UTF-8 is read
 * @throws MapiError MAPI_FILE_CHARSET when both contradict, nothing was said of what can be read in two ways, or it is
 *   no text of these. The message says what was found and what to do; it repeats nothing of the text.
 */
export function textOfFile(bytes: Buffer, stated: FileCharset | undefined, wayOut: string | undefined): string {
  const found = foundCharset(bytes)
  const charset = charsetToRead(found, stated ?? (wayOut === undefined ? 'utf-8' : undefined))
  const text = charset && textOf(bytes, charset === 'gbk' ? 'gb18030' : 'utf-8')
  if (text === undefined) throw refused(found, stated, wayOut)
  if (text.includes('\ufffd')) {
    throw new MapiError(
      'MAPI_FILE_CHARSET',
      'it holds U+FFFD, which stands where characters were lost when it was saved: make it anew from where they are still whole',
    )
  }
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

function charsetToRead(found: FoundCharset, stated: FileCharset | undefined): FileCharset | undefined {
  switch (found) {
    case 'ascii':
    case 'utf-8':
      return found === 'utf-8' && stated === 'gbk' ? undefined : 'utf-8'
    case 'either':
      return stated
    case 'gbk':
      return stated === 'gbk' ? 'gbk' : undefined
    case 'broken-utf-8':
    case 'utf-16le':
    case 'utf-16be':
    case 'utf-32':
    case 'workbook':
    case 'binary':
    case 'unknown':
      return undefined
  }
}

function refused(found: FoundCharset, stated: FileCharset | undefined, wayOut: string | undefined): MapiError {
  const but = stated === undefined ? '' : `, not ${stated === 'gbk' ? 'GBK' : 'UTF-8'} as was said`
  return new MapiError('MAPI_FILE_CHARSET', `it is ${WORDS[found]}${but}: ${whatToDo(found, stated, wayOut)}`)
}

function whatToDo(found: FoundCharset, stated: FileCharset | undefined, wayOut: string | undefined): string {
  if (found === 'utf-8') return 'read as GBK its names would be others. Say nothing of its encoding, or utf-8'
  if (found === 'broken-utf-8') return 'make it anew from where its names are still whole'
  if (wayOut !== undefined && found === 'either') return `look at its names, and ${wayOut}, or utf-8 in place of gbk`
  if (wayOut !== undefined && found === 'gbk' && stated !== 'gbk')
    return `${wayOut} if that is right, or ${SAVE_AS}${IN_EXCEL}`
  return wayOut === undefined ? SAVE_AS : `${SAVE_AS}${IN_EXCEL}`
}

/** What the bytes of a file show of themselves. */
export function foundCharset(bytes: Buffer): FoundCharset {
  return markedCharset(bytes) ?? (bytes.includes(0) ? zeroBytes(bytes) : textCharset(bytes))
}

/** By what it begins with: a byte order mark, or the signature of a workbook (ZIP, or Microsoft's compound file). */
const MARKS: readonly (readonly [hex: string, found: FoundCharset])[] = [
  ['efbbbf', 'utf-8'],
  ['fffe0000', 'utf-32'],
  ['0000feff', 'utf-32'],
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
  ['504b0304', 'workbook'],
  ['d0cf11e0a1b11ae1', 'workbook'],
]

function markedCharset(bytes: Buffer): FoundCharset | undefined {
  const found = MARKS.find(([hex]) => bytes.subarray(0, hex.length / 2).equals(Buffer.from(hex, 'hex')))?.[1]
  return found === 'utf-8' && textOf(bytes, 'utf-8') === undefined ? 'broken-utf-8' : found
}

/**
 * UTF-16 without its mark: where line breaks, commas and digits are, every second byte is zero. A file has more of
 * these than a few.
 */
function zeroBytes(bytes: Buffer): FoundCharset {
  const zeros = [0, 0, 0, 0]
  for (const [at, byte] of bytes.entries()) if (byte === 0) zeros[at % 4] = (zeros[at % 4] ?? 0) + 1
  const [first = 0, second = 0, third = 0, fourth = 0] = zeros
  const all = first + second + third + fourth
  if (all > bytes.length / 2) return 'utf-32'
  if (all < bytes.length / 16) return 'binary'
  if (second + fourth > 0 && first + third === 0) return 'utf-16le'
  if (first + third > 0 && second + fourth === 0) return 'utf-16be'
  return 'binary'
}

function textCharset(bytes: Buffer): FoundCharset {
  const asUtf8 = textOf(bytes, 'utf-8')
  const asGbk = textOf(bytes, 'gb18030')
  if (asUtf8 === undefined) {
    if (isMostlyUtf8(bytes)) return 'broken-utf-8'
    return asGbk === undefined ? 'unknown' : 'gbk'
  }
  if (asUtf8.length === bytes.length) return 'ascii'
  // Pairs of bytes of GBK that are valid UTF-8 by chance are letters below U+0800 there: Latin with accents, Greek,
  // Cyrillic.
  const isByChance = asGbk !== undefined && /^[\0-\u07ff]*$/.test(asUtf8) && isLikelyChinese(asGbk)
  return isByChance ? 'either' : 'utf-8'
}

/**
 * Whether more Chinese characters can be read as UTF-8 than are broken there. In GBK each that can be read by chance
 * follows one that can't.
 */
function isMostlyUtf8(bytes: Buffer): boolean {
  const text = lossyTextOf(bytes, 'utf-8')
  const count = (characters: RegExp) => text.match(characters)?.length ?? 0
  return count(/[\u0800-\ufffc\u{10000}-\u{10ffff}]/gu) > count(/\ufffd/g)
}

/**
 * Whether what was read as GBK can well be meant: the common characters alone, which GB2312 has, and none beside a
 * letter of ASCII, as in `Jos茅`, which is `José`.
 */
function isLikelyChinese(text: string): boolean {
  return canHold(text, 'gb2312') && !/[A-Za-z]\p{Script=Han}|\p{Script=Han}[A-Za-z]/u.test(text)
}
