import { describe, expect, it, vi } from 'vitest'
import { formatBatch } from './known-batches/batch-form.ts'
import { batchKey } from './known-batches/state-keys.ts'
import { causeOf } from './payout-state/cause.ts'
import { apply } from './payout-state/transitions.ts'
import { BATCH, HOUR, NOON, OTHER_BATCH, ReconcilerBench } from './testing/reconciler-bench.ts'
import { INPUTS } from './topology.ts'

const DAY = 24 * HOUR

describe('the usual way', () => {
  it('BTN-8: T is accepted and no outcome; the notify is', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.answer('accepted')
    await bench.run()
    expect(bench.said()).toEqual(['1 accepted'])
    bench.notify([{}])
    await bench.run()
    expect(bench.said()).toEqual(['1 accepted', '2 succeeded'])
    expect(bench.events[1]?.value).toMatchObject({
      amountFen: 1_234,
      alipaySerial: '2026112100001',
      completedAt: NOON,
      batchNo: BATCH,
      serial: 'p1',
      evidence: { kind: 'notify', id: 'n0', source: { topic: 'gateway.notifies', partition: 1, offset: 0 } },
    })
  })

  it('MAPI-16: every synchronous answer becomes an event of each payout of its batch', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1', 'p2'])
    bench.answer('refused')
    await bench.run()
    for (const id of ['p1', 'p2']) expect(bench.said(id)).toEqual(['1 failed'])
    expect(bench.events[0]?.value).toMatchObject({
      reason: 'ILLEGAL_ARGUMENT',
      evidence: { kind: 'answer', id: `${BATCH}/1` },
    })
  })

  it('an unknown answer is told once, however often it is tried', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    for (let attempt = 1; attempt <= 4; attempt++) bench.answer('unknown', { attempt })
    bench.answer('accepted', { attempt: 5 })
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', '2 accepted'])
  })
})

it('a batch is read with its payouts once while a lane is owned', async () => {
  const bench = new ReconcilerBench()
  bench.request(['p1'])
  await bench.run()
  const read = vi.spyOn(bench.stateStore.states, 'read')
  bench.answer('accepted')
  bench.notify([{}])
  await bench.run()
  const keys = read.mock.calls.flatMap(([of]) => of)
  expect(keys).toEqual([batchKey('acme', BATCH)])
  expect(bench.said()).toEqual(['1 accepted', '2 succeeded'])
})

describe('business processing never runs twice', () => {
  it('MAPI-18: a notify that was stored twice says nothing the second time', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    // A line that contradicts: of one that says how the payout stands, the outcome's own guard drops the second one
    // too.
    const line = { amount: 1_235 as never }
    bench.notify([line], { notifyId: 'n', contentHash: 'h' })
    bench.notify([line], { notifyId: 'n', contentHash: 'h' })
    await bench.run()
    expect(bench.said()).toEqual(['1 mismatched other-amount'])
  })

  it('BTN-15: two notify_ids with the same line are one event', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.notify([{}])
    bench.notify([{}])
    await bench.run()
    expect(bench.said()).toEqual(['1 succeeded'])
  })

  it('BTN-15: a line that contradicts the outcome is reported, and is no second outcome', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.notify([{}])
    bench.notify([{ result: 'F', reason: 'RECEIVE_USER_NOT_EXIST' }])
    bench.notify([{ alipaySerial: '2026112100002' }])
    await bench.run()
    expect(bench.said()).toEqual(['1 succeeded', '2 mismatched other-outcome', '3 mismatched other-alipay-serial'])
    expect(bench.state()?.status).toBe('succeeded')
  })

  it('BTN-14: the same notify_id with other content is new evidence', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.notify([{}], { notifyId: 'n', contentHash: 'h' })
    bench.notify([{ result: 'F', reason: 'X' }], { notifyId: 'n', contentHash: 'other' })
    await bench.run()
    expect(bench.said()).toEqual(['1 succeeded', '2 mismatched other-outcome'])
  })
})

