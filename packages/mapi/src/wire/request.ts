import { MapiError } from '../error.ts'
import { checkParameters, type InterfaceDefinition, type Parameter } from '../interfaces/interface-definition.ts'
import type { SigningKey, SignType, VerifyingKey } from '../signature/key.ts'
import { sign, type Verification, verify } from '../signature/signature.ts'
import type { PayDate } from '../values/china-time.ts'
import { type BaseStringOptions, baseString, type WireParameter } from './base-string.ts'
import { type Charset, charset, decodeStrict, encode } from './charset.ts'
import { FORM_LIMITS, type FormLimits, formatForm, parseForm } from './form.ts'

/** A request that is ready to be sent. */
export interface SignedRequest {
  /** The form body, ASCII, `sign` and `sign_type` included. */
  readonly body: string
  /** The same as texts, in the same order, `sign` last. */
  readonly parameters: readonly Parameter[]
}

/**
 * Checks, encodes and signs a request (MAPI-3 to MAPI-12). `sign_type` is the key's; the character set is the one that
 * `_input_charset` names, for the bytes signed and for the percent-encoding alike.
 * @throws MapiError what `checkParameters` throws; MAPI_SIGN_TYPE if a `sign_type` is given that is not the key's;
 *   MAPI_CHARSET_CANNOT_HOLD, with the parameter in `field`.
 */
export function buildRequest(
  definition: InterfaceDefinition,
  parameters: Iterable<Parameter>,
  signer: SigningKey,
): SignedRequest {
  const given = [...parameters]
  const signType = given.find(([name]) => name === 'sign_type')
  if (signType === undefined) given.push(['sign_type', signer.signType])
  else if (signType[1] !== signer.signType) {
    throw new MapiError('MAPI_SIGN_TYPE', `parameter sign_type is not ${signer.signType}, which the key is for`, {
      field: 'sign_type',
    })
  }
  const checked = checkParameters(definition, given)
  const values = new Map(checked)
  const wire = encodeParameters(checked, charset(values.get('_input_charset') ?? ''))
  const { body, signature } = signForm(wire, signer, definition)
  return { body, parameters: [...checked, ['sign', signature]] }
}

/**
 * Signs a request again for another day, with the same batch number (BTN-5).
 * @throws MapiError as `buildRequest`.
 */
export function signAgain(
  definition: InterfaceDefinition,
  parameters: Iterable<Parameter>,
  payDate: PayDate,
  signer: SigningKey,
): SignedRequest {
  const kept = [...parameters].filter(([name]) => name !== 'sign' && name !== 'sign_type' && name !== 'pay_date')
  return buildRequest(definition, [...kept, ['pay_date', payDate]], signer)
}

/**
 * Signs parameters as they are and writes them as a form body with `sign` at its end. `sign_type` must be among them.
 * Requests and notifies are signed alike.
 */
export function signForm(
  parameters: readonly WireParameter[],
  signer: SigningKey,
  options: BaseStringOptions = {},
): { readonly body: string; readonly signature: string } {
  const signature = sign(baseString(parameters, options), signer)
  return { body: formatForm([...parameters, ['sign', Buffer.from(signature, 'latin1')]]), signature }
}

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

/** A request as the gateway's side sees it. */
export interface ReceivedRequest {
  readonly wire: readonly WireParameter[]
  readonly charset: Charset
  /** All parameters that have a value, `sign` and `sign_type` among them, in the order in which they came. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * Reads a request's form body (or query string) to bytes, and those to texts in its own `_input_charset`.
 * @throws MapiError what `parseForm` throws; MAPI_PARAMETER_MISSING or MAPI_CHARSET_UNKNOWN for `_input_charset`;
 *   MAPI_CHARSET_BYTES, with the parameter in `field`.
 */
export function parseRequest(body: Buffer, limits: FormLimits = FORM_LIMITS): ReceivedRequest {
  const wire = parseForm(body, limits)
  const named = wire.find(([name]) => name === '_input_charset')?.[1]
  if (named === undefined || named.length === 0) {
    throw new MapiError('MAPI_PARAMETER_MISSING', 'a request needs parameter _input_charset', {
      field: '_input_charset',
    })
  }
  const inForce = charset(named.toString('latin1'))
  const parameters = new Map<string, string>()
  for (const [name, value] of wire) {
    if (value.length === 0) continue
    try {
      parameters.set(name, decodeStrict(value, inForce))
    } catch (error) {
      if (!(error instanceof MapiError)) throw error
      throw new MapiError(error.code, `parameter ${name}: ${error.message}`, { field: name })
    }
  }
  return { wire, charset: inForce, parameters }
}

/** Verifies a received request over its bytes; a `sign_type` other than `signType` never verifies (MAPI-8). */
export function verifyRequest(
  request: ReceivedRequest,
  signType: SignType,
  keys: readonly VerifyingKey[],
  options: BaseStringOptions = {},
): Verification {
  if (request.parameters.get('sign_type') !== signType) return { ok: false }
  const ofType = keys.filter((key) => key.signType === signType)
  return verify(baseString(request.wire, options), request.parameters.get('sign') ?? '', ofType)
}
