/**
 * One payout as the reconciler knows it, and what evidence makes of it. Pure: the same state and the same evidence
 * always give the same result, so that a record that comes again repeats what it said before (S6).
 *
 *     status        what it means                               evidence that leads out of it
 *     signed        a request was signed                        everything
 *     accepted      the gateway took the batch                  outcome, overdue
 *     unresolved    nobody knows whether it was paid            accepted, outcome, overdue, resubmitted
 *     overdue       no outcome within 25 hours                  accepted, unresolved, outcome, resubmitted
 *     resubmitted   a second batch number is on its way         accepted, unresolved, outcome, overdue
 *     succeeded     outcome                                     none: what differs is a mismatch
 *     failed        outcome                                     none: what differs is a mismatch
 */
import type { CauseKey } from './cause.ts'
import type { Finding, Status } from './finding.ts'

/** One event that a record caused: kept, so that the record can repeat it. */
export interface Transition {
  readonly cause: CauseKey
  readonly version: number
  /** The batch number that the event is about. */
  readonly batchNo: string
  readonly finding: Finding
  /** The mismatches that stand with it; undefined where an earlier release wrote it. */
  readonly mismatches?: readonly string[]
}

/** What was asked for. */
export interface PayoutLine {
  readonly serial: string
  readonly payeeAccount: string
  readonly payeeName: string
  readonly amountFen: number
  readonly memo: string
  readonly contentHash: string
  /** Where the command stands, as `[topic, partition, offset, line, timestamp]`. */
  readonly source: readonly [string, number, number, number, number]
  readonly claimedAt: number
}

/** A payout whose request the lane has read, as it stands in Redis. */
export interface PayoutState {
  readonly status: Status
  /** Version of the last event; 0 before the first. */
  readonly version: number
  /** Batch numbers in the order in which they were made; the last one counts. */
  readonly batchNos: readonly string[]
  readonly line: PayoutLine
  readonly transitions: readonly Transition[]
}

/** A payout whose request was just read. */
export function signedPayout(batchNo: string, line: PayoutLine): PayoutState {
  return { status: 'signed', version: 0, batchNos: [batchNo], line, transitions: [] }
}

/** A request under a batch number that the payout does not have yet. */
export function withBatch(state: PayoutState, batchNo: string): PayoutState {
  return state.batchNos.includes(batchNo) ? state : { ...state, batchNos: [...state.batchNos, batchNo] }
}

/** Whether a record has caused an event of this payout before. */
export function hasCaused(state: PayoutState, cause: CauseKey): boolean {
  return state.transitions.some((transition) => transition.cause === cause)
}

/** Whether a bank has sent the payout back: then it had been paid. */
export function hasReturned({ transitions }: PayoutState): boolean {
  return transitions.some(({ finding }) => finding.event === 'returned')
}