describe('two processes at one lane', () => {
  it('S6.1: what was computed from a state that has changed meanwhile is computed again', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    await bench.run()
    bench.notify([{}])
    const key = batchKey('acme', BATCH)
    bench.stateStore.beforeSwap = () => {
      bench.stateStore.beforeSwap = () => undefined
      const before = bench.state()
      const known = bench.known()
      if (!before || !known) throw new Error('the payout is known')
      const { state } = apply(before, 'gateway.answers/1@7', BATCH, { event: 'accepted' })
      bench.stateStore.put(key, formatBatch(key, { ...known, payouts: new Map([['p1', state]]) }))
    }
    await bench.run()
    expect(bench.said()).toEqual(['2 succeeded'])
    expect(bench.state()?.transitions.map(({ finding }) => finding.event)).toEqual(['accepted', 'succeeded'])
  })

  it('S6.1: what was computed from a state that was kept in memory, and has changed, is computed again, also where it came to nothing', async () => {
    const bench = new ReconcilerBench()
    Object.assign(bench.dependencies.settings, { maxRecords: 1 })
    bench.request(['p1'])
    bench.answer('accepted')
    const second = bench.answer('accepted', { attempt: 2 })
    const key = batchKey('acme', BATCH)
    const read = vi.spyOn(bench.stateStore.states, 'read')
    let swaps = 0
    bench.stateStore.beforeSwap = () => {
      swaps += 1
      if (swaps !== 2) return
      // Before it lost the lane, another process has read the second answer, and understood something else.
      const known = bench.known()
      const before = bench.state()
      if (!before || !known) throw new Error('the payout is known')
      const finding = { event: 'failed', reason: 'X', explanation: 'x' } as const
      const { state } = apply(before, causeOf(second), BATCH, finding)
      bench.stateStore.put(key, formatBatch(key, { ...known, payouts: new Map([['p1', state]]) }))
    }
    await bench.run()
    expect(bench.said()).toEqual(['1 accepted', '2 failed'])
    expect(read).toHaveBeenCalledTimes(2)
  })

  it('S6.1: a state that changes again and again ends the session, and nothing is said', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    await bench.run()
    bench.notify([{}])
    const key = batchKey('acme', BATCH)
    const commits = bench.lane.commits.length
    bench.stateStore.beforeSwap = () => bench.stateStore.put(key, bench.stateStore.values.get(key) ?? '')
    await expect(bench.run()).rejects.toMatchObject({ code: 'RECONCILER_STATE_CONFLICT' })
    expect(bench.lane.commits).toHaveLength(commits)
  })
})

describe('BTN-16: what is notified is held against what was asked', () => {
  it.each([
    ['other-account', { account: 'li@example.com' }],
    ['other-amount', { amount: 1_235 as never }],
  ])('BTN-16: %s', async (mismatch, line) => {
    const bench = new ReconcilerBench()
    bench.request(['p1', 'p2'])
    bench.notify([line, { serial: 'p2' }])
    await bench.run()
    expect(bench.said()).toEqual([`1 mismatched ${mismatch}`])
    expect(bench.said('p2')).toEqual(['1 succeeded'])
    expect(bench.state()?.status).toBe('signed')
  })

  it('BTN-16: an unknown serial, and an unknown batch', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.notify([{ serial: 'nobody' }])
    bench.notify([{}], { batchNo: OTHER_BATCH })
    await bench.run()
    expect(
      bench.events.map(
        ({ value }) => 'mismatch' in value && [value.mismatch, value.reported, value.payoutId, value.version],
      ),
    ).toEqual([
      ['unknown-serial', 'nobody', null, null],
      ['unknown-batch', OTHER_BATCH, null, null],
    ])
    expect(new Set(bench.events.map(({ value }) => value.eventId)).size).toBe(2)
  })

  it('BTN-16: a line that never comes back is overdue, 25 hours after the signing and not before', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1', 'p2'])
    bench.answer('accepted')
    bench.notify([{ serial: 'p2' }])
    bench.clock.at = NOON + 25 * HOUR - 1
    await bench.run()
    expect(bench.said()).toEqual(['1 accepted'])
    bench.clock.at = NOON + 25 * HOUR
    await bench.run()
    expect(bench.said()).toEqual(['1 accepted', '2 overdue'])
    expect(bench.said('p2')).toEqual(['1 accepted', '2 succeeded'])
    bench.notify([{}])
    await bench.run()
    expect(bench.said()).toEqual(['1 accepted', '2 overdue', '3 succeeded'])
    expect(bench.stateStore.due.size).toBe(0)
  })
})

