import { type SigningKey, signingKey } from '@payout/mapi/signature/key'
import { signForm } from '@payout/mapi/signature/signed-form'
import { baseString, type WireParameter } from '@payout/mapi/wire/base-string'
import { formatForm } from '@payout/mapi/wire/form'
import { freshKey } from '../partners/fresh-key.ts'

/** Ways in which a forged notify is wrong. */
export const FORGERIES = [
  'bad-signature',
  'wrong-key',
  'unverified',
  'duplicate-name',
  'not-a-form',
  'unsigned',
] as const

export type Forgery = (typeof FORGERIES)[number]

/**
 * A notify that no merchant may believe, for tests of what the merchant refuses.
 *
 * @param parameters the parameters of a notify but `sign`
 * @param key Alipay's own key: `unverified` and `duplicate-name` are signed well
 */
export async function forgeNotify(
  forgery: Forgery,
  parameters: readonly WireParameter[],
  key: SigningKey,
): Promise<{ readonly contentType: string; readonly body: string }> {
  const contentType = 'application/x-www-form-urlencoded'
  switch (forgery) {
    case 'bad-signature': {
      // Signed well, and one character of the batch number changed afterwards.
      const { signature } = signForm(parameters, key)
      const changed = parameters.map(
        ([name, value]): WireParameter =>
          name === 'batch_no'
            ? [name, Buffer.from(`${value.toString('latin1').slice(0, -1)}~`, 'latin1')]
            : [name, value],
      )
      return { contentType, body: formatForm([...changed, ['sign', Buffer.from(signature, 'latin1')]]) }
    }
    case 'wrong-key':
      // A key of the same kind that nobody knows.
      return { contentType, body: signForm(parameters, await strangerKey(key)).body }
    case 'unverified':
      return { contentType, body: signForm(parameters, key).body }
    case 'unsigned':
      return { contentType, body: formatForm(parameters) }
    case 'duplicate-name':
      return { contentType, body: `${signForm(parameters, key).body}&batch_no=20990101000` }
    case 'not-a-form':
      return {
        contentType: 'application/json',
        body: JSON.stringify({ base: baseString(parameters).toString('latin1') }),
      }
  }
}

async function strangerKey({ signType, dsaForm }: SigningKey): Promise<SigningKey> {
  return signingKey(signType, (await freshKey(signType)).signing, { dsaForm })
}
