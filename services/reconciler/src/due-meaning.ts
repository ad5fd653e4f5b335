import type { GatewayDue } from '@payout/schemas/generated/records'
import type { BatchState } from './batch-state.ts'
import type { Finding } from './finding.ts'
import type { PayoutState } from './payout-state.ts'

/**
 * What a due date says about one payout of its batch (S6.4); undefined where it says nothing.
 *
 *     the batch was signed again since   unresolved, NOT_SENT, where nothing else was ever heard: it still waits to be sent
 *     the payout has a second batch      nothing: that one has a due date of its own
 *     otherwise                          overdue
 */
export function dueMeaning(
  { batchNo, signing, dueAt }: Pick<GatewayDue, 'batchNo' | 'signing' | 'dueAt'>,
  batch: Pick<BatchState, 'signing'>,
  payout: Pick<PayoutState, 'status' | 'batchNos'>,
): Finding | undefined {
  if (payout.batchNos.at(-1) !== batchNo) return undefined
  if (batch.signing <= signing) return { event: 'overdue', dueAt }
  if (payout.status !== 'signed') return undefined
  return {
    event: 'unresolved',
    reason: 'NOT_SENT',
    explanation: 'signed more than a day ago, and not sent yet: its partner is stopped, or the gateway is not reached',
  }
}
