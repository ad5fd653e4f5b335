import { describe, expect, it } from 'vitest'
import { eventOf, type Proof, strayMismatch } from './event-of.ts'
import type { Finding } from './finding.ts'
import { type PayoutLine, signedPayout, type Transition } from './payout-state.ts'

const state = signedPayout('b1', { serial: 's1', amountFen: 1_234 } as PayoutLine)

function proof(offset: number, topic = 'gateway.notifies'): Proof {
  const source = { topic, partition: 1, offset, line: 0, timestamp: 7 }
  return { evidence: { kind: 'notify', id: 'n', source }, occurredAt: 5, seenAt: 6 }
}

function id(finding: Finding, version: number, by: Proof, payoutId = 'p1', partner = 'acme'): string {
  const transition: Transition = { cause: 'c', version, batchNo: 'b1', finding }
  return eventOf(partner, payoutId, state, transition, by).value.eventId
}

const accepted: Finding = { event: 'accepted' }
const succeeded: Finding = { event: 'succeeded', alipaySerial: 'a', completedAt: 3 }
const mismatched = { event: 'mismatched', mismatch: 'unknown-serial', expected: null, reported: 'x' } as const

describe('ids of events', () => {
  // They stand in the topics of whoever runs this: another derivation would give old events new ids. Computed with
  // Python's hashlib and json.
  it('never change', () => {
    expect([id(accepted, 1, proof(1)), id(succeeded, 2, proof(1))]).toEqual([
      'WkjJ5Eue7ChAL4WrKfno3Jx8b9cQ6L2N',
      'gbWEk4zvzFcOsSpBNQ89YwmfwHM7Z5Wr',
    ])
  })

  it('a report: the same cause has the same id, with whatever version; another cause another', () => {
    expect(id(accepted, 1, proof(1))).toBe(id(accepted, 4, proof(1)))
    expect(id(accepted, 1, proof(1))).not.toBe(id(accepted, 1, proof(2)))
    expect(id(accepted, 1, proof(1))).not.toBe(id(accepted, 1, proof(1, 'gateway.answers')))
  })

  it('an outcome: the same whatever proves it, and another for another payout or partner', () => {
    expect(id(succeeded, 1, proof(1))).toBe(id(succeeded, 5, proof(2)))
    expect(id(succeeded, 1, proof(1))).not.toBe(id(succeeded, 1, proof(1), 'p2'))
    expect(id(succeeded, 1, proof(1))).not.toBe(id(succeeded, 1, proof(1), 'p1', 'other'))
  })

  it('of one notify, each line that belongs to none of ours has its own', () => {
    const stray = (serial: string | null, reported: string) =>
      strayMismatch('acme', 'b', serial, { ...mismatched, reported }, proof(1)).value.eventId
    expect(new Set([stray('x', 'x'), stray('y', 'y'), stray(null, 'line 1'), stray(null, 'line 2')]).size).toBe(4)
  })
})

describe('what events carry', () => {
  it("when it happened: Alipay's own time where there is one", () => {
    const at = (finding: Finding) =>
      eventOf('acme', 'p1', state, { cause: 'c', version: 1, batchNo: 'b1', finding }, proof(1)).value
    expect(at(succeeded)).toMatchObject({ occurredAt: 3, seenAt: 6, serial: 's1', batchNo: 'b1', amountFen: 1_234 })
    expect(at({ ...succeeded, completedAt: null })).toMatchObject({ occurredAt: 5, completedAt: null })
    expect(at({ event: 'overdue', dueAt: 9 })).toMatchObject({ dueAt: 9, occurredAt: 5 })
  })

  it('a resubmission names the second batch number, and the one before', () => {
    const finding: Finding = { event: 'resubmitted', batchNo: 'b2', previousBatchNo: 'b1', decidedBy: 'x', reason: 'y' }
    const { value } = eventOf('acme', 'p1', state, { cause: 'c', version: 1, batchNo: 'b1', finding }, proof(1))
    expect(value).toMatchObject({ batchNo: 'b2', previousBatchNo: 'b1', decidedBy: 'x' })
  })
})
