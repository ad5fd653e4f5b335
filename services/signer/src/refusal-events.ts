import { isPayoutId } from '@payout/mapi/payout-id'
import type { PayoutEvent } from '@payout/runtime/domain-event'
import type { Coordinates } from '@payout/runtime/redis/port'
import { outcomeId, reportId } from '@payout/schemas/event-id'
import type { PayoutEvidence } from '@payout/schemas/generated/records'
import type { Ask } from './command.ts'
import type { Refusal } from './payout-check.ts'

/** An alias has at most 32 characters and a payout id 64: what is longer is neither, and may be too large for an event. */
const MAX_SHOWN = 100

/**
 * What upstream wrote in the place of an id or alias, as events may show it: never a partner id (MAPI-14), and its beginning where it is long.
 * Ids of events are made of the whole.
 */
function shown(text: string): string {
  const masked = text.slice(0, MAX_SHOWN).replace(/2088\d{12}/g, '2088…')
  return text.length > MAX_SHOWN ? `${masked}…` : masked
}

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
      payoutId: isPayoutId(payoutId) ? payoutId : shown(payoutId),
      partner: shown(partner),
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
      payoutId: isPayoutId(payoutId) ? payoutId : shown(payoutId),
      partner: shown(partner),
      occurredAt: coordinates.timestamp,
      seenAt: coordinates.timestamp,
      evidence: commandEvidence(coordinates),
      reason: code,
      explanation,
      heldBy,
    },
  }
}
