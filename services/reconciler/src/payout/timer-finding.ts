import type { GatewayTimer } from '@payout/schemas/generated/records'
import type { BatchState } from '../known-batches/batch-state.ts'
import type { Finding } from '../payout-state/finding.ts'
import type { PayoutState } from '../payout-state/payout-state.ts'
import { lastReport } from '../payout-state/standing.ts'

/**
 * What a timer says about one payout of its batch (S6.4); undefined where it says nothing.
 *
 *     the batch was signed again since   unresolved, NOT_SENT, where nothing else was ever heard: it still waits to be
 *                                        sent
 *     the payout has a second batch      nothing: that one has a timer of its own
 *     otherwise                          overdue
 */
export function timerFinding(
  { batchNo, signing, dueAt }: Pick<GatewayTimer, 'batchNo' | 'signing' | 'dueAt'>,
  batch: Pick<BatchState, 'signing'>,
  payout: Pick<PayoutState, 'status' | 'batchNos' | 'transitions'>,
): Finding | undefined {
  if (payout.batchNos.at(-1) !== batchNo) return undefined
  if (batch.signing <= signing) return { event: 'overdue', dueAt, ...missing(payout) }
  if (payout.status !== 'signed') return undefined
  return {
    event: 'unresolved',
    reason: 'NOT_SENT',
    explanation: 'signed more than a day ago, and not sent yet: its partner is stopped, or the gateway is not reached',
  }
}

const WAY_OUT = 'look it up at Alipay, then decide: npm run decide'

/** What has not come by the timer. What made the payout unresolved stays the reason: it is still so. */
function missing(payout: Pick<PayoutState, 'transitions'>): { reason: string; explanation: string } {
  const last = lastReport(payout)?.finding
  switch (last?.event) {
    case 'unresolved':
      return {
        reason: last.reason,
        explanation: `no outcome came in time after it was unresolved for this reason: ${WAY_OUT}`,
      }
    case 'accepted':
      return {
        reason: 'NO_NOTIFY',
        explanation: `the gateway took the batch, and no notify told in time what became of the line: ${WAY_OUT}`,
      }
    default:
      return {
        reason: 'NO_ANSWER',
        explanation:
          'it was signed, and neither an answer nor a notify came in time: it may wait unsent, its partner stopped, or egress may be behind',
      }
  }
}
