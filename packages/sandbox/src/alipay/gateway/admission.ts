import { SIGN_TYPES } from '@payout/mapi/signature/key'
import { verify } from '@payout/mapi/signature/signature'
import { baseString, type WireParameter } from '@payout/mapi/wire/base-string'
import { CHARSETS, type Charset, decodeStrict } from '@payout/mapi/wire/charset'
import type { SandboxPartner } from '../partners/sandbox-partner.ts'
import { asciiParameter, type GatewayRequest } from './request.ts'

/** A request that comes from the partner it names, decoded. */
export interface AdmittedRequest {
  readonly partner: SandboxPartner
  readonly charset: Charset
  readonly fields: ReadonlyMap<string, string>
}

/** The parameters of a service. */
export interface ServiceParameters {
  /** What may be sent; anything else is refused (MAPI-11). */
  readonly names: ReadonlySet<string>
  /** The code for the first required parameter that is not there; undefined when all are. */
  readonly missing: (present: { has(name: string): boolean }) => string | undefined
}

/** What every request has (batch_trans_notify_no_pwd 1.3 and bptb_refund_file 1.3, both §4.2). */
export const BASIC_PARAMETERS = ['service', 'partner', '_input_charset', 'sign_type', 'sign'] as const

/**
 * Whether a request comes from the partner that it names and can be read: partner, character set, sign type, signature
 * over the raw bytes, then the parameters' names.
 *
 * @returns the request, or the code with which Alipay refuses it
 */
export function admit(
  request: GatewayRequest,
  partnersById: ReadonlyMap<string, SandboxPartner>,
  service: ServiceParameters,
): AdmittedRequest | string {
  const { parameters } = request
  const partner = partnersById.get(asciiParameter(parameters, 'partner') ?? '')
  if (partner === undefined) return 'ILLEGAL_PARTNER'
  const named = asciiParameter(parameters, '_input_charset')
  const charset = CHARSETS.find((known) => known === named)
  if (charset === undefined) return 'ILLEGAL_CHARSET'
  if (request.addressCharset !== undefined && request.addressCharset !== named) return 'ILLEGAL_CHARSET'
  const signType = asciiParameter(parameters, 'sign_type')
  if (!SIGN_TYPES.some((known) => known === signType)) return 'ILLEGAL_SIGN_TYPE'
  if (signType !== partner.signType) return 'ILLEGAL_SIGN_TYPE'
  const sign = asciiParameter(parameters, 'sign') ?? ''
  if (!verify(baseString(parameters), sign, partner.merchantVerifyingKeys).ok) return 'ILLEGAL_SIGN'
  // A parameter without a value may not be sent at all (MAPI-4).
  if (parameters.some(([name, value]) => !service.names.has(name) || value.length === 0)) {
    return missingValue(parameters, service) ?? 'ILLEGAL_ARGUMENT'
  }
  const fields = decodeFields(parameters, charset)
  return fields === undefined ? 'ILLEGAL_ENCODING' : { partner, charset, fields }
}

/** An empty required parameter has the code of a missing one. */
function missingValue(parameters: readonly WireParameter[], service: ServiceParameters): string | undefined {
  if (parameters.some(([name]) => !service.names.has(name))) return undefined
  return service.missing(new Set(parameters.filter(([, value]) => value.length > 0).map(([name]) => name)))
}

function decodeFields(parameters: readonly WireParameter[], charset: Charset): Map<string, string> | undefined {
  try {
    return new Map(parameters.map(([name, value]) => [name, decodeStrict(value, charset)]))
  } catch {
    return undefined
  }
}
