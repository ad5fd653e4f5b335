import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { LINE } from '../testing/payout-line.ts'
import { causeOf } from './cause.ts'
import { type Finding, isOutcome, isSide, OUTCOMES, REPORTS, type Status } from './finding.ts'
import { type PayoutState, signedPayout } from './payout-state.ts'
import { apply } from './transitions.ts'

const findings = {
  accepted: { event: 'accepted' },
  unresolved: { event: 'unresolved', reason: 'R', explanation: 'e' },
  overdue: { event: 'overdue', dueAt: 1 },
  resubmitted: { event: 'resubmitted', batchNo: 'b2', previousBatchNo: 'b1', decidedBy: 'x', reason: 'y' },
  succeeded: { event: 'succeeded', alipaySerial: 'a1', completedAt: 1 },
  failed: { event: 'failed', reason: 'R', explanation: 'e' },
  returned: {
    event: 'returned',
    withdrawalSerial: 'w',
    amountFen: 1,
    returnedAt: 1,
    reason: 'r',
    fileDate: '20261120',
    fileHash: 'h',
  },
  mismatched: { event: 'mismatched', mismatch: 'other-amount', expected: '1', reported: '2' },
} as const satisfies Record<Finding['event'], Finding>

/** A payout in each status, as evidence brings it there. */
function inStatus(status: Status): PayoutState {
  const signed = signedPayout('b1', LINE)
  if (status === 'signed') return signed
  return apply(signed, 'first', 'b1', findings[status]).state
}

/** Of each status, what each finding makes of it: the event, or none. S8 and docs/architecture.md. */
const table: Record<Status, Record<Finding['event'], Finding['event'] | 'nothing'>> = {
  signed: { accepted: 'accepted', unresolved: 'unresolved', overdue: 'overdue', resubmitted: 'resubmitted', succeeded: 'succeeded', failed: 'failed', returned: 'returned', mismatched: 'mismatched' },
  accepted: { accepted: 'nothing', unresolved: 'nothing', overdue: 'overdue', resubmitted: 'resubmitted', succeeded: 'succeeded', failed: 'failed', returned: 'returned', mismatched: 'mismatched' },
  unresolved: { accepted: 'accepted', unresolved: 'nothing', overdue: 'overdue', resubmitted: 'resubmitted', succeeded: 'succeeded', failed: 'failed', returned: 'returned', mismatched: 'mismatched' },
  overdue: { accepted: 'accepted', unresolved: 'unresolved', overdue: 'nothing', resubmitted: 'resubmitted', succeeded: 'succeeded', failed: 'failed', returned: 'returned', mismatched: 'mismatched' },
  resubmitted: { accepted: 'accepted', unresolved: 'unresolved', overdue: 'overdue', resubmitted: 'resubmitted', succeeded: 'succeeded', failed: 'failed', returned: 'returned', mismatched: 'mismatched' },
  succeeded: { accepted: 'nothing', unresolved: 'nothing', overdue: 'nothing', resubmitted: 'nothing', succeeded: 'nothing', failed: 'mismatched', returned: 'returned', mismatched: 'mismatched' },
  failed: { accepted: 'nothing', unresolved: 'nothing', overdue: 'nothing', resubmitted: 'nothing', succeeded: 'mismatched', failed: 'nothing', returned: 'mismatched', mismatched: 'mismatched' },
} // biome-ignore format: a table

const statuses = Object.keys(table) as Status[]
const events = Object.keys(findings) as Finding['event'][]

describe('every status and every finding', () => {
  it.each(statuses.flatMap((status) => events.map((event) => [status, event, table[status][event]] as const)))(
    '%s, and %s comes: %s',
    (status, event, expected) => {
      const before = inStatus(status)
      const last = before.batchNos.at(-1) ?? ''
      const { state, emitted } = apply(before, 'next', last, findings[event])
      expect(emitted.map(({ finding }) => finding.event)).toEqual(expected === 'nothing' ? [] : [expected])
      if (expected === 'nothing') expect(state).toBe(before)
      else expect(state.version).toBe(before.version + 1)
      expect(state.status).toBe(expected === 'nothing' || isSide(expected) ? status : expected)
    },
  )

  it('the table in the comment says the same', () => {
    const text = readFileSync(new URL('./payout-state.ts', import.meta.url), 'utf8')
    const rows = new Map(
      [...text.matchAll(/^ \* {5}(\w+) {2,}.*? {2,}(\S.*)$/gm)].map(([, status = '', out = '']) => [status, out]),
    )
    for (const status of statuses) {
      const out = rows.get(status) ?? ''
      const wanted = new Set(
        events.filter((event) => !isSide(event) && table[status][event] === event && status !== event),
      )
      const written = new Set(
        out === 'everything'
          ? wanted
          : out.startsWith('none')
            ? []
            : out.split(', ').flatMap((word) => (word === 'outcome' ? OUTCOMES : [word])),
      )
      // A person sends again only what is unresolved or overdue: decisionVerdict refuses the rest before it comes here.
      for (const set of [wanted, written])
        if (status !== 'unresolved' && status !== 'overdue') (set as Set<string>).delete('resubmitted')
      expect([status, [...written].sort()]).toEqual([status, [...wanted].sort()])
    }
    expect([...REPORTS, ...OUTCOMES, 'signed'].sort()).toEqual(statuses.toSorted())
  })
})

