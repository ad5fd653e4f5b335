import { isOutcome } from '../payout-state/finding.ts'
import type { PayoutState } from '../payout-state/payout-state.ts'
import type { BatchState } from './batch-state.ts'

/** What is known of a batch number, kept together in Redis: read and written at once, with one revision. */
export interface KnownBatch {
  readonly batch: BatchState
  /**
   * The payouts whose first batch it is, by their ids: each payout has one home. In a later batch of it there is a
   * reference.
   */
  readonly payouts: ReadonlyMap<string, PayoutState>
  /** Of its lines, those whose payouts have another home: payout id and batch number. */
  readonly elsewhere: ReadonlyMap<string, string>
  /** Whether nothing was open about it when it was written last, so that it has an end. */
  readonly settled: boolean
}

/** Whether a payout at home here has no outcome yet. */
export function hasOpenPayout({ payouts }: KnownBatch): boolean {
  for (const { status } of payouts.values()) if (!isOutcome(status)) return true
  return false
}

/** The other batch numbers that have a payout in common with it. */
export function relatedBatchNos(batchNo: string, { payouts, elsewhere }: KnownBatch): ReadonlySet<string> {
  const related = new Set(elsewhere.values())
  for (const { batchNos } of payouts.values())
    if (batchNos.length > 1 || batchNos[0] !== batchNo) for (const other of batchNos) related.add(other)
  related.delete(batchNo)
  return related
}
