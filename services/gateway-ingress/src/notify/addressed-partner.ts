import type { NotifyPartner } from '@payout/mapi/notify/notify'
import type { PartnerId } from '@payout/mapi/values/partner-id'
import type { Partner } from '@payout/runtime/partners/partners'

/** Who is addressed by a path: the settings by which a notify is read and verified. */
export interface AddressedPartner extends NotifyPartner {
  readonly alias: string
  readonly partnerId: PartnerId
}

/**
 * A partner of the partners file. Its keys are called by their place there, from 0, since that is what a record names.
 */
export function addressedPartner({ alias, partnerId, signType, charset, verifyingKeys }: Partner): AddressedPartner {
  const keys = verifyingKeys.map((key, place) => ({ ...key, name: String(place) }))
  return { alias, partnerId, signType, charset, keys }
}
