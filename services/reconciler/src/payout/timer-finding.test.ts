import { describe, expect, it } from 'vitest'
import type { Status } from '../payout-state/finding.ts'
import { timerFinding } from './timer-finding.ts'

function eventFor(status: Status, changes: { signing?: number; last?: string } = {}): string | undefined {
  const due = { batchNo: 'b1', signing: 1, dueAt: 5 }
  const { signing = 1, last = 'b1' } = changes
  return timerFinding(due, { signing }, { status, batchNos: ['b0', last], transitions: [] })?.event
}

const open = ['signed', 'accepted', 'unresolved', 'overdue', 'resubmitted'] as const

describe('a timer', () => {
  it.each(open)('of the last signing: overdue, whatever came in between (%s)', (status) => {
    expect(eventFor(status)).toBe('overdue')
  })

  it('signed again since, and nothing was ever heard: it waits unsent', () => {
    expect(eventFor('signed', { signing: 2 })).toBe('unresolved')
  })

  it.each(open.filter((status) => status !== 'signed'))(
    'signed again since, and %s: the later timer tells',
    (status) => {
      expect(eventFor(status, { signing: 2 })).toBeUndefined()
    },
  )

  it.each(open)('of an earlier batch number: nothing (%s)', (status) => {
    expect(eventFor(status, { last: 'b2' })).toBeUndefined()
  })
})
