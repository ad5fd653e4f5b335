import { createHash } from 'node:crypto'
import type { WireParameter } from '@payout/mapi/wire/base-string'
import { charsetNamed, textOf } from '@payout/mapi/wire/charset'
import { parseForm } from '@payout/mapi/wire/form'
import { MIB } from '@payout/schemas/units'

/** Twice what the longest legal batch needs. */
export const REQUEST_LIMITS = { maxBytes: 16 * MIB, maxFields: 100 } as const

/** What a merchant sent to the gateway. */
export interface GatewayRequest {
  /** Names and the bytes of their values: of the query for a GET, of the body for a POST. */
  readonly parameters: readonly WireParameter[]
  readonly posted: boolean
  /** `_input_charset` in the address of a POST, where it stands beside the one in the body. */
  readonly addressCharset: string | undefined
  /** SHA-256 of the body, hexadecimal: tells whether two requests were the same, byte for byte. */
  readonly bodyHash: string
}

/** The bytes of a parameter's value as ASCII text; undefined when it was not sent. For names, ids and codes only. */
export function asciiParameter(parameters: readonly WireParameter[], name: string): string | undefined {
  return parameters.find(([key]) => key === name)?.[1].toString('latin1')
}

/** A parameter's value as text in the request's own character set; as ASCII where it is not valid in that. */
export function textParameter(parameters: readonly WireParameter[], name: string): string | undefined {
  const value = parameters.find(([key]) => key === name)?.[1]
  const named = charsetNamed(asciiParameter(parameters, '_input_charset') ?? '')
  return value && ((named && textOf(value, named)) ?? value.toString('latin1'))
}

/**
 * Takes a request apart. A GET has everything in its address. A POST is a form, and its address holds nothing but
 * `_input_charset` (in sign_protocol_with_partner 1.0 and batch_trans_notify_no_pwd 1.3 the address of the form carries
 * that parameter alone).
 *
 * @param address path and query as they came
 * @returns undefined for what is no such request: Alipay answers ILLEGAL_ARGUMENT
 */
export function readGatewayRequest(
  method: string,
  address: string,
  contentType: string,
  body: Buffer,
): GatewayRequest | undefined {
  const mark = address.indexOf('?')
  const query = Buffer.from(mark < 0 ? '' : address.slice(mark + 1), 'latin1')
  const bodyHash = createHash('sha256').update(body).digest('hex')
  try {
    const inAddress = parseForm(query, REQUEST_LIMITS)
    if (method === 'GET') {
      return { parameters: inAddress, posted: false, addressCharset: undefined, bodyHash }
    }
    if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) return undefined
    if (inAddress.some(([name]) => name !== '_input_charset')) return undefined
    return {
      parameters: parseForm(body, REQUEST_LIMITS),
      posted: true,
      addressCharset: asciiParameter(inAddress, '_input_charset'),
      bodyHash,
    }
  } catch {
    return undefined
  }
}
