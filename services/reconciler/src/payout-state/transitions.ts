import type { CauseKey } from './cause.ts'
import { type Finding, isOutcome, isSide, type ReportedMoney } from './finding.ts'
import { guard } from './payout-guard.ts'
import { hasCaused, type PayoutState, type Transition } from './payout-state.ts'
import { mismatchesAfter, standingOf } from './standing.ts'

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
 * @param money what the evidence says of money: kept where it contradicts.
 */
export function apply(
  state: PayoutState,
  cause: CauseKey,
  batchNo: string,
  finding: Finding,
  money?: ReportedMoney,
): Applied {
  if (hasCaused(state, cause)) return repeat(state, cause)
  const news = guard(state, cause, batchNo, finding)
  if (!news) return { state, emitted: [] }
  const guarded = news.event === 'mismatched' && money ? { ...news, money } : news
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

/**
 * A record that comes again says what it said before. Where later news has overtaken it, a report is dropped, since a
 * reader would take it for news; an outcome, a mismatch and a decision to send again take the next version: they have
 * effects of their own. A mismatch or a return is no news about how the payout stands, so a report that only those have
 * overtaken takes the next version too: else nobody would hear it.
 * @param cause a record that has caused something.
 */
export function repeat(state: PayoutState, cause: CauseKey): Applied {
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
