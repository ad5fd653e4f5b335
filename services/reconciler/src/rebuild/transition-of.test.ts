import { describe, expect, it } from 'vitest'
import type { Finding } from '../payout-state/finding.ts'
import { type PayoutLine, signedPayout, type Transition, withBatch } from '../payout-state/payout-state.ts'
import { apply } from '../payout-state/transitions.ts'
import { withTransition } from './transition-of.ts'

const accepted: Finding = { event: 'accepted' }
const overdue: Finding = { event: 'overdue', dueAt: 1 }
const succeeded: Finding = { event: 'succeeded', alipaySerial: 'a', completedAt: 1 }
const mismatched: Finding = { event: 'mismatched', mismatch: 'other-amount', expected: null, reported: null }
const signed = signedPayout('b1', {} as PayoutLine)

function transition(cause: string, version: number, finding: Finding): Transition {
  return { cause, version, batchNo: 'b1', finding, mismatches: [] }
}

describe('a transition that the log has and Redis may have lost (S7.3)', () => {
  it('is put in its place where Redis still has later ones, and changes nothing of what came after it', () => {
    const ahead = apply(apply(signed, 'a', 'b1', overdue).state, 'b', 'b1', accepted).state
    const without = { ...ahead, transitions: ahead.transitions.slice(1) }
    expect(withTransition(without, transition('a', 1, overdue))).toEqual(ahead)
  })

  it('an outcome stays one, wherever it stood', () => {
    const later = withTransition(signed, transition('m', 3, mismatched))
    expect(withTransition(later, transition('s', 2, succeeded))).toMatchObject({ status: 'succeeded', version: 3 })
    const paid = withTransition(signed, transition('s', 1, succeeded))
    expect(withTransition(paid, transition('m', 2, mismatched))).toMatchObject({ status: 'succeeded', version: 2 })
  })

  it('one that Redis has already changes nothing', () => {
    const { state } = apply(signed, 'a', 'b1', overdue)
    expect(withTransition(state, transition('a', 1, overdue))).toBe(state)
  })

  it('one that was said again with a later version stands once, with that version', () => {
    const { state } = apply(signed, 'a', 'b1', mismatched)
    const { transitions, version } = withTransition(state, transition('a', 4, mismatched))
    expect([transitions.map((one) => one.version), version]).toEqual([[4], 4])
  })

  it('a second batch number is known again', () => {
    const finding = { event: 'resubmitted', batchNo: 'b2', previousBatchNo: 'b1', decidedBy: 'x', reason: 'y' } as const
    expect(withTransition(signed, transition('d', 1, finding)).batchNos).toEqual(['b1', 'b2'])
  })

  it('one that was never signed stands before the number that came after it: a person decides about the last one', () => {
    const again = (batchNo: string, previousBatchNo: string) =>
      ({ event: 'resubmitted', batchNo, previousBatchNo, decidedBy: 'x', reason: 'y' }) as const
    const requested = withBatch(signed, 'b3')
    const first = withTransition(requested, transition('d', 1, again('b2', 'b1')))
    expect(first.batchNos).toEqual(['b1', 'b2', 'b3'])
    expect(withTransition(first, transition('e', 3, again('b3', 'b2'))).batchNos).toEqual(['b1', 'b2', 'b3'])
  })
})
