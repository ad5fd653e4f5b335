import { type Charset, charsetNamed, lossyTextOf, type ReadableCharset, textOf } from '../wire/charset.ts'
import { detailLines } from './detail-lines.ts'
import { DETAILS } from './fields.ts'
import { notifyDetails } from './notify-details.ts'

/** Where the character set of a notify's text was found, in the order in which they are tried. */
export type CharsetSource = 'signed' | 'content-type' | 'partner' | 'utf-8' | 'gb18030'

/** A notify's parameters as text, but for `success_details` and `fail_details`, which are read line by line. */
export interface NotifyText {
  /** Each in its own character set, where that is another one; U+FFFD for bytes that are valid in none. */
  readonly fields: ReadonlyMap<string, string>
  /** The character set of the details, and of whatever else is valid in it. */
  readonly charset: ReadableCharset
  readonly source: CharsetSource
}

/** What a character set makes of a notify; the earlier in the list, the more it counts. */
type Damage = readonly [unreadLines: number, invalidLines: number, invalidFields: number]

/**
 * Takes a notify's bytes as text. The details decide in which character set: the one in which most of their lines can
 * be read, then the one in which most of their bytes are valid, then the one in which most other values are, then the
 * first in the order of `CharsetSource`. A short name can be valid in a character set that it was not written in, and
 * one that is written in another must not spoil the lines. The signature holds, and to be sent the same again would
 * help nobody.
 */
export function readNotifyText(
  bytes: ReadonlyMap<string, Buffer>,
  declared: ReadableCharset | undefined,
  partners: Charset,
): NotifyText {
  const signed = charsetNamed(bytes.get('_input_charset')?.toString('latin1') ?? '')
  const named: readonly (readonly [CharsetSource, ReadableCharset | undefined])[] = [
    ['signed', signed],
    ['content-type', declared],
    ['partner', partners],
    ['utf-8', 'utf-8'],
    ['gb18030', 'gb18030'],
  ]
  const candidates = named.flatMap(([source, charset]) => (charset === undefined ? [] : [{ source, charset }]))
  let best: { source: CharsetSource; charset: ReadableCharset; damage: Damage } | undefined
  for (const candidate of candidates) {
    // Most texts of UTF-8 are valid in GB18030, and mean something else there: it is a last resort.
    if (candidate.source === 'gb18030' && best?.charset === 'utf-8' && best.damage[1] === 0 && !isAscii(bytes)) break
    const damage = damageOf(bytes, candidate.charset)
    if (best === undefined || isLess(damage, best.damage)) best = { ...candidate, damage }
    if (isLess(damage, [0, 0, 1])) break
  }
  const { source, charset } = best ?? { source: 'partner', charset: partners }
  const others = candidates.map((candidate) => candidate.charset)
  const fields = new Map<string, string>()
  for (const [name, value] of otherFields(bytes)) fields.set(name, readField(value, charset, others))
  return { fields, charset, source }
}

function readField(value: Buffer, charset: ReadableCharset, others: readonly ReadableCharset[]): string {
  for (const one of [charset, ...others]) {
    const text = textOf(value, one)
    if (text !== undefined) return text
  }
  return lossyTextOf(value, charset)
}

function* otherFields(bytes: ReadonlyMap<string, Buffer>): Generator<[name: string, value: Buffer]> {
  for (const [name, value] of bytes) if (!DETAILS.has(name)) yield [name, value]
}

function damageOf(bytes: ReadonlyMap<string, Buffer>, charset: ReadableCharset): Damage {
  const isInvalid = (value: Buffer) => textOf(value, charset) === undefined
  let invalidLines = 0
  for (const name of DETAILS) {
    const value = bytes.get(name)
    if (value !== undefined && isInvalid(value)) invalidLines += detailLines(value, charset).filter(isInvalid).length
  }
  const unreadLines = notifyDetails(bytes, charset).filter(({ ok }) => !ok).length
  let invalidFields = 0
  for (const [, value] of otherFields(bytes)) if (isInvalid(value)) invalidFields++
  return [unreadLines, invalidLines, invalidFields]
}

function isLess(left: Damage, right: Damage): boolean {
  const place = left.findIndex((count, index) => count !== right[index])
  return place >= 0 && (left[place] ?? 0) < (right[place] ?? 0)
}

/** Whether the details mean the same in every character set. */
function isAscii(bytes: ReadonlyMap<string, Buffer>): boolean {
  return [...DETAILS].every((name) => bytes.get(name)?.every((byte) => byte < 0x80) ?? true)
}
