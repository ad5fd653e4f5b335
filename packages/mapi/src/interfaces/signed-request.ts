import { MapiError } from '../error.ts'
import type { SigningKey } from '../signature/key.ts'
import { signForm } from '../signature/signed-form.ts'
import { charset } from '../wire/charset.ts'
import { encodeParameters, type Parameter } from '../wire/parameter.ts'
import { checkParameters, type InterfaceDefinition } from './interface-definition.ts'

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
