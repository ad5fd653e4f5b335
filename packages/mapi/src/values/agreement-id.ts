import { createHash } from 'node:crypto'
import { hashedLane } from './batch-no.ts'

/** What an agreement is called everywhere but at the wire: 24 digits and lower-case letters. */
export type AgreementId = string & { readonly __brand: 'AgreementId' }

/** Whether a text is written like an agreement's id. */
export function isAgreementId(text: string): text is AgreementId {
  return /^[0-9a-z]{24}$/.test(text)
}

/**
 * The id of the agreement of a partner (by its alias) and an account (the signer's e-mail address, the signed account,
 * or the agreement's own number), version 1: SHA-256 of the JSON `["agreement",1,alias,account]`, the account's letters
 * A to Z in lower case, as a big-endian number modulo 36^24, in base 36, padded with zeros (124 bits). It says nothing
 * of the account to whoever does not know it.
 */
export function agreementId(partnerAlias: string, account: string): AgreementId {
  // Only those: in Unicode the sign of the kelvin is a small k too, and somebody else's account would be this one.
  const lower = account.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  const text = JSON.stringify(['agreement', 1, partnerAlias, lower])
  const digest = createHash('sha256').update(text).digest('hex')
  return (BigInt(`0x${digest}`) % 36n ** 24n).toString(36).padStart(24, '0') as AgreementId
}

/**
 * The lane of an agreement, from 0 to `lanes` - 1; it never changes, since the agreement's state rests on it.
 * @throws MapiError MAPI_BATCH_NO_LANE if `lanes` is not 1 to MAX_LANES.
 */
export function laneOfAgreement(id: AgreementId, lanes: number): number {
  return hashedLane(`agreement/${id}`, lanes)
}
