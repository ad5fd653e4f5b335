import { type CauseKey, isCausedBy } from './cause.ts'
import type { Finding } from './finding.ts'
import type { PayoutState, Transition } from './payout-state.ts'
import { isClosed, lastReport } from './standing.ts'

type Report = Extract<Finding, { event: 'accepted' | 'unresolved' | 'overdue' }>
type Unresolved = Extract<Finding, { event: 'unresolved' }>

/**
 * What a report tells of a payout without an outcome that was not told before; undefined where that is nothing (decision 041). News is
 * - another status, but not a weaker one: an answer that nobody understood is less than that the batch was taken, and that is less than what a notify says of the line;
 * - another reason, of which nothing was told under this batch number;
 * - the last word of egress on the batch number.
 */
export function newsOf(state: PayoutState, cause: CauseKey, batchNo: string, finding: Report): Finding | undefined {
  switch (finding.event) {
    case 'overdue':
      return state.status === 'overdue' ? undefined : finding
    case 'accepted':
      return acceptedNews(state, batchNo, finding)
    case 'unresolved':
      return unresolvedNews(state, cause, batchNo, finding)
  }
}

function acceptedNews(state: PayoutState, batchNo: string, finding: Report): Finding | undefined {
  const last = lastReport(state)
  if (last?.batchNo !== batchNo) return finding
  if (last.finding.event === 'accepted') return undefined
  const ofLine = state.transitions.some(
    (told) =>
      told.batchNo === batchNo && told.finding.event === 'unresolved' && isCausedBy(told.cause, 'gateway.notifies'),
  )
  if (last.finding.event !== 'unresolved' || !ofLine) return finding
  // A notify told of the line, so that the batch was taken is known; that nothing more is sent may not be.
  return isClosed(batchNo, state.transitions) ? undefined : { ...last.finding, final: true }
}

function unresolvedNews(
  state: PayoutState,
  cause: CauseKey,
  batchNo: string,
  finding: Unresolved,
): Unresolved | undefined {
  const ofNotify = isCausedBy(cause, 'gateway.notifies')
  const last = lastReport(state)
  if (last?.finding.event === 'accepted' && last.batchNo === batchNo && !ofNotify) return undefined
  const closed = isClosed(batchNo, state.transitions)
  // What would be tried again after the last word is an old answer.
  if (closed && finding.final === false) return undefined
  const final = closed || finding.final === true
  const isOpen = state.status === 'unresolved' || state.status === 'overdue'
  if (isOpen && state.transitions.some((told) => says(told, batchNo, finding.reason, final))) return undefined
  const { final: _, ...told } = finding
  return final ? { ...told, final } : told
}

/** Whether a transition told this reason under this number, with a last word where there is one now. */
function says({ batchNo, finding }: Transition, of: string, reason: string, final: boolean): boolean {
  return (
    finding.event === 'unresolved' && batchNo === of && finding.reason === reason && (finding.final === true || !final)
  )
}
