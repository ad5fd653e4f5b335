import { coordinatesOf } from '@payout/runtime/record/coordinates'
/** The claims that committed records stand for (S7.3). */

import type { LogRecord } from '@payout/runtime/event-log/port'
import { batchContentHash } from '@payout/runtime/record/batch-content-hash'
import { payoutClaimKey } from '@payout/runtime/record/payout-claim-key'
import { serviceContentHash } from '@payout/runtime/record/service-content-hash'
import type { Coordinates, RebuiltClaim } from '@payout/runtime/redis/port'
import type {
  GatewayNotify,
  GatewayRequest,
  GatewayServiceRequest,
  PayoutReturned,
} from '@payout/schemas/generated/records'
import type { TopicName } from '@payout/schemas/topics'
import { returnClaim } from '../payout/return-rows.ts'

/** Coordinates as records carry them. */
export function coordinates({
  topic,
  partition,
  offset,
  line,
  timestamp,
}: GatewayRequest['lines'][number]['source']): Coordinates {
  return { topic: topic as TopicName, partition, offset, line, timestamp }
}

/** Claims of the payouts of a request, as the signer made them. */
export function payoutClaims({ partner, lines }: GatewayRequest): RebuiltClaim[] {
  return lines.map(({ payoutId, contentHash, source, claimedAt }) => ({
    key: payoutClaimKey(partner, payoutId),
    contentHash,
    coordinates: coordinates(source),
    claimedAt,
  }))
}

/** Egress's claim of a batch number. */
export function batchClaim(request: GatewayRequest, record: LogRecord): RebuiltClaim {
  const { partner, batchNo } = request
  return {
    key: `${partner}/${batchNo}`,
    contentHash: batchContentHash(request),
    coordinates: coordinatesOf(record),
    claimedAt: record.timestamp,
  }
}

/** Egress's claim of the id of a request to another service. */
export function serviceClaim(request: GatewayServiceRequest, record: LogRecord): RebuiltClaim {
  const { partner, requestId } = request
  return {
    key: `${partner}/${requestId}`,
    contentHash: serviceContentHash(request),
    coordinates: coordinatesOf(record),
    claimedAt: record.timestamp,
  }
}

/** The reconciler's claim of a withdrawal serial. */
export function returnedClaim(event: PayoutReturned): RebuiltClaim {
  const { source } = event.evidence
  return { ...returnClaim(event, coordinates(source)), claimedAt: source.timestamp }
}

/** The reconciler's claim of a notify. */
export function notifyClaim({ partner, notifyId, contentHash }: GatewayNotify, record: LogRecord): RebuiltClaim {
  return {
    key: `${partner}/${notifyId}/${contentHash}`,
    contentHash,
    coordinates: coordinatesOf(record),
    claimedAt: record.timestamp,
  }
}
