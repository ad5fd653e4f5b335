import type { PayoutStanding } from '@payout/schemas/generated/records'
import { type CauseKey, isCausedBy } from './cause.ts'
import { type Finding, isOutcome, isSide } from './finding.ts'
import type { PayoutState, Transition } from './payout-state.ts'

type Known = Pick<PayoutState, 'status' | 'version' | 'batchNos' | 'transitions'>

/**
 * How a payout stands with one of its events: what a reader keeps who keeps the latest event alone.
 * @param version the event's; the last one where it is not given.
 */
export function standingOf(state: Known, version: number = state.version): PayoutStanding {
  const made = inOrder(state.transitions).filter((one) => one.version <= version)
  const status = version < state.version ? statusOf(made) : state.status
  const final = isOutcome(status)
  return {
    status,
    final,
    closed: final || isClosed(version < state.version ? lastBatchOf(state, made) : state.batchNos.at(-1), made),
    mismatches: mismatchesWith(made),
    returned: made.some(({ finding }) => finding.event === 'returned'),
  }
}

/** Whether egress' last word on a batch number was reported: nothing of ours is sent under it any more. */
export function isClosed(batchNo: string | undefined, made: readonly Transition[]): boolean {
  return made.some(
    (one) =>
      one.batchNo === batchNo &&
      // The gateway takes a batch once, and is not asked again.
      (one.finding.event === 'accepted' || (one.finding.event === 'unresolved' && one.finding.final === true)),
  )
}

/** What was reported last of how a payout stands, mismatches and returns apart. */
export function lastReport({ transitions }: Pick<PayoutState, 'transitions'>): Transition | undefined {
  return transitions
    .filter(({ finding }) => !isSide(finding.event))
    .reduce<Transition | undefined>((last, one) => (last && last.version > one.version ? last : one), undefined)
}

/**
 * The mismatches that stand once something was said. A person's decision settles what came before it; an outcome
 * settles that an earlier batch number failed, since that says nothing about the last one.
 */
export function mismatchesAfter(state: Pick<PayoutState, 'transitions'>, cause: CauseKey, finding: Finding): string[] {
  const before = mismatchesWith(inOrder(state.transitions))
  if (finding.event === 'mismatched') return [...new Set([...before, finding.mismatch])]
  if (isCausedBy(cause, 'gateway.commands')) return []
  return isOutcome(finding.event) ? before.filter((name) => name !== 'earlier-batch') : before
}

/** As the last of them says; all there ever were where an earlier release said it, which settled none. */
function mismatchesWith(made: readonly Transition[]): string[] {
  const last = made.at(-1)
  if (!last || last.mismatches) return [...(last?.mismatches ?? [])]
  return [...new Set(made.flatMap(({ finding }) => (finding.event === 'mismatched' ? [finding.mismatch] : [])))]
}

function inOrder(transitions: readonly Transition[]): Transition[] {
  return transitions.toSorted((a, b) => a.version - b.version)
}

function statusOf(made: readonly Transition[]): PayoutState['status'] {
  let status: PayoutState['status'] = 'signed'
  for (const { finding } of made) if (!isSide(finding.event) && !isOutcome(status)) status = finding.event
  return status
}

function lastBatchOf({ batchNos }: Known, made: readonly Transition[]): string | undefined {
  const resubmitted = made.flatMap(({ finding }) => (finding.event === 'resubmitted' ? [finding.batchNo] : []))
  return resubmitted.at(-1) ?? batchNos[0]
}
