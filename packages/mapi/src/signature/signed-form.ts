import { type BaseStringOptions, baseString, type WireParameter } from '../wire/base-string.ts'
import { formatForm } from '../wire/form.ts'
import type { SigningKey } from './key.ts'
import { sign } from './signature.ts'

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
