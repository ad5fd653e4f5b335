import { serialUnlessPersonal } from '@payout/mapi/text/personal-data'
import type { PayoutEvent } from '@payout/runtime/record/domain-event'
import { eventType } from '@payout/schemas/cloud-event'
import { outcomeId, reportId } from '@payout/schemas/event-id'
import type { PayoutEvidence } from '@payout/schemas/generated/records'
import type { Finding } from './finding.ts'
import type { PayoutState, Transition } from './payout-state.ts'
import { standingOf } from './standing.ts'

/** The record that proves something, as the events name it. */
export interface Proof {
  readonly evidence: PayoutEvidence
  /** When it happened, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received it, UTC milliseconds. */
  readonly seenAt: number
}

/** The event of a transition of the state. The same transition gives the same event, whenever it is made. */
export function eventOf(
  partner: string,
  payoutId: string,
  state: PayoutState,
  transition: Transition,
  proof: Proof,
): PayoutEvent {
  const { batchNo, version, finding } = transition
  const { serial, amountFen } = state.line
  const report = (name: PayoutEvent['name']) => reportId(eventType(name), partner, payoutId, proof.evidence.source)
  const head = {
    payoutId,
    partner,
    version,
    evidence: proof.evidence,
    occurredAt: proof.occurredAt,
    seenAt: proof.seenAt,
    batchNo,
    serial,
    standing: standingOf(state, version),
  }
  switch (finding.event) {
    case 'accepted':
      return { name: 'payout.PayoutAccepted', value: { ...head, eventId: report('payout.PayoutAccepted'), amountFen } }
    case 'succeeded': {
      const { alipaySerial, completedAt } = finding
      const eventId = outcomeId('payout.succeeded', partner, payoutId)
      return {
        name: 'payout.PayoutSucceeded',
        value: { ...head, eventId, occurredAt: completedAt ?? proof.occurredAt, amountFen, alipaySerial, completedAt },
      }
    }
    case 'failed': {
      const { reason, explanation } = finding
      return {
        name: 'payout.PayoutFailed',
        value: {
          ...head,
          eventId: outcomeId('payout.failed', partner, payoutId),
          reason,
          explanation,
          contentHash: null,
        },
      }
    }
    case 'unresolved': {
      const { reason, explanation } = finding
      return {
        name: 'payout.PayoutUnresolved',
        value: {
          ...head,
          eventId: report('payout.PayoutUnresolved'),
          reason,
          explanation,
          lastWord: finding.final === true,
        },
      }
    }
    case 'overdue':
      return {
        name: 'payout.PayoutOverdue',
        value: {
          ...head,
          eventId: report('payout.PayoutOverdue'),
          dueAt: finding.dueAt,
          reason: finding.reason ?? null,
          explanation: finding.explanation ?? null,
        },
      }
    case 'resubmitted': {
      const { batchNo: second, previousBatchNo, decidedBy, reason } = finding
      const eventId = report('payout.PayoutResubmitted')
      return {
        name: 'payout.PayoutResubmitted',
        value: { ...head, eventId, batchNo: second, previousBatchNo, decidedBy, reason },
      }
    }
    case 'returned': {
      const { event: _, ...said } = finding
      return { name: 'payout.PayoutReturned', value: { ...head, eventId: report('payout.PayoutReturned'), ...said } }
    }
    case 'mismatched':
      return {
        name: 'payout.PayoutMismatched',
        value: { ...head, eventId: report('payout.PayoutMismatched'), ...mismatchOf(finding) },
      }
  }
}

/** A mismatch that is about none of our payouts: an unknown batch or serial, a line that can't be read. */
export function strayMismatch(
  partner: string,
  batchNo: string,
  serial: string | null,
  finding: Extract<Finding, { event: 'mismatched' }>,
  proof: Proof,
): PayoutEvent {
  const subject = `${batchNo}/${serial ?? finding.reported ?? ''}`
  return {
    name: 'payout.PayoutMismatched',
    value: {
      eventId: reportId(eventType('payout.PayoutMismatched'), partner, subject, proof.evidence.source),
      payoutId: null,
      partner,
      version: null,
      occurredAt: proof.occurredAt,
      seenAt: proof.seenAt,
      evidence: proof.evidence,
      batchNo,
      serial: serial && serialUnlessPersonal(serial),
      ...mismatchOf(finding),
      standing: null,
    },
  }
}

function mismatchOf({ mismatch, expected, reported, money }: Extract<Finding, { event: 'mismatched' }>) {
  const { moved = null, amountFen = null, alipaySerial = null } = money ?? {}
  return { mismatch, expected, reported, moneyMoved: moved, amountFen, alipaySerial }
}
