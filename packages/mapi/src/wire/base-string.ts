import { MapiError } from '../error.ts'

/** A parameter at the wire: its name (plain ASCII) and the bytes of its value, in the character set in force. */
export type WireParameter = readonly [name: string, value: Buffer]

export interface BaseStringOptions {
  /** A few interfaces sign `sign_type` too (MAPI-8, batch_trans_notify_no_pwd 1.3 §8.1.1). */
  readonly signsSignType?: boolean
}

/**
 * The bytes to sign: `name=value` of all parameters but `sign`, `sign_type` and the empty ones, sorted by name in byte
 * order, joined with `&` (MAPI-3 to MAPI-7, batch_trans_notify_no_pwd 1.3 §8.1). Values are raw, never percent-encoded,
 * and are taken as the bytes they are: nothing is decoded, trimmed or converted.
 * @throws MapiError MAPI_PARAMETER_TWICE if a name comes twice, MAPI_FORM_NAME if one is not plain ASCII.
 */
export function baseString(parameters: Iterable<WireParameter>, options: BaseStringOptions = {}): Buffer {
  const signed = [...parameters].filter(([name, value]) => {
    if (value.length === 0 || name === 'sign') return false
    return name !== 'sign_type' || options.signsSignType === true
  })
  // Names are ASCII, so the order of UTF-16 units is the order of bytes. Never a locale's order.
  signed.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
  const parts: (string | Buffer)[] = []
  let previous: string | undefined
  for (const [name, value] of signed) {
    if (name === previous) {
      throw new MapiError('MAPI_PARAMETER_TWICE', `parameter ${name} is given twice: give it once`, { field: name })
    }
    if (!PARAMETER_NAME.test(name)) {
      throw new MapiError('MAPI_FORM_NAME', 'the name of a parameter must be plain ASCII without =, & and blanks')
    }
    parts.push(`${previous === undefined ? '' : '&'}${name}=`, value)
    previous = name
  }
  return joined(parts)
}

/** Texts of ASCII, and bytes, behind each other in one buffer. */
export function joined(parts: readonly (string | Buffer)[]): Buffer {
  const bytes = Buffer.allocUnsafe(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    if (typeof part === 'string') bytes.write(part, at, 'latin1')
    else bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Visible ASCII without `&` and `=`, which would make another parameter of a part of this one. */
export const PARAMETER_NAME = /^[!-%'-<>-~]+$/
