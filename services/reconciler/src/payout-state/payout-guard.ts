import { type CauseKey, isCausedBy } from './cause.ts'
import { type Finding, isOutcome, type Mismatch } from './finding.ts'
import type { PayoutState } from './payout-state.ts'
import { newsOf } from './report-news.ts'
import { standingOf } from './standing.ts'

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

/** A failure of what a line that contradicts may have said to be paid, and nobody has decided about since: it is none (decision 042). */
function perhapsPaid(state: PayoutState, { reason }: Extract<Finding, { event: 'failed' }>): Finding | undefined {
  const standing = new Set(standingOf(state).mismatches)
  const paid = state.transitions.find(
    ({ finding: told }) =>
      told.event === 'mismatched' &&
      OF_LINES.has(told.mismatch) &&
      standing.has(told.mismatch) &&
      told.money?.moved !== false,
  )?.finding
  if (paid?.event !== 'mismatched') return undefined
  return {
    event: 'mismatched',
    mismatch: 'other-outcome',
    expected: `perhaps paid: ${paid.mismatch}`,
    reported: `failed: ${reason}`,
  }
}

/** Whether a bank has sent the payout back: then it had been paid. */
export function hasReturned({ transitions }: PayoutState): boolean {
  return transitions.some(({ finding }) => finding.event === 'returned')
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
