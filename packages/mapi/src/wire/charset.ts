import { isAscii, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { MapiError } from '../error.ts'
import { type DoubleByteTable, gb2312Table, gbkTable } from './double-byte-table.ts'

/** The character sets that `_input_charset` can name (MAPI-6). */
export const CHARSETS = ['utf-8', 'gbk', 'gb2312'] as const
export type Charset = (typeof CHARSETS)[number]

/** What Alipay's side may send: GB18030 is read too, but never written. */
export type ReadableCharset = Charset | 'gb18030'

/**
 * Takes a text as the name of a character set, in the spelling that goes to the wire.
 * @throws MapiError MAPI_CHARSET_UNKNOWN
 */
export function charset(text: string): Charset {
  const known = CHARSETS.find((name) => name === text)
  if (known === undefined) {
    throw new MapiError('MAPI_CHARSET_UNKNOWN', `not a character set of this protocol: use ${CHARSETS.join(', ')}`)
  }
  return known
}

/**
 * The character set that a name means which somebody else wrote: in a content type, an XML declaration, an
 * `_input_charset`. Case and the usual aliases don't matter. Undefined for a name that is not one of these.
 */
export function charsetNamed(label: string): ReadableCharset | undefined {
  return LABELS.get(label.trim().toLowerCase())
}

/** The character set that a content type names, wherever in it, however malformed it is otherwise. */
export function charsetOfContentType(contentType: string | undefined): ReadableCharset | undefined {
  for (const [, label] of (contentType ?? '').matchAll(/charset\s*=\s*["']?\s*([A-Za-z0-9._-]+)/gi)) {
    const named = charsetNamed(label ?? '')
    if (named !== undefined) return named
  }
  return undefined
}

const LABELS = new Map<string, ReadableCharset>([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['gbk', 'gbk'],
  ['cp936', 'gbk'],
  ['ms936', 'gbk'],
  ['windows-936', 'gbk'],
  ['x-gbk', 'gbk'],
  ['gb2312', 'gb2312'],
  ['gb_2312-80', 'gb2312'],
  ['euc-cn', 'gb2312'],
  ['gb18030', 'gb18030'],
])

/**
 * The bytes of a text in a character set.
 *
 * - `utf-8`: everything but half a surrogate pair.
 * - `gbk`: what CP936 and GB18030 encode alike. The euro sign (80 or A2 E3) and a few rare characters are refused,
 *   since nobody can know which of the two the other side reads.
 * - `gb2312`: the repertoire of GB2312-1980 itself (libraries' `gb2312` is CP936).
 *
 * @throws MapiError MAPI_CHARSET_CANNOT_HOLD, with code point and place of the first character that has no bytes.
 *   Nothing is ever replaced (MAPI-6).
 */
export function encode(text: string, charset: Charset): Buffer {
  if (charset === 'utf-8') {
    if (!text.isWellFormed()) throw cannotHold(text, charset, firstLoneSurrogate(text))
    return Buffer.from(text, 'utf8')
  }
  const table = charset === 'gbk' ? gbkTable() : gb2312Table()
  const bytes = Buffer.allocUnsafe(text.length * 2)
  let length = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) {
      bytes[length++] = unit
      continue
    }
    const code = table.codeOf[unit] ?? 0
    if (code === 0) throw cannotHold(text, charset, index)
    bytes[length++] = code >> 8
    bytes[length++] = code & 0xff
  }
  return bytes.subarray(0, length)
}

/** Whether `encode` would take the text. */
export function canHold(text: string, charset: Charset): boolean {
  if (charset === 'utf-8') return text.isWellFormed()
  const table = charset === 'gbk' ? gbkTable() : gb2312Table()
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= 0x80 && table.codeOf[unit] === 0) return false
  }
  return true
}

/**
 * The text of bytes in a character set. Nothing is trimmed, and a byte order mark stays. `gbk` and `gb2312` read
 * exactly what `encode` writes; `gb18030` reads everything of that family, CP936's euro sign (80) too.
 * @throws MapiError MAPI_CHARSET_BYTES if the bytes are not valid: they are never replaced by U+FFFD.
 */
export function decodeStrict(bytes: Buffer, charset: ReadableCharset): string {
  const text = textOf(bytes, charset)
  if (text !== undefined) return text
  const table = tableOf(charset)
  const place = table === undefined ? '' : `, at byte ${firstInvalid(bytes, table)}`
  throw new MapiError('MAPI_CHARSET_BYTES', `the bytes are not valid ${charset}${place}`)
}

/** What `decodeStrict` gives, or undefined if the bytes are not valid. */
export function textOf(bytes: Buffer, charset: ReadableCharset): string | undefined {
  if (charset === 'utf-8') return isUtf8(bytes) ? bytes.toString('utf8') : undefined
  const table = tableOf(charset)
  if (table !== undefined) return decodeByTable(bytes, table)
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function tableOf(charset: ReadableCharset): DoubleByteTable | undefined {
  if (charset === 'gbk') return gbkTable()
  return charset === 'gb2312' ? gb2312Table() : undefined
}

/** The text of bytes that need not be valid, for what decides nothing: U+FFFD stands where they are not. */
export function lossyTextOf(bytes: Buffer, charset: ReadableCharset): string {
  return new TextDecoder(charset, { ignoreBOM: true }).decode(bytes)
}

function decodeByTable(bytes: Buffer, table: DoubleByteTable): string | undefined {
  if (isAscii(bytes)) return bytes.toString('latin1')
  const units = Buffer.allocUnsafe(bytes.length * 2)
  let length = 0
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0
    let unit = byte
    if (byte >= 0x80) {
      unit = pairAt(bytes, index, table)
      if (unit === 0) return undefined
      index++
    }
    units[length++] = unit & 0xff
    units[length++] = unit >> 8
  }
  return units.toString('utf16le', 0, length)
}

/** What the byte at a place and the one behind it stand for; 0 for nothing. */
function pairAt(bytes: Buffer, index: number, { unitOf }: DoubleByteTable): number {
  return index + 1 < bytes.length ? (unitOf[((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)] ?? 0) : 0
}

/** The place of the first byte above ASCII that makes no character with the one behind it. */
function firstInvalid(bytes: Buffer, table: DoubleByteTable): number {
  let index = 0
  while (index < bytes.length) {
    const isAsciiByte = (bytes[index] ?? 0) < 0x80
    if (!isAsciiByte && pairAt(bytes, index, table) === 0) return index
    index += isAsciiByte ? 1 : 2
  }
  return index
}

function cannotHold(text: string, charset: Charset, index: number): MapiError {
  const codePoint = (text.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const place = [...text.slice(0, index)].length + 1
  return new MapiError(
    'MAPI_CHARSET_CANNOT_HOLD',
    `${charset} cannot hold U+${codePoint} (character ${place}): leave it out, or use a character set that has it`,
  )
}

function firstLoneSurrogate(text: string): number {
  let index = 0
  for (const character of text) {
    if (!character.isWellFormed()) return index
    index += character.length
  }
  return index
}
