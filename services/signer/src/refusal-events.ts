import type { PayoutEvent } from '@payout/runtime/payout-event'
import type { Coordinates } from '@payout/runtime/redis/port'
import { outcomeId, reportId } from '@payout/schemas/event-id'
import type { PayoutEvidence } from '@payout/schemas/generated/records'
import type { Ask } from './command.ts'
import type { Refusal } from './payout-check.ts'

function commandEvidence(source: Coordinates): PayoutEvidence {
  return { kind: 'command', id: `${source.topic}/${source.partition}@${source.offset}`, source }
}

/** The outcome of a payout that can't be paid: version 1 and the last, since nothing is ever sent for it (S6.1). */
export function failedBeforeSending(ask: Ask, { code, explanation }: Refusal): PayoutEvent {
  const { partner, payoutId, coordinates, contentHash } = ask
  return {
    name: 'payout.PayoutFailed',
    value: {
      eventId: outcomeId('payout.failed', partner, payoutId),
      payoutId,
      partner,
      version: 1,
      occurredAt: coordinates.timestamp,
      seenAt: coordinates.timestamp,
      evidence: commandEvidence(coordinates),
      batchNo: null,
      serial: null,
      reason: code,
      explanation,
      contentHash,
    },
  }
}

/** A command is refused; the payout that holds the id, if there is one, is untouched. */
export function refused(
  ask: Pick<Ask, 'partner' | 'payoutId' | 'coordinates'>,
  { code, explanation }: Refusal,
  heldBy: Coordinates | null,
): PayoutEvent {
  const { partner, payoutId, coordinates } = ask
  return {
    name: 'payout.PayoutRefused',
    value: {
      eventId: reportId('payout.refused', partner, payoutId, coordinates),
      payoutId,
      partner,
      occurredAt: coordinates.timestamp,
      seenAt: coordinates.timestamp,
      evidence: commandEvidence(coordinates),
      reason: code,
      explanation,
      heldBy,
    },
  }
}
