import { beforeEach, describe, expect, it } from 'vitest'
import { KeptBatches } from '../known-batches/kept-batches.ts'
import { WorkingSet } from '../known-batches/working-set.ts'
import { BATCH, OTHER_BATCH, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { loadForRequests, makeKnown } from './known-request.ts'

let bench: ReconcilerBench
beforeEach(() => {
  bench = new ReconcilerBench()
})

describe('a payout in two batches', () => {
  it('S6.1: a payout has one state, whatever batch brings it: what a second one pays is no second outcome', async () => {
    bench.request(['p1', 'p2'])
    bench.notify([{}])
    await bench.run()
    bench.request(['p1', 'p3'], { batchNo: OTHER_BATCH })
    bench.notify([{ alipaySerial: '2026112100009' }, { serial: 'p3' }], { batchNo: OTHER_BATCH })
    await bench.run()
    expect(bench.said()).toEqual(['1 succeeded', '2 mismatched other-alipay-serial'])
    expect(bench.said('p3')).toEqual(['1 succeeded'])
    expect(bench.known(OTHER_BATCH)?.elsewhere).toEqual(new Map([['p1', BATCH]]))
    expect(bench.state()?.batchNos).toEqual([BATCH, OTHER_BATCH])
  })

  it('S6.1: two processes that make it known at once, from two batches, can not both', async () => {
    const { stateStore, codec } = bench
    const [first, second] = [bench.request(['p1']), bench.request(['p1'], { batchNo: OTHER_BATCH })].map(
      ({ value }) => codec.decode(value, ['gateway.GatewayRequest']).value,
    )
    if (!first || !second) throw new RangeError('no requests')
    const lane = new KeptBatches(0).lane()
    const sets = [new WorkingSet(stateStore.states, lane), new WorkingSet(stateStore.states, lane)] as const
    await loadForRequests(sets[0], [first])
    await loadForRequests(sets[1], [second])
    makeKnown(sets[0], first, 1)
    makeKnown(sets[1], second, 1)
    expect(await sets[0].save()).toBe(true)
    expect(await sets[1].save()).toBe(false)
    const again = new WorkingSet(stateStore.states, lane)
    await loadForRequests(again, [second])
    expect(again.payout('acme', 'p1')?.batchNos).toEqual([BATCH])
  })
})
