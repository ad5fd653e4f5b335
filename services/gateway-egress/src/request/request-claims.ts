import type { ClaimOutcome, Claims } from '@payout/runtime/redis/port'
import { placeOf } from '@payout/schemas/place'
import { BatchNumberTakenError, BelowCheckpointError } from '../egress-errors.ts'
import { GROUP } from '../topology.ts'
import type { FreshRequest } from './request-inbox.ts'

/** Claims batch numbers, and ids of service requests, each under a kind of its own. */
export async function claimRequests(
  requests: readonly FreshRequest[],
  claims: Claims,
): Promise<ReadonlyMap<FreshRequest, ClaimOutcome>> {
  const outcomes = new Map<FreshRequest, ClaimOutcome>()
  for (const kind of ['batch', 'service'] as const) {
    const ofKind = requests.filter(({ request }) => request.kind === kind)
    if (ofKind.length === 0) continue
    const answers = await claims.claim(
      kind,
      GROUP,
      ofKind.map(({ claim }) => claim),
    )
    for (const [i, request] of ofKind.entries()) {
      const outcome = answers[i]
      if (outcome) outcomes.set(request, outcome)
    }
  }
  return outcomes
}

/** A second signing of a batch has its number and its content; the same number with other content must never be sent (S2.6, S4). */
export function checkClaim({ claim: { key, coordinates } }: FreshRequest, outcome: ClaimOutcome | undefined): void {
  switch (outcome?.kind) {
    case 'acquired':
    case 'reentrant':
      return
    case 'duplicate':
      if (!outcome.sameContent) throw new BatchNumberTakenError(key, placeOf(coordinates), placeOf(outcome.by))
      return
    case 'stale':
    case undefined:
      throw new BelowCheckpointError(placeOf(coordinates))
  }
}
