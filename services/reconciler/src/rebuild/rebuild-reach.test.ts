/**
 * How far back a rebuild of everything reaches (S2.7, S7.3): however long ago it was asked for, what is open is known
 * again.
 */
import { describe, expect, it } from 'vitest'
import { parseBatch } from '../known-batches/batch-form.ts'
import { batchKey } from '../known-batches/state-keys.ts'
import { giveNotSigned } from '../testing/not-signed-records.ts'
import { parsed, rebuilt } from '../testing/rebuild-bench.ts'
import { BATCH, HOUR, NOON, ReconcilerBench } from '../testing/reconciler-bench.ts'

const DAY = 24 * HOUR
/** Another batch number of the same day and lane. */
const batchNo = (n: number) => `20261121001${n.toString(36).padStart(21, 'x')}`

async function at(bench: ReconcilerBench, days: number): Promise<void> {
  bench.lane.now = NOON + days * DAY
  bench.clock.at = bench.lane.now
  bench.stateStore.now = bench.lane.now
  await bench.run()
}

const open: Record<string, (bench: ReconcilerBench) => void> = {
  'nothing was ever said of it': () => undefined,
  accepted: (bench) => bench.answer('accepted'),
  unresolved: (bench) => bench.answer('unknown', { final: true }),
  'only mismatched': (bench) => bench.notify([{ account: 'li@example.com' }]),
}

describe.each(['and nobody worked since', 'and time went on'] as const)(
  'a payout that is open after 100 days, %s',
  (since) => {
    it.each(Object.keys(open))('is known again as it was, with its claims: %s', async (what) => {
      const bench = new ReconcilerBench()
      bench.request(['p1', 'p2'])
      open[what]?.(bench)
      bench.notify([{ serial: 'p2' }])
      await at(bench, 0.1)
      if (since === 'and time went on') for (const days of [1, 2, 40, 90]) await at(bench, days)
      bench.clock.at = NOON + 100 * DAY
      const { states, ends } = await rebuilt(bench)
      expect(parsed(states)).toEqual(parsed(bench.stateStore.values))
      expect(Object.fromEntries(ends.claims)).toMatchObject({
        'payout/acme/p1': false,
        'payout/acme/p2': false,
        [`batch/acme/${BATCH}`]: false,
      })
      expect([...ends.states.values()]).toEqual([false])
    })
  },
)

