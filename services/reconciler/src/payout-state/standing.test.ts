import type { PayoutStanding } from '@payout/schemas/generated/records'
import { describe, expect, it } from 'vitest'
import { giveRows } from '../testing/lane-records.ts'
import { HOUR, NOON, OTHER_BATCH, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { returnRow } from '../testing/return-fixture.ts'

const DAY = 24 * HOUR
const OTHER_AMOUNT = { amount: 1_235 as never }

/** How each event says that the payout stands: `accepted closed other-amount`. */
function standings(bench: ReconcilerBench, payoutId = 'p1'): string[] {
  return bench.events.flatMap(({ value }) => (value.payoutId === payoutId ? [words(value.standing)] : []))
}

function words(standing: PayoutStanding | null): string {
  if (!standing) return 'says nothing of it'
  const { status, final, closed, mismatches, returned } = standing
  const marks = [status, final && 'final', closed && !final && 'closed', returned && 'returned', ...mismatches]
  return marks.filter((mark) => mark !== false).join(' ')
}

async function benchAt(...steps: ((bench: ReconcilerBench) => void)[]): Promise<ReconcilerBench> {
  const bench = new ReconcilerBench()
  bench.request(['p1'])
  for (const step of steps) {
    step(bench)
    await bench.run()
  }
  return bench
}

describe('each event says how the payout stands', () => {
  it('from the first attempt to the outcome', async () => {
    const bench = await benchAt(
      (b) => b.answer('unknown'),
      (b) => b.answer('accepted', { attempt: 2 }),
      (b) => b.notify([{}]),
    )
    expect(standings(bench)).toEqual(['unresolved', 'accepted closed', 'succeeded final'])
  })

  it('a mismatch is in each later event: none that is weaker loses it', async () => {
    const bench = await benchAt(
      (b) => b.notify([OTHER_AMOUNT]),
      (b) => b.answer('accepted'),
      (b) => {
        b.clock.at += 25 * HOUR
      },
      (b) => b.notify([{ account: 'li@example.com' }]),
      (b) => b.notify([{}]),
    )
    expect(bench.said()).toEqual(['1 mismatched other-amount', '2 accepted', '3 overdue', '4 mismatched other-account', '5 succeeded']) // biome-ignore format: a list
    expect(standings(bench)).toEqual([
      'signed other-amount',
      'accepted closed other-amount',
      'overdue closed other-amount',
      'overdue closed other-amount other-account',
      'succeeded final other-amount other-account',
    ])
  })

  it('one that comes after the outcome leaves the outcome as it is', async () => {
    const bench = await benchAt(
      (b) => b.notify([{}]),
      (b) => b.notify([{ result: 'F', reason: 'X' }]),
    )
    expect(standings(bench)).toEqual(['succeeded final', 'succeeded final other-outcome'])
  })

  it("a person's decision settles what came before it, and what comes later stands again", async () => {
    const bench = await benchAt(
      (b) => b.answer('unknown', { final: true, code: 'PAY_DATE_PASSED' }),
      (b) => b.notify([OTHER_AMOUNT]),
      (b) => {
        b.clock.at = NOON + DAY
        b.decide('again')
      },
      (b) => b.notify([{ account: 'li@example.com' }]),
    )
    expect(standings(bench)).toEqual([
      'unresolved closed',
      'unresolved closed other-amount',
      'resubmitted',
      'resubmitted other-account',
    ])
  })

  it('that an earlier batch number failed stands until the last one has told', async () => {
    const bench = await benchAt(
      (b) => b.answer('unknown', { final: true, code: 'PAY_DATE_PASSED' }),
      (b) => {
        b.clock.at = NOON + DAY
        b.decide('again')
      },
      (b) => b.notify([{ result: 'F', reason: 'RECEIVE_USER_NOT_EXIST' }]),
    )
    const batchNo = bench.toSign[0]?.batchNo ?? ''
    bench.request(['p1'], { batchNo, resubmission: true, payDate: '20261122', signedAt: NOON + DAY })
    bench.answer('accepted', { batchNo, resubmission: true })
    bench.notify([{}], { batchNo })
    await bench.run()
    expect(standings(bench)).toEqual([
      'unresolved closed',
      'resubmitted',
      'resubmitted earlier-batch',
      'accepted closed earlier-batch',
      'succeeded final',
    ])
  })

  it('what a bank has sent back stays that, whatever is reported later', async () => {
    const bench = await benchAt(
      (b) => giveRows(b, [returnRow('w1')]),
      (b) => {
        b.clock.at += 25 * HOUR
      },
    )
    expect(standings(bench)).toEqual(['signed returned', 'overdue returned'])
  })

  it('a decision that is refused says how the payout stands that it leaves alone', async () => {
    const bench = await benchAt(
      (b) => b.answer('unknown'),
      (b) => b.notify([OTHER_AMOUNT]),
      (b) => b.decide('failed'),
      (b) => b.decide('failed', { payoutId: 'nobody' }),
    )
    expect(standings(bench).at(-1)).toBe('unresolved other-amount')
    expect(standings(bench, 'nobody')).toEqual(['says nothing of it'])
  })

  it('what is about none of our payouts says nothing of any', async () => {
    const bench = await benchAt(
      (b) => b.notify([{ serial: 'nobody' }]),
      (b) => giveRows(b, [returnRow('w1', { serial: 'nobody' })]),
    )
    expect(bench.events.map(({ value }) => [value.payoutId, value.standing])).toEqual([
      [null, null],
      [null, null],
    ])
  })

  it.each(['failed', 'again'] as const)(
    'what came between %s and its repetition after a crash is not settled by it',
    async (decision) => {
      const bench = await benchAt((b) => b.answer('unknown', { final: true, code: 'PAY_DATE_PASSED' }))
      bench.clock.at = NOON + DAY
      bench.decide(decision)
      bench.lane.beforeCommit = () => {
        throw new Error('the process ends')
      }
      await expect(bench.run()).rejects.toThrow('the process ends')
      bench.lane.beforeCommit = () => undefined
      bench.notify([OTHER_AMOUNT])
      await bench.run()
      const status = decision === 'failed' ? 'failed final' : 'resubmitted'
      expect(standings(bench)).toEqual(['unresolved closed', `${status} other-amount`, `${status} other-amount`])
    },
  )

  it('of another batch and its payouts nothing is said', async () => {
    const bench = await benchAt(
      (b) => b.request(['p2'], { batchNo: OTHER_BATCH }),
      (b) => b.notify([OTHER_AMOUNT]),
      (b) => b.answer('accepted', { batchNo: OTHER_BATCH }),
    )
    expect(standings(bench, 'p2')).toEqual(['accepted closed'])
  })
})
