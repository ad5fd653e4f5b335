import { hash } from 'node:crypto'
import { MapiError } from '../error.ts'
import { isPayoutId } from './payout-id.ts'

/** A payout's serial at Alipay, unique for the merchant (BTN-3): 1 to 32 digits and lower-case letters. */
export type Serial = string & { readonly __brand: 'Serial' }

/**
 * The serial of a payout, version 1. It is the payout's id itself where that is 1 to 20 digits and lower-case letters,
 * so that a person finds it in Alipay's console. Otherwise it is 32 characters: SHA-256(`serial:1:` + id) as a
 * big-endian number modulo 36^32, in base 36, padded with zeros (165 bits). The two differ in length, so they never
 * meet. One payout always has the same serial: Alipay refuses a second payment of it (TRANS_NO_NOT_UNIQUE).
 * @throws MapiError MAPI_PAYOUT_ID_FORMAT if the id is not 1 to 64 of `A-Z a-z 0-9 . _ : -`.
 */
export function serialOf(payoutId: string): Serial {
  if (!isPayoutId(payoutId)) {
    throw new MapiError('MAPI_PAYOUT_ID_FORMAT', 'a payout id must be 1 to 64 of A-Z a-z 0-9 . _ : -')
  }
  if (/^[0-9a-z]{1,20}$/.test(payoutId)) return payoutId as Serial
  const digest = hash('sha256', `serial:1:${payoutId}`, 'hex')
  return (BigInt(`0x${digest}`) % 36n ** 32n).toString(36).padStart(32, '0') as Serial
}
