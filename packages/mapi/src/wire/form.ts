import { MIB } from '@payout/schemas/units'
import { MapiError } from '../error.ts'
import { PARAMETER_NAME, type WireParameter } from './base-string.ts'

/** Bounds on what `parseForm` takes. */
export interface FormLimits {
  readonly maxBytes: number
  readonly maxFields: number
  /** Which parameters may come a second time with the same bytes, and then count once; without it none. */
  readonly mayRepeat?: (name: string) => boolean
}

/** A legal batch of 1,000 of the longest lines is over 2 MB percent-encoded; no interface has 50 parameters. */
export const FORM_LIMITS: FormLimits = { maxBytes: 4 * MIB, maxFields: 100 }

const AMPERSAND = 0x26
const EQUALS = 0x3d
const PERCENT = 0x25
const PLUS = 0x2b
const SPACE = 0x20

/**
 * Reads an `application/x-www-form-urlencoded` body to names and the bytes of their values, in the order in which they
 * came: percent-decoded exactly once, `+` is a blank. Bytes are never taken as text; nothing is trimmed; a byte order
 * mark is a part of what it stands in. Empty segments (`a=1&&b=2`, seen in batch_trans_notify_no_pwd 1.3 §6.3) are
 * passed over; a segment without `=` is a name with an empty value; bytes that somebody left unencoded are taken as
 * they are.
 * @throws MapiError MAPI_FORM_TOO_LARGE, MAPI_FORM_TOO_MANY_FIELDS, MAPI_FORM_PERCENT, MAPI_FORM_NAME,
 *   MAPI_FORM_DUPLICATE_NAME. All mean: refuse the body, sending it again would not help.
 */
export function parseForm(body: Buffer, limits: FormLimits = FORM_LIMITS): WireParameter[] {
  if (body.length > limits.maxBytes) {
    throw new MapiError('MAPI_FORM_TOO_LARGE', `a form of ${body.length} bytes is larger than ${limits.maxBytes}`)
  }
  const fields: WireParameter[] = []
  const values = new Map<string, Buffer>()
  let start = 0
  while (start < body.length) {
    const found = body.indexOf(AMPERSAND, start)
    const end = found === -1 ? body.length : found
    if (end > start) {
      if (fields.length === limits.maxFields) {
        throw new MapiError('MAPI_FORM_TOO_MANY_FIELDS', `a form has more than ${limits.maxFields} fields`)
      }
      const [name, value] = parseField(body.subarray(start, end))
      const known = values.get(name)
      if (known === undefined) {
        values.set(name, value)
        fields.push([name, value])
      } else if (!(limits.mayRepeat?.(name) && known.equals(value))) {
        throw new MapiError('MAPI_FORM_DUPLICATE_NAME', 'a form names a parameter twice', { field: name })
      }
    }
    start = end + 1
  }
  return fields
}

function parseField(segment: Buffer): WireParameter {
  const equals = segment.indexOf(EQUALS)
  const name = percentDecode(equals === -1 ? segment : segment.subarray(0, equals)).toString('latin1')
  if (!PARAMETER_NAME.test(name)) {
    throw new MapiError('MAPI_FORM_NAME', 'the name of a form parameter is empty or not plain ASCII without = and &')
  }
  return [name, equals === -1 ? Buffer.alloc(0) : percentDecode(segment.subarray(equals + 1))]
}

/**
 * Decodes `%XX` and `+`, once.
 * @throws MapiError MAPI_FORM_PERCENT
 */
export function percentDecode(encoded: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(encoded.length)
  let length = 0
  for (let index = 0; index < encoded.length; index++) {
    const byte = encoded[index] ?? 0
    if (byte === PERCENT) {
      const high = HEX_VALUE[encoded[index + 1] ?? 0] ?? -1
      const low = HEX_VALUE[encoded[index + 2] ?? 0] ?? -1
      if (high < 0 || low < 0) {
        throw new MapiError('MAPI_FORM_PERCENT', 'a percent sign is not followed by two hex digits')
      }
      bytes[length++] = (high << 4) | low
      index += 2
    } else {
      bytes[length++] = byte === PLUS ? SPACE : byte
    }
  }
  return bytes.subarray(0, length)
}

/**
 * Writes names and the bytes of their values as an `application/x-www-form-urlencoded` body, in the order given
 * (MAPI-5). The result is ASCII: letters, digits and `*-._` stand for themselves, a blank is `+`, all else is `%XX`.
 */
export function formatForm(parameters: Iterable<WireParameter>): string {
  const segments: string[] = []
  for (const [name, value] of parameters) {
    segments.push(`${percentEncode(Buffer.from(name, 'latin1'))}=${percentEncode(value)}`)
  }
  return segments.join('&')
}

function percentEncode(bytes: Buffer): string {
  const encoded = Buffer.allocUnsafe(bytes.length * 3)
  let length = 0
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0
    if (PLAIN[byte] === 1) {
      encoded[length++] = byte
    } else if (byte === SPACE) {
      encoded[length++] = PLUS
    } else {
      encoded[length++] = PERCENT
      encoded[length++] = HEX_DIGITS[byte >> 4] ?? 0
      encoded[length++] = HEX_DIGITS[byte & 15] ?? 0
    }
  }
  return encoded.toString('latin1', 0, length)
}

const HEX_DIGITS = Buffer.from('0123456789ABCDEF')
const HEX_VALUE = new Int8Array(256).fill(-1)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  HEX_VALUE[digit.charCodeAt(0)] = value
  HEX_VALUE[digit.toUpperCase().charCodeAt(0)] = value
}

const PLAIN = new Uint8Array(256)
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._')) PLAIN[byte] = 1
