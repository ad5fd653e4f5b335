import { isPayoutId } from '@payout/mapi/values/payout-id'
import type { PayoutEvent } from '@payout/runtime/record/domain-event'
import type { Coordinates } from '@payout/runtime/redis/port'
import { outcomeId, reportId } from '@payout/schemas/event-id'
import { ofCommand, type Refusal, shown } from '../command/refusal.ts'
import type { PayoutInstruction } from './payout-command.ts'

type Payee = Pick<PayoutInstruction, 'payeeName' | 'payeeAccount'>

function payeeOf({ payeeName, payeeAccount }: Partial<Payee>): string[] {
  return [payeeName, payeeAccount].filter((known) => known !== undefined)
}

/** The outcome of a payout that can't be paid: version 1 and the last, since nothing is ever sent for it (S6.1). */
export function failedBeforeSending(instruction: PayoutInstruction, { code, explanation }: Refusal): PayoutEvent {
  const { partner, payoutId, coordinates, contentHash } = instruction
  const payee = payeeOf(instruction)
  return {
    name: 'payout.PayoutFailed',
    value: {
      eventId: outcomeId('payout.failed', partner, payoutId),
      payoutId: isPayoutId(payoutId) ? payoutId : shown(payoutId, payee),
      partner: shown(partner, payee),
      version: 1,
      ...ofCommand(coordinates),
      batchNo: null,
      serial: null,
      reason: code,
      explanation,
      contentHash,
      standing: { status: 'failed', final: true, closed: true, mismatches: [], returned: false },
    },
  }
}

/** A command is refused; the payout that holds the id, if there is one, is untouched. */
export function refused(
  instruction: Pick<PayoutInstruction, 'partner' | 'payoutId' | 'coordinates'> & Partial<Payee>,
  { code, explanation }: Refusal,
  heldBy: Coordinates | null,
): PayoutEvent {
  const { partner, payoutId, coordinates } = instruction
  const payee = payeeOf(instruction)
  return {
    name: 'payout.PayoutRefused',
    value: {
      eventId: reportId('payout.refused', partner, payoutId, coordinates),
      payoutId: isPayoutId(payoutId) ? payoutId : shown(payoutId, payee),
      partner: shown(partner, payee),
      ...ofCommand(coordinates),
      reason: code,
      explanation,
      heldBy,
      // The signer does not know how the payout stands that holds the id.
      standing: null,
    },
  }
}