describe('what else is known again', () => {
  it.each(['p1', 'p2'])(
    'a payout that was sent again, with both its batches and its neighbour, where %s is open',
    async (open) => {
      const bench = new ReconcilerBench()
      bench.request(['p1', 'p2'])
      bench.answer('unknown', { final: true, code: 'PAY_DATE_PASSED' })
      await at(bench, 2)
      bench.decide('again')
      await at(bench, 50)
      const [second] = bench.toSign
      if (!second) throw new RangeError('it is not sent again')
      const { batchNo: secondNo, lines } = second
      bench.request([], { batchNo: secondNo, lines, resubmission: true, signedAt: bench.clock.at })
      if (open === 'p1') bench.notify([{ serial: 'p2' }])
      else bench.notify([{}], { batchNo: secondNo })
      for (const days of [50, 51.5, 90]) await at(bench, days)
      // Something is heard of the lane long after.
      bench.request(['p4'], { batchNo: batchNo(4), signedAt: NOON + 90 * DAY })
      for (const days of [90, 92]) await at(bench, days)
      bench.clock.at = NOON + 100 * DAY
      const { states, ends } = await rebuilt(bench)
      expect(parsed(states)).toEqual(parsed(bench.stateStore.values))
      expect(ends.claims.get(`batch/acme/${secondNo}`)).toBe(false)
    },
  )

  it('that a batch could not be signed again, where a payout of it is open; and nothing of one that is settled', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1', 'p2'])
    bench.answer('unknown')
    bench.notify([{ serial: 'p2' }])
    bench.request(['p3'], { batchNo: batchNo(3) })
    await at(bench, 0)
    giveNotSigned(bench, ['p1', 'p2'])
    giveNotSigned(bench, ['p3'], { batchNo: batchNo(3) })
    for (const days of [0.1, 2]) await at(bench, days)
    expect([bench.state('p1')?.status, bench.state('p3')?.status]).toEqual(['overdue', 'failed'])
    bench.request(['p4'], { batchNo: batchNo(4), signedAt: NOON + 60 * DAY })
    bench.notify([{ serial: 'p4' }], { batchNo: batchNo(4) })
    for (const days of [60, 62]) await at(bench, days)
    bench.clock.at = NOON + 100 * DAY
    const { states } = await rebuilt(bench)
    const batch = batchKey('acme', BATCH)
    expect([...states.keys()]).toEqual([batch])
    const known = parseBatch(batch, states.get(batch) ?? '')
    expect(known.batch).toMatchObject({ closed: true })
    expect([...known.payouts.keys()]).toEqual(['p1', 'p2'])
  })

  it('a request that the reconciler has not read, also where it went on processing what was due', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'], { signedAt: NOON + 79 * DAY })
    await at(bench, 0)
    bench.lane.visible = bench.lane.visible.filter((topic) => topic !== 'gateway.requests')
    bench.request(['p2'], { batchNo: batchNo(2) })
    for (const days of [2, 81]) await at(bench, days)
    expect(bench.said('p1')).toEqual(['1 overdue'])
    expect(bench.state('p2')).toBeUndefined()
    bench.clock.at = NOON + 150 * DAY
    const { ends } = await rebuilt(bench)
    expect(ends.claims.get('payout/acme/p2')).toBe(false)
    expect(ends.claims.get(`batch/acme/${batchNo(2)}`)).toBe(false)
  })

  it('a batch that is due, and whose timer the reconciler has not read', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    await at(bench, 0)
    bench.lane.visible = bench.lane.visible.filter((topic) => topic !== 'gateway.timers')
    await at(bench, 2)
    bench.request(['p2'], { batchNo: batchNo(2), signedAt: NOON + 80 * DAY })
    for (const days of [80, 82]) await at(bench, days)
    expect(bench.lane.records('gateway.timers')).toHaveLength(2)
    expect(bench.said('p1')).toEqual([])
    bench.clock.at = NOON + 150 * DAY
    const { ends } = await rebuilt(bench)
    expect(ends.claims.get('payout/acme/p1')).toBe(false)
  })

  it('nothing that had its outcome longer ago than claims live, where the reconciler went on since', async () => {
    const bench = new ReconcilerBench()
    for (const n of [1, 2, 3]) {
      bench.request([`p${n}`], { batchNo: batchNo(n), signedAt: NOON + n * HOUR })
      bench.answer('accepted', { batchNo: batchNo(n) })
      if (n !== 2) bench.notify([{ serial: `p${n}` }], { batchNo: batchNo(n) })
    }
    // A contradiction that comes after an outcome does not make it open again.
    await at(bench, 0)
    bench.notify([{ serial: 'p3', result: 'F', reason: 'X' }], { batchNo: batchNo(3) })
    await at(bench, 2)
    bench.request(['p4'], { batchNo: batchNo(4), signedAt: NOON + 60 * DAY })
    for (const days of [60, 62]) await at(bench, days)
    bench.clock.at = NOON + 100 * DAY
    const { states } = await rebuilt(bench)
    expect([...states.keys()].sort()).toEqual([2, 4].map((n) => batchKey('acme', batchNo(n))))
  })

  it('what had its outcome in the last 30 days, for as long as claims live', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1', 'p2'])
    bench.notify([{}, { serial: 'p2', result: 'F', reason: 'X' }])
    await at(bench, 0)
    bench.clock.at = NOON + 20 * DAY
    const { ends } = await rebuilt(bench)
    expect([...ends.claims.values(), ...ends.states.values()]).not.toContain(false)
    expect(ends.states.size).toBe(1)
  })
})
