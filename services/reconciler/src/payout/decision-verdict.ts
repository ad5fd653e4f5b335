import { createHash } from 'node:crypto'
import { isoMoment } from '@payout/mapi/text/moment'
import { redactPersonalData } from '@payout/mapi/text/personal-data'
import { type BatchNo, laneOf, makeBatchNo } from '@payout/mapi/values/batch-no'
import { chinaDate } from '@payout/mapi/values/china-time'
import type { GatewayDecision } from '@payout/schemas/generated/records'
import type { BatchState } from '../known-batches/batch-state.ts'
import type { Finding } from '../payout-state/finding.ts'
import { hasReturned, type PayoutState } from '../payout-state/payout-state.ts'

/** What a decision does, or why it is refused. */
export type DecisionVerdict =
  | { readonly finding: Finding }
  | { readonly refusal: { readonly code: string; readonly explanation: string } }

/**
 * What a person's word does (docs/architecture.md, PayoutDecided). `failed` and `again` are taken only when nothing of
 * ours can pay any more: egress has said its last word on the payout's last batch number, and that batch's pay date has
 * passed in China.
 * @param now UTC milliseconds.
 */
export function decisionVerdict(
  decision: GatewayDecision,
  state: PayoutState | undefined,
  lastBatch: BatchState | undefined,
  { now, lanes }: { readonly now: number; readonly lanes: number },
): DecisionVerdict {
  const refuse = (code: string, explanation: string) => ({
    refusal: { code, explanation: `the decision is not taken: ${explanation}` },
  })
  const last = state?.batchNos.at(-1)
  if (!state || !last)
    return refuse('DECISION_UNKNOWN_PAYOUT', 'no request is known for this payout: none was signed, or long ago')
  const { batchNo, serial, decidedBy } = decision
  // What the person has written is in the record itself; an event names no payee.
  const reason = redactPersonalData(decision.reason, [state.line.payeeAccount, state.line.payeeName])
  if (serial !== state.line.serial)
    return refuse('DECISION_OTHER_SERIAL', `the payout's serial is ${state.line.serial}`)
  if (!state.batchNos.includes(batchNo))
    return refuse('DECISION_OTHER_BATCH', `the payout's last batch number is ${last}`)
  const explanation = `${decidedBy} decided it after a look into Alipay's books: ${reason}`
  if (decision.decision === 'succeeded')
    return { finding: { event: 'succeeded', alipaySerial: null, completedAt: null } }

  if (batchNo !== last)
    return refuse('DECISION_OTHER_BATCH', `the payout's last batch number is ${last}: look that one up`)
  // A second batch number that is not signed yet is not known as a batch.
  if (!lastBatch?.closed) return refuse('DECISION_TOO_EARLY', 'the gateway may still be asked about this batch')
  const today = chinaDate(now)
  if (lastBatch.payDate >= today)
    return refuse(
      'DECISION_TOO_EARLY',
      `the batch may be paid until the end of its pay date ${lastBatch.payDate} in China`,
    )
  if (chinaDate(decision.lookedAt) <= lastBatch.payDate) {
    return refuse(
      'DECISION_TOO_EARLY',
      `Alipay's books were looked at at ${isoMoment(decision.lookedAt)}, before the end of the pay date ${lastBatch.payDate} in China: look again`,
    )
  }
  if (decision.decision === 'failed') return { finding: { event: 'failed', reason: 'DECIDED', explanation } }

  if (state.status !== 'unresolved' && state.status !== 'overdue') {
    return refuse(
      'DECISION_NOT_OPEN',
      `the payout is ${state.status}; only what is unresolved or overdue is sent again`,
    )
  }
  if (hasReturned(state)) {
    return refuse(
      'DECISION_NOT_OPEN',
      'the bank has sent the payout back, so it was paid: what is to be paid once more needs a new id',
    )
  }
  const second = secondBatchNo(decision, last as BatchNo, today, lanes)
  return { finding: { event: 'resubmitted', batchNo: second, previousBatchNo: last, decidedBy, reason } }
}

/** The second batch number: in the same lane, and always the same for the same decision. */
function secondBatchNo(
  { partner, payoutId, source }: GatewayDecision,
  last: BatchNo,
  today: ReturnType<typeof chinaDate>,
  lanes: number,
): BatchNo {
  const content = JSON.stringify(['again', 1, partner, payoutId, last, source.topic, source.partition, source.offset])
  return makeBatchNo({
    payDate: today,
    lane: laneOf(last, lanes),
    digest: createHash('sha256').update(content).digest(),
  })
}
