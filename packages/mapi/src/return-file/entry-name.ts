import type { PartnerId } from '../values/partner-id.ts'
import { textOf } from '../wire/charset.ts'
import { ReturnFileRefusal } from './refusal.ts'

/** What the name of an entry says that it is (RFD-3). It is never used as a path. */
export type EntryType = 'csv' | 'xls'

/** A separator, a drive's colon, a control character: none of it is in the name of a file without a path. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const PATH = /[/\\:\u0000-\u001f\u007f-\u009f\u2028\u2029]/u

/**
 * Reads the raw bytes of an entry's name.
 * @throws ReturnFileRefusal ENTRY_NAME for a path or unreadable bytes, ENTRY_UNKNOWN for another suffix, PARTNER_DIFFERS
 */
export function readEntryName(raw: Buffer, partner: PartnerId): EntryType {
  const name = textOf(raw, 'utf-8') ?? textOf(raw, 'gb18030')
  if (name === undefined || name.length > 255 || PATH.test(name) || name.startsWith('..')) {
    throw new ReturnFileRefusal('ENTRY_NAME')
  }
  const type = /\.(csv|xls)$/i.exec(name)?.[1]?.toLowerCase()
  if (type !== 'csv' && type !== 'xls') throw new ReturnFileRefusal('ENTRY_UNKNOWN')
  const form = /^ALIPAY_\d{8}_R_(\d{1,32})\.[a-z]{3}$/i.exec(name)
  if (form !== null && form[1] !== partner) throw new ReturnFileRefusal('PARTNER_DIFFERS')
  return type
}
