import type { VerifyingKey } from '../../signature/key.ts'
import { type Verification, verify } from '../../signature/signature.ts'
import { type BaseStringOptions, baseString, type WireParameter } from '../../wire/base-string.ts'
import { type Charset, charset, decodeStrict } from '../../wire/charset.ts'
import { parseForm } from '../../wire/form.ts'

/** A request as the gateway's side sees it. */
export interface ReceivedRequest {
  readonly wire: readonly WireParameter[]
  readonly charset: Charset
  readonly parameters: ReadonlyMap<string, string>
}

/** Reads a request's form body to bytes, and those to texts in its own `_input_charset`. */
export function receivedRequest(body: string): ReceivedRequest {
  const wire = parseForm(Buffer.from(body))
  const named = wire.find(([name]) => name === '_input_charset')?.[1]
  const inForce = charset(named?.toString('latin1') ?? '')
  return {
    wire,
    charset: inForce,
    parameters: new Map(wire.map(([name, value]) => [name, decodeStrict(value, inForce)])),
  }
}

/** Verifies a received request over its bytes, with those of the keys that are of its own `sign_type`. */
export function verifyReceived(
  { wire, parameters }: ReceivedRequest,
  keys: readonly VerifyingKey[],
  options: BaseStringOptions = {},
): Verification {
  const ofType = keys.filter(({ signType }) => signType === parameters.get('sign_type'))
  return verify(baseString(wire, options), parameters.get('sign') ?? '', ofType)
}