describe('time', () => {
  it('a timer appended twice is one report (S6.4)', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.answer('accepted')
    await bench.run()
    bench.clock.at += 25 * HOUR
    const append = { crash: true }
    bench.lane.afterCommit = () => {
      if (append.crash) throw new Error('the process ends')
    }
    await expect(bench.run()).rejects.toThrow('the process ends')
    append.crash = false
    await bench.run()
    expect(bench.lane.records('gateway.timers')).toHaveLength(2)
    expect(bench.said()).toEqual(['1 accepted', '2 overdue'])
  })

  it('a timer stands before its request counts as read: a crash in between costs none', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.lane.afterCommit = () => {
      throw new Error('the process ends')
    }
    await expect(bench.run()).rejects.toThrow('the process ends')
    bench.lane.afterCommit = () => undefined
    bench.clock.at = NOON + 25 * HOUR
    await bench.run()
    expect(bench.said()).toEqual(['1 overdue'])
  })

  it('what waits unsent for longer, signed again each day, is unresolved with the reason, once', async () => {
    const bench = new ReconcilerBench()
    for (let signing = 1; signing <= 4; signing++) {
      bench.request(['p1'], { signing, signedAt: NOON + (signing - 1) * DAY, payDate: `2026112${signing}` })
      bench.clock.at = NOON + (signing - 1) * DAY + 2 * HOUR
      await bench.run()
    }
    expect(bench.said()).toEqual(['1 unresolved'])
    expect(bench.events[0]?.value).toMatchObject({ reason: 'NOT_SENT' })
    bench.clock.at = NOON + 5 * DAY
    await bench.run()
    expect(bench.said()).toEqual(['1 unresolved', '2 overdue'])
  })

  it('a payout is remembered as long as its batch: a further signing and the last word write both', async () => {
    const bench = new ReconcilerBench()
    bench.request(['p1'])
    bench.answer('unknown')
    await bench.run()
    const written = () => [...bench.stateStore.written].map(([, times]) => times)
    const before = written()
    bench.request(['p1'], { signing: 2 })
    await bench.run()
    expect(written()).toEqual(before.map((times) => times + 1))
    bench.answer('unknown', { final: true, attempt: 2 })
    await bench.run()
    expect(written()).toEqual(before.map((times) => times + 2))
  })
})

describe('a lane that has much to catch up with', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, n) => `20261121001${String(n).padStart(3, 'a')}defghijklmnopqrstu`)

  it('has the batches of some records in memory while it counts their payouts, not of all', async () => {
    const bench = new ReconcilerBench()
    for (const [n, batchNo] of many(120).entries()) bench.request([`p${n}`], { batchNo })
    await bench.run()
    for (const batchNo of many(120)) bench.answer('accepted', { batchNo })
    const read = vi.spyOn(bench.stateStore.states, 'read')
    await bench.run()
    expect(read.mock.calls.map(([keys]) => keys.length).slice(0, 3)).toEqual([50, 50, 20])
    expect(bench.events).toHaveLength(120)
  })

  it.each([
    ['alone', INPUTS],
    ['while evidence waits for them', ['gateway.notifies'] as const],
  ])('takes few large requests at once: %s', async (_how, visible) => {
    const bench = new ReconcilerBench()
    const batchNos = many(3)
    for (const batchNo of batchNos)
      bench.request(
        Array.from({ length: 3_000 }, (_, n) => `${batchNo}-${n}`),
        { batchNo },
      )
    bench.notify([{}])
    bench.lane.visible = visible
    const swap = vi.spyOn(bench.stateStore.states, 'swap')
    await bench.run()
    const written = swap.mock.calls.map(([changes]) => changes.filter(({ after }) => after !== undefined).length)
    expect(written.slice(0, 3)).toEqual([1, 1, 1])
  })

  it('commits nothing for requests alone: their offset goes with what is written next, or when the lane is left', async () => {
    const bench = new ReconcilerBench()
    Object.assign(bench.dependencies.settings, { maxRecords: 1 })
    bench.request(['p1'])
    bench.request(['p2'], { batchNo: OTHER_BATCH })
    bench.answer('accepted')
    const offsets = () => bench.lane.commits.map((commit) => commit.offsets['gateway.requests'])
    bench.lane.visible = ['gateway.requests']
    await bench.run()
    expect(offsets()).toEqual([2])
    bench.request(['p3'], { batchNo: OTHER_BATCH, signing: 2 })
    bench.lane.visible = INPUTS
    await bench.run()
    expect(offsets()).toEqual([2, 3])
    expect(bench.said()).toEqual(['1 accepted'])
  })
})

describe('a notify that is faster than its request', () => {
  it('waits until the requests were read to their end', async () => {
    const bench = new ReconcilerBench()
    bench.notify([{}])
    const end = bench.lane.records('gateway.requests')
    bench.lane.onPoll = (_session, topics) => {
      if (topics.length > 1 && end.length === 0) queueMicrotask(() => bench.request(['p1']))
    }
    await bench.run()
    expect(bench.said()).toEqual(['1 succeeded'])
  })

  it('is not reported by a process that stops meanwhile, which hands the lane on', async () => {
    const bench = new ReconcilerBench()
    bench.notify([{}])
    let polls = 0
    bench.lane.onPoll = (session) => {
      polls += 1
      if (polls === 1) queueMicrotask(() => bench.request(['p1']))
      else session.stop()
      if (polls > 50) throw new Error('it goes round and round')
    }
    await bench.run()
    expect(bench.events).toEqual([])
    bench.lane.onPoll = () => undefined
    await bench.run()
    expect(bench.said()).toEqual(['1 succeeded'])
  })
})