describe("the outcome's own guard (S8)", () => {
  it('failed for an earlier batch number is a mismatch: a second one is on its way', () => {
    const again = inStatus('resubmitted')
    expect(again.batchNos).toEqual(['b1', 'b2'])
    expect(apply(again, 'next', 'b1', findings.failed).emitted[0]?.finding).toMatchObject({
      mismatch: 'earlier-batch',
      expected: 'b2',
    })
    expect(apply(again, 'next', 'b1', findings.succeeded).state.status).toBe('succeeded')
    expect(apply(again, 'next', 'b2', findings.failed).state.status).toBe('failed')
  })

  it('what a bank has sent back is not sent again, whoever decides it', () => {
    const returned = apply(inStatus('unresolved'), 'later', 'b1', findings.returned).state
    expect(apply(returned, 'next', 'b1', findings.resubmitted)).toEqual({ state: returned, emitted: [] })
  })

  it("a success under another serial of Alipay's is a second transfer, and reported", () => {
    const paid = inStatus('succeeded')
    expect(apply(paid, 'next', 'b1', { ...findings.succeeded, alipaySerial: 'a2' }).emitted[0]?.finding).toMatchObject({
      mismatch: 'other-alipay-serial',
      expected: 'a1',
      reported: 'a2',
    })
    expect(apply(paid, 'next', 'b1', { ...findings.succeeded, alipaySerial: null }).emitted).toEqual([])
  })
})

describe('a record that comes again (S6.2, S6.3)', () => {
  it.each(events)('%s, not overtaken: the same again, version and all', (event) => {
    const first = apply(signedPayout('b1', LINE), 'it', 'b1', findings[event])
    expect(apply(first.state, 'it', 'b1', { event: 'accepted' })).toEqual(first)
  })

  it.each([
    ['accepted', [], 'overdue'],
    ['unresolved', [], 'overdue'],
    ['overdue', [], 'accepted'],
    ['succeeded', ['3 succeeded'], 'failed'],
    ['failed', ['3 failed'], 'succeeded'],
    ['mismatched', ['3 mismatched'], 'accepted'],
    ['returned', ['3 returned'], 'succeeded'],
    ['resubmitted', ['3 resubmitted'], 'overdue'],
  ] as const)('%s, overtaken by news: %j', (event, expected, later) => {
    const first = apply(signedPayout('b1', LINE), 'it', 'b1', findings[event]).state
    const second = apply(first, 'later', first.batchNos.at(-1) ?? '', findings[later]).state
    expect(second.version).toBe(2)
    const { emitted, state } = apply(second, 'it', 'b1', findings[event])
    expect(emitted.map(({ version, finding }) => `${version} ${finding.event}`)).toEqual(expected)
    expect(state.version).toBe(2 + expected.length)
    // Once more: what was renewed is now the last.
    expect(apply(state, 'it', 'b1', findings[event]).emitted).toEqual(emitted)
  })

  it.each(
    (['accepted', 'unresolved', 'overdue'] as const).flatMap((event) => [
      [event, 'mismatched'] as const,
      [event, 'returned'] as const,
    ]),
  )('%s, overtaken by %s alone: with the next version, or nobody would hear it', (event, side) => {
    const first = apply(signedPayout('b1', LINE), 'it', 'b1', findings[event]).state
    const second = apply(first, 'later', 'b1', findings[side]).state
    const { emitted, state } = apply(second, 'it', 'b1', findings[event])
    expect(emitted.map(({ version, finding }) => `${version} ${finding.event}`)).toEqual([`3 ${event}`])
    expect(state.status).toBe(event)
  })

  it('"again" after an outcome is dropped, and its request with it', () => {
    const again = inStatus('resubmitted')
    const paid = apply(again, 'later', 'b1', findings.succeeded).state
    expect(apply(paid, 'first', 'b1', findings.resubmitted)).toEqual({ state: paid, emitted: [] })
  })

  it('"again" that was overtaken is how the payout stands, since its event is the last', () => {
    const overdue = apply(inStatus('resubmitted'), 'later', 'b2', findings.overdue).state
    expect(apply(overdue, 'first', 'b1', findings.resubmitted).state.status).toBe('resubmitted')
  })

  it('rows of one record are never taken for each other', () => {
    const source = { topic: 't', partition: 1, offset: 2 }
    expect(new Set([0, 1, 2].map((row) => causeOf({ ...source, line: row }))).size).toBe(3)
    expect(causeOf({ ...source, line: 0 })).toBe(causeOf(source))
  })

  it('records of two lanes are never taken for each other', () => {
    expect(causeOf({ topic: 't', partition: 1, offset: 2 })).not.toBe(causeOf({ topic: 't', partition: 2, offset: 2 }))
  })

  it('outcomes are these two', () => {
    expect(events.filter(isOutcome)).toEqual(['succeeded', 'failed'])
  })
})
