import { createHash } from 'node:crypto'

/** An id that upstream may give: 1 to 64 of `A-Z a-z 0-9 . _ : -`, unique per partner for ever. */
export function isPayoutId(text: string): boolean {
  return /^[A-Za-z0-9._:-]{1,64}$/.test(text)
}

/**
 * The key that a payout's id is claimed under: `partner/payoutId`. An id or alias that is not legal is claimed too, so that
 * it is refused once and not with every copy of its command; its hash stands in, so that it can't look like another's key.
 */
export function payoutClaimKey(partner: string, payoutId: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,31}$/.test(partner) && isPayoutId(payoutId)) return `${partner}/${payoutId}`
  const digest = createHash('sha256').update(JSON.stringify(['illegal', 1, partner, payoutId]))
  return `~${digest.digest('base64url')}`
}
