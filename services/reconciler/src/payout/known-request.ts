import type { GatewayRequest, GatewayRequestLine } from '@payout/schemas/generated/records'
import { signedBatch } from '../known-batches/batch-state.ts'
import { timerMember } from '../known-batches/state-keys.ts'
import type { WorkingSet } from '../known-batches/working-set.ts'
import { type PayoutLine, signedPayout, withBatch } from '../payout-state/payout-state.ts'

/** Loads what `makeKnown` changes. */
export async function loadForRequests(set: WorkingSet, requests: readonly GatewayRequest[]): Promise<void> {
  await set.loadBatches(requests)
  // Those of a batch that is not known may be known from an earlier batch.
  await set.loadPayouts(
    requests.flatMap(({ partner, batchNo, lines }) =>
      set.batch(partner, batchNo) === undefined ? lines.map(({ payoutId }) => ({ partner, payoutId })) : [],
    ),
  )
}

/**
 * Makes a batch and its payouts known.
 * @returns the timer of its outcome.
 */
export function makeKnown(
  set: WorkingSet,
  request: GatewayRequest,
  overdueAfterMs: number,
): { member: string; at: number } {
  const { partner, batchNo, payDate, signing, signedAt, payer } = request
  const lines = request.lines.map(({ serial, payoutId }) => [serial, payoutId] as const)
  set.setBatch(partner, batchNo, signedBatch(set.batch(partner, batchNo), { payDate, signing, signedAt, payer, lines }))
  set.renew(partner, batchNo)
  const payouts = set.payoutsOf(partner, batchNo)
  for (const line of request.lines) {
    const known = payouts.get(line.payoutId)
    payouts.set(line.payoutId, known ? withBatch(known, batchNo) : signedPayout(batchNo, payoutLine(line)))
  }
  const dueAt = signedAt + overdueAfterMs
  return { member: timerMember({ partner, batchNo, signing, dueAt }), at: dueAt }
}

function payoutLine(line: GatewayRequestLine): PayoutLine {
  const { serial, payeeAccount, payeeName, amountFen, memo, contentHash, claimedAt, source } = line
  const { topic, partition, offset, timestamp } = source
  return {
    serial,
    payeeAccount,
    payeeName,
    amountFen,
    memo,
    contentHash,
    claimedAt,
    source: [topic, partition, offset, source.line, timestamp],
  }
}

/** The line as a request carries it: what `payoutLine` kept. */
export function requestLine(payoutId: string, line: PayoutLine): GatewayRequestLine {
  const [topic, partition, offset, index, timestamp] = line.source
  return { ...line, payoutId, source: { topic, partition, offset, line: index, timestamp } }
}
