import { MapiError } from '../error.ts'
import type { WireParameter } from './base-string.ts'
import { type Charset, encode } from './charset.ts'

/** A parameter and its text, before it is encoded. */
export type Parameter = readonly [name: string, value: string]

/**
 * The bytes of texts in a character set.
 * @throws MapiError MAPI_CHARSET_CANNOT_HOLD, with the parameter in `field`.
 */
export function encodeParameters(parameters: Iterable<Parameter>, charset: Charset): WireParameter[] {
  return Array.from(parameters, ([name, value]) => {
    try {
      return [name, encode(value, charset)] as const
    } catch (error) {
      if (!(error instanceof MapiError)) throw error
      throw new MapiError(error.code, `parameter ${name}: ${error.message}`, { field: name })
    }
  })
}
