import { type CauseKey, isCausedBy } from './cause.ts'
import { type Finding, isOutcome, type Mismatch } from './finding.ts'
import { hasReturned, type PayoutState, type Transition } from './payout-state.ts'
import { isClosed, lastReport, standingOf } from './standing.ts'

type Report = Extract<Finding, { event: 'accepted' | 'unresolved' | 'overdue' }>
type Unresolved = Extract<Finding, { event: 'unresolved' }>

/** The outcome's own guard (S8): what the finding becomes in this state; undefined where it says nothing new. */
export function guard(state: PayoutState, cause: CauseKey, batchNo: string, finding: Finding): Finding | undefined {
  switch (finding.event) {
    case 'succeeded':
      if (state.status === 'succeeded') return otherTransfer(state, finding)
      if (state.status === 'failed') return contradiction(state, finding)
      return finding
    case 'failed':
      if (state.status === 'failed') return undefined
      if (state.status === 'succeeded') return contradiction(state, finding)
      // Money that came back had been paid: downstream gave it back already, and a failure would have it do so again.
      if (hasReturned(state)) return contradiction({ status: 'returned' }, finding)
      // An earlier batch number says nothing about the one that is on its way.
      if (batchNo !== state.batchNos.at(-1)) {
        return {
          event: 'mismatched',
          mismatch: 'earlier-batch',
          expected: state.batchNos.at(-1) ?? null,
          reported: `failed: ${finding.reason}`,
        }
      }
      return isCausedBy(cause, 'gateway.commands') ? finding : (perhapsPaid(state, finding) ?? finding)
    case 'accepted':
    case 'unresolved':
    case 'overdue':
      return isOutcome(state.status) ? undefined : newsOf(state, cause, batchNo, finding)
    case 'resubmitted':
      return isOutcome(state.status) || hasReturned(state) ? undefined : finding
    case 'returned':
      // The notify may be late; but what failed can't come back.
      return state.status === 'failed' ? contradiction(state, finding) : finding
    case 'mismatched':
      return finding
  }
}

function contradiction(
  { status }: { readonly status: PayoutState['status'] | 'returned' },
  { event }: Finding,
): Finding {
  return { event: 'mismatched', mismatch: 'other-outcome', expected: status, reported: event }
}

/** Mismatches of lines, which may have said that the line was paid. */
const OF_LINES: ReadonlySet<Mismatch> = new Set<Mismatch>([
  'other-account',
  'other-amount',
  'both-lists',
  'contradicting-lines',
  'unreadable-line',
])

/**
 * A failure of what a line that contradicts may have said to be paid, and nobody has decided about since: it is none
 * (decision 042).
 */
function perhapsPaid(state: PayoutState, { reason }: Extract<Finding, { event: 'failed' }>): Finding | undefined {
  const standing = new Set(standingOf(state).mismatches)
  const paid = state.transitions.find(
    ({ finding: earlier }) =>
      earlier.event === 'mismatched' &&
      OF_LINES.has(earlier.mismatch) &&
      standing.has(earlier.mismatch) &&
      earlier.money?.moved !== false,
  )?.finding
  if (paid?.event !== 'mismatched') return undefined
  return {
    event: 'mismatched',
    mismatch: 'other-outcome',
    expected: `perhaps paid: ${paid.mismatch}`,
    reported: `failed: ${reason}`,
  }
}

/** The same line succeeded under another serial of Alipay's: that would be a second transfer. */
function otherTransfer(
  state: PayoutState,
  { alipaySerial }: Extract<Finding, { event: 'succeeded' }>,
): Finding | undefined {
  const known = state.transitions.flatMap(({ finding }) =>
    finding.event === 'succeeded' && finding.alipaySerial ? [finding.alipaySerial] : [],
  )
  if (alipaySerial === null || known.length === 0 || known.includes(alipaySerial)) return undefined
  return { event: 'mismatched', mismatch: 'other-alipay-serial', expected: known[0] ?? null, reported: alipaySerial }
}

/**
 * What a report says of a payout without an outcome that was not said before; undefined where that is nothing
 * (decision 041). News is
 * - another status, but not a weaker one: an answer that nobody understood is less than that the batch was taken, and
 *   that is less than what a notify says of the line;
 * - another reason, which was not reported under this batch number;
 * - the last word of egress on the batch number.
 */
function newsOf(state: PayoutState, cause: CauseKey, batchNo: string, finding: Report): Finding | undefined {
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
    (earlier) =>
      earlier.batchNo === batchNo &&
      earlier.finding.event === 'unresolved' &&
      isCausedBy(earlier.cause, 'gateway.notifies'),
  )
  if (last.finding.event !== 'unresolved' || !ofLine) return finding
  // A notify spoke of the line, so that the batch was taken is known; that nothing more is sent may not be.
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
  if (isOpen && state.transitions.some((earlier) => says(earlier, batchNo, finding.reason, final))) return undefined
  const { final: _, ...rest } = finding
  return final ? { ...rest, final } : rest
}

/** Whether a transition reported this reason under this number, with a last word where there is one now. */
function says({ batchNo, finding }: Transition, of: string, reason: string, final: boolean): boolean {
  return (
    finding.event === 'unresolved' && batchNo === of && finding.reason === reason && (finding.final === true || !final)
  )
}
