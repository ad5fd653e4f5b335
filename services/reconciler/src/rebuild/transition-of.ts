import type { PayoutEvent } from '@payout/runtime/record/domain-event'
import type { PayoutMismatched } from '@payout/schemas/generated/records'
import { causeOf } from '../payout-state/cause.ts'
import type { Mismatch, ReportedMoney } from '../payout-state/finding.ts'
import { type Finding, isOutcome, isSide } from '../payout-state/finding.ts'
import type { PayoutState, Transition } from '../payout-state/payout-state.ts'

/**
 * The transition that an event of the reconciler came from; undefined where the event is about no state: the signer's
 * own, a stray mismatch.
 */
export function transitionOf(
  event: PayoutEvent,
): { readonly payoutId: string; readonly transition: Transition } | undefined {
  const { name, value } = event
  const { payoutId, evidence } = value
  if (payoutId === null || evidence.kind === 'command' || name === 'payout.PayoutRefused' || value.version === null)
    return undefined
  const cause = causeOf(evidence.source)
  const standing = value.standing === null ? {} : { mismatches: value.standing.mismatches }
  const head = { cause, version: value.version, batchNo: value.batchNo ?? '' }
  const made = (finding: Transition['finding'], batchNo = head.batchNo) => ({
    payoutId,
    transition: { ...head, batchNo, finding, ...standing },
  })
  switch (name) {
    case 'payout.PayoutAccepted':
      return made({ event: 'accepted' })
    case 'payout.PayoutSucceeded':
      return made({ event: 'succeeded', alipaySerial: value.alipaySerial, completedAt: value.completedAt })
    case 'payout.PayoutFailed':
      return made({ event: 'failed', reason: value.reason, explanation: value.explanation })
    case 'payout.PayoutUnresolved':
      return made({
        event: 'unresolved',
        reason: value.reason,
        explanation: value.explanation,
        ...(value.lastWord ? { final: true } : {}),
      })
    case 'payout.PayoutOverdue':
      return made({
        event: 'overdue',
        dueAt: value.dueAt,
        ...(value.reason === null ? {} : { reason: value.reason }),
        ...(value.explanation === null ? {} : { explanation: value.explanation }),
      })
    case 'payout.PayoutResubmitted': {
      const { batchNo, previousBatchNo, decidedBy, reason } = value
      return made({ event: 'resubmitted', batchNo, previousBatchNo, decidedBy, reason }, previousBatchNo)
    }
    case 'payout.PayoutReturned': {
      const { withdrawalSerial, amountFen, returnedAt, reason, fileDate, fileHash } = value
      return made({ event: 'returned', withdrawalSerial, amountFen, returnedAt, reason, fileDate, fileHash })
    }
    case 'payout.PayoutMismatched':
      return made({
        event: 'mismatched',
        mismatch: value.mismatch as Mismatch,
        expected: value.expected,
        reported: value.reported,
        ...moneyOf(value),
      })
  }
}

/** What a mismatch says of money; nothing where it says nothing. */
function moneyOf({ moneyMoved, amountFen, alipaySerial }: PayoutMismatched): { readonly money?: ReportedMoney } {
  if (moneyMoved === null && amountFen === null && alipaySerial === null) return {}
  return { money: { moved: moneyMoved, amountFen, alipaySerial } }
}

/** The state with a transition that the log has and Redis may have lost. */
export function withTransition(state: PayoutState, transition: Transition): PayoutState {
  const { cause, version, finding } = transition
  const known = state.transitions.find((other) => other.cause === cause)
  if (known?.version === version) return state
  const transitions = [...state.transitions.filter((other) => other !== known), transition].sort(
    (a, b) => a.version - b.version,
  )
  // Of two outcomes the guard let only the first become one, so no order is needed between them.
  const overtaken = version < state.version && !isOutcome(finding.event)
  return {
    ...state,
    transitions,
    batchNos: finding.event === 'resubmitted' ? withResubmission(state.batchNos, finding) : state.batchNos,
    version: Math.max(state.version, version),
    status: isOutcome(state.status) || isSide(finding.event) || overtaken ? state.status : finding.event,
  }
}

/**
 * A number that was never signed has no request that told of it; numbers that were made after it may be known already.
 * The last one counts where a person decides, so it has to stay the last.
 */
function withResubmission(
  batchNos: readonly string[],
  { batchNo, previousBatchNo }: Extract<Finding, { event: 'resubmitted' }>,
): readonly string[] {
  if (batchNos.includes(batchNo)) return batchNos
  const previous = batchNos.indexOf(previousBatchNo)
  return batchNos.toSpliced(previous < 0 ? batchNos.length : previous + 1, 0, batchNo)
}
