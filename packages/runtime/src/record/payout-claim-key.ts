import { createHash } from 'node:crypto'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import { isPartnerAlias } from '../partners/partner-alias.ts'

/**
 * The key that a payout's id is claimed under: `partner/payoutId`. An id or alias that is not legal is claimed too,
 * so that it is refused once and not with every copy of its command; its hash stands in, so that it can't look like
 * another's key.
 */
export function payoutClaimKey(partner: string, payoutId: string): string {
  if (isPartnerAlias(partner) && isPayoutId(payoutId)) return `${partner}/${payoutId}`
  const digest = createHash('sha256').update(JSON.stringify(['illegal', 1, partner, payoutId]))
  return `~${digest.digest('base64url')}`
}
