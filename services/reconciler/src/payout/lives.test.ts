/** How long payouts and batch numbers are remembered (S2.7): their claims, and what the reconciler knows of them. */
import type { GatewayToSign } from '@payout/schemas/generated/records'
import { beforeEach, describe, expect, it } from 'vitest'
import { giveRows } from '../testing/lane-records.ts'
import { giveNotSigned } from '../testing/not-signed-records.ts'
import { BATCH, HOUR, NOON, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { returnRow } from '../testing/return-fixture.ts'

const DAY = 24 * HOUR
let bench: ReconcilerBench

/** What signer and egress claim. */
async function claim(kind: 'payout' | 'batch', ...ids: readonly string[]): Promise<void> {
  const coordinates = { topic: 'payout.commands', partition: 0, offset: 0, line: 0, timestamp: NOON } as const
  await bench.stateStore.claims.claim(
    kind,
    'signer',
    ids.map((id) => ({ key: `acme/${id}`, contentHash: 'hash', coordinates })),
  )
}

/** When each claim, state and name ends, in days from noon; undefined: never. */
function ends(): Record<string, number | undefined> {
  const { held, values, holders, ends } = bench.stateStore
  const days = (end: number | undefined) => (end === undefined ? undefined : (end - NOON) / DAY)
  return Object.fromEntries([
    ...[...held.keys()].map((key) => [`claim of ${key}`, days(ends.held.get(key))]),
    ...[...values.keys()].map((key) => [`state of ${key}`, days(ends.values.get(key))]),
    ...[...holders.keys()].map((name) => [`name ${name}`, days(ends.holders.get(name))]),
  ])
}

/** Claims, names and states of these payouts and batches, all ending at one time. */
function all(days: number | undefined, payouts: readonly string[], batches: readonly string[] = [BATCH]) {
  const keys = [
    ...payouts.map((id) => `claim of payout/acme/${id}`),
    ...payouts.map((id) => `name acme/${id}`),
    ...batches.flatMap((id) => [`claim of batch/acme/${id}`, `state of acme/${id}`]),
  ]
  return Object.fromEntries(keys.map((key) => [key, days]))
}

async function later(days: number): Promise<void> {
  bench.stateStore.now = NOON + days * DAY
  bench.clock.at = bench.stateStore.now
  await bench.run()
}

/** p1 is sent again, and its second batch is claimed; p2 is paid. */
async function sentAgain(): Promise<GatewayToSign> {
  bench.answer('unknown', { code: 'PAY_DATE_PASSED', final: true })
  bench.notify([{ serial: 'p2' }])
  await later(40)
  bench.decide('again')
  await later(41)
  const [second] = bench.toSign
  if (!second) throw new RangeError('it is not sent again')
  await claim('batch', second.batchNo)
  return second
}

beforeEach(async () => {
  bench = new ReconcilerBench()
  bench.stateStore.now = NOON
  await claim('payout', 'p1', 'p2')
  await claim('batch', BATCH)
  bench.request(['p1', 'p2'])
  await bench.run()
})

describe('what is open is remembered, however long it takes', () => {
  const give: Record<string, () => void> = {
    'what waits to be sent': () => undefined,
    'what was accepted': () => bench.answer('accepted'),
    'what is unresolved': () => bench.answer('unknown'),
    'what is unresolved, and its last word is said': () =>
      bench.answer('unknown', { code: 'PAY_DATE_PASSED', final: true }),
    'what is mismatched': () =>
      bench.notify([{ account: 'li@example.com' }, { serial: 'p2', account: 'li@example.com' }]),
    'what came back before its notify': () => giveRows(bench, [returnRow('w1')]),
    'what was signed again': () => bench.request(['p1', 'p2'], { signing: 2, payDate: '20261122' }),
  }

  it.each(Object.keys(give))('%s', async (what) => {
    give[what]?.()
    for (const days of [0, 2, 31, 400]) {
      await later(days)
      const { 'claim of return/acme/w1': _never, ...rest } = Object.fromEntries(
        Object.entries(ends()).filter(([key]) => !key.includes('notify')),
      )
      expect(rest).toEqual(all(undefined, ['p1', 'p2']))
    }
    expect(bench.state()?.status).not.toBe('signed')
    bench.notify([{}, { serial: 'p2' }])
    await later(401)
    expect(bench.state('p1')?.status).toBe('succeeded')
    expect(ends()).toMatchObject(all(431, ['p1', 'p2']))
  })
})

describe('what has its outcome ends 30 days after it', () => {
  it.each(['answer', 'notify'] as const)('by %s', async (evidence) => {
    if (evidence === 'answer') bench.answer('refused')
    else bench.notify([{}, { serial: 'p2', result: 'F', reason: 'X' }])
    await later(3)
    expect(ends()).toMatchObject(all(33, ['p1', 'p2']))
    await later(33)
    bench.notify([{}])
    await later(34)
    expect(bench.stateStore.held.has('payout/acme/p1')).toBe(false)
    expect(bench.said('p1')).toHaveLength(1)
    expect(bench.events.at(-1)?.value).toMatchObject({ mismatch: 'unknown-batch' })
  })

  it('by what the signer says of a batch that it can not sign again', async () => {
    bench.notify([{}])
    await later(2)
    giveNotSigned(bench, ['p2'])
    await later(40)
    expect(bench.state('p2')?.status).toBe('failed')
    expect(ends()).toMatchObject(all(70, ['p1', 'p2']))
  })

  it('a batch as a whole: with the last of its payouts', async () => {
    bench.notify([{}])
    await later(2)
    expect(bench.state('p1')?.status).toBe('succeeded')
    expect(ends()).toMatchObject(all(undefined, ['p1', 'p2']))
    bench.notify([{ serial: 'p2' }])
    await later(100)
    expect(ends()).toMatchObject(all(130, ['p1', 'p2']))
  })

  it.each(['succeeded', 'failed'] as const)('by the decision of a person: %s', async (decision) => {
    bench.answer('unknown', { code: 'PAY_DATE_PASSED', final: true })
    bench.notify([{}])
    await later(40)
    bench.decide(decision, { payoutId: 'p2', serial: 'p2' })
    await later(41)
    expect(bench.state('p2')?.status).toBe(decision)
    expect(ends()).toMatchObject(all(71, ['p1', 'p2']))
  })

  it('with its second batch, and the first one with it', async () => {
    const second = await sentAgain()
    bench.request([], { batchNo: second.batchNo, lines: second.lines, payDate: second.notBefore, resubmission: true })
    await later(80)
    expect(ends()).toMatchObject(all(undefined, ['p1', 'p2'], [BATCH, second.batchNo]))
    bench.notify([{}], { batchNo: second.batchNo })
    await later(90)
    expect(ends()).toMatchObject(all(120, ['p1', 'p2'], [BATCH, second.batchNo]))
  })

  it('with a second batch whose request is read late: also where a crash came between the writes of the two', async () => {
    const second = await sentAgain()
    bench.notify([{}])
    await later(42)
    bench.request([], { batchNo: second.batchNo, lines: second.lines, payDate: second.notBefore, resubmission: true })
    const { states } = bench.stateStore
    const { swap } = states
    states.swap = async (changes) => {
      await swap(changes.slice(0, 1))
      throw new Error('crash')
    }
    await expect(later(60)).rejects.toThrow('crash')
    states.swap = swap
    await later(60)
    expect(ends()).toMatchObject(all(90, ['p1', 'p2'], [BATCH, second.batchNo]))
  })

  it('or after what came later: all of it lives on equally long', async () => {
    bench.notify([{}, { serial: 'p2' }])
    await later(1)
    bench.notify([{ result: 'F', reason: 'X' }])
    await later(20)
    expect(bench.said('p1')).toEqual(['1 succeeded', '2 mismatched other-outcome'])
    expect(ends()).toMatchObject(all(50, ['p1', 'p2']))
  })

  it('where the commit fails after the states were written, once more with the record', async () => {
    bench.notify([{}, { serial: 'p2' }])
    bench.lane.beforeCommit = () => {
      throw new Error('crash')
    }
    await expect(later(1)).rejects.toThrow('crash')
    bench.lane.beforeCommit = () => undefined
    await later(25)
    expect(bench.said('p1')).toEqual(['1 succeeded'])
    expect(ends()).toMatchObject(all(55, ['p1', 'p2']))
  })
})
