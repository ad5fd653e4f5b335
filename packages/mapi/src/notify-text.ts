import { type Charset, charsetNamed, type ReadableCharset, textOf } from './charset.ts'
import { detailLines } from './detail-lines.ts'

/** Where the character set of a notify's text was found, in the order in which they are tried. */
export type CharsetSource = 'signed' | 'content-type' | 'partner' | 'utf-8' | 'gb18030'

/** A notify's parameters as text, but for `success_details` and `fail_details`, which are read line by line. */
export interface NotifyText {
  readonly fields: ReadonlyMap<string, string>
  readonly charset: ReadableCharset
  readonly source: CharsetSource
}

const DETAILS: ReadonlySet<string> = new Set(['success_details', 'fail_details'])

/**
 * Takes a notify's bytes as text: in the first character set in which all values are valid, tried in the order of `CharsetSource`. Where
 * there is none, since a line of the details is damaged, the other values must be valid, and the character set with the fewest damaged
 * lines is taken, the first of equals: a short name can be valid in one that it was not written in, and then would spoil every line.
 * The signature holds, and to be sent the same again would help nobody. Undefined where there is none for the other values.
 */
export function readNotifyText(
  bytes: ReadonlyMap<string, Buffer>,
  declared: ReadableCharset | undefined,
  partners: Charset,
): NotifyText | undefined {
  const signed = charsetNamed(bytes.get('_input_charset')?.toString('latin1') ?? '')
  const candidates: readonly (readonly [CharsetSource, ReadableCharset | undefined])[] = [
    ['signed', signed],
    ['content-type', declared],
    ['partner', partners],
    ['utf-8', 'utf-8'],
    ['gb18030', 'gb18030'],
  ]
  let best: (NotifyText & { readonly damaged: number }) | undefined
  for (const [source, charset] of candidates) {
    if (charset === undefined) continue
    const fields = readFields(bytes, charset)
    if (fields === undefined) continue
    const damaged = damagedLines(bytes, charset)
    if (best === undefined || damaged < best.damaged) best = { fields, charset, source, damaged }
    if (damaged === 0) break
  }
  return best
}

function readFields(bytes: ReadonlyMap<string, Buffer>, charset: ReadableCharset): Map<string, string> | undefined {
  const fields = new Map<string, string>()
  for (const [name, value] of bytes) {
    if (DETAILS.has(name)) continue
    const text = textOf(value, charset)
    if (text === undefined) return undefined
    fields.set(name, text)
  }
  return fields
}

/** How many lines of the details are not valid. */
function damagedLines(bytes: ReadonlyMap<string, Buffer>, charset: ReadableCharset): number {
  let damaged = 0
  for (const name of DETAILS) {
    const value = bytes.get(name)
    if (value === undefined || textOf(value, charset) !== undefined) continue
    damaged += detailLines(value, charset).filter((line) => textOf(line, charset) === undefined).length
  }
  return damaged
}
