/**
 * One payout as the reconciler knows it, and what evidence makes of it. Pure: the same state and the same evidence always give
 * the same result, so that a record that comes again repeats what it said before (S6).
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
import { type Finding, isOutcome, isSide, type ReportedMoney, type Status } from './finding.ts'
import { guard } from './payout-guard.ts'
import { mismatchesAfter, standingOf } from './standing.ts'

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

/** What came of a piece of evidence. */
export interface Applied {
  readonly state: PayoutState
  /** The events to be emitted, in order; usually one or none. */
  readonly emitted: readonly Transition[]
}

/**
 * Applies what a record says about a payout (S6.1, S6.2, S6.3, S8).
 * @param cause the record; a cause that is in the list already repeats its events and adds nothing.
 * @param batchNo the batch number that the evidence is about.
 * @param money what the evidence says of money: told where it contradicts.
 */
export function apply(
  state: PayoutState,
  cause: CauseKey,
  batchNo: string,
  finding: Finding,
  money?: ReportedMoney,
): Applied {
  if (state.transitions.some((transition) => transition.cause === cause)) return repeat(state, cause)
  const told = guard(state, cause, batchNo, finding)
  if (!told) return { state, emitted: [] }
  const guarded = told.event === 'mismatched' && money ? { ...told, money } : told
  const mismatches = mismatchesAfter(state, cause, guarded)
  const transition: Transition = { cause, version: state.version + 1, batchNo, finding: guarded, mismatches }
  return {
    state: {
      ...state,
      status: isSide(guarded.event) ? state.status : guarded.event,
      version: transition.version,
      batchNos: guarded.event === 'resubmitted' ? [...state.batchNos, guarded.batchNo] : state.batchNos,
      transitions: [...state.transitions, transition],
    },
    emitted: [transition],
  }
}

/** Whether a record has caused an event of this payout before. */
export function hasCaused(state: PayoutState, cause: CauseKey): boolean {
  return state.transitions.some((transition) => transition.cause === cause)
}

/**
 * A record that comes again says what it said before. Where later news has overtaken it, a report is dropped, since a reader would
 * take it for news; an outcome, a mismatch and a decision to send again take the next version: they have effects of their own. A mismatch or a
 * return is no news about how the payout stands, so a report that only those have overtaken takes the next version too: else nobody would hear it.
 */
function repeat(state: PayoutState, cause: CauseKey): Applied {
  let { status, version } = state
  // What was said in between did not know of it, and is settled by nothing in it.
  let { mismatches } = standingOf(state)
  const emitted: Transition[] = []
  const transitions: Transition[] = []
  for (const transition of state.transitions) {
    if (transition.cause !== cause) {
      transitions.push(transition)
    } else if (transition.version === state.version) {
      transitions.push(transition)
      emitted.push(transition)
    } else if (isDroppedWhenOvertaken(transition.finding) && hasNews(state, transition.version)) {
      transitions.push(transition)
    } else if (transition.finding.event === 'resubmitted' && isOutcome(state.status)) {
      // S6.3: after an outcome nothing is sent again.
      transitions.push(transition)
    } else {
      version += 1
      if (transition.finding.event === 'mismatched')
        mismatches = [...new Set([...mismatches, transition.finding.mismatch])]
      const renewed = { ...transition, version, mismatches }
      // For a reader the latest event says how the payout stands, so it does here.
      if (transition.finding.event === 'resubmitted') status = 'resubmitted'
      transitions.push(renewed)
      emitted.push(renewed)
    }
  }
  return { state: { ...state, status, version, transitions }, emitted }
}

/** Whether anything that tells how the payout stands was said after this version. */
function hasNews({ transitions }: PayoutState, version: number): boolean {
  return transitions.some((later) => later.version > version && !isSide(later.finding.event))
}

function isDroppedWhenOvertaken({ event }: Finding): boolean {
  switch (event) {
    case 'accepted':
    case 'unresolved':
    case 'overdue':
      return true
    case 'succeeded':
    case 'failed':
    case 'returned':
    case 'mismatched':
    case 'resubmitted':
      return false
  }
}
