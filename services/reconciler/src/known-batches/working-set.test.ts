import { beforeEach, describe, expect, it } from 'vitest'
import { loadForRequests, makeKnown } from '../payout/known-request.ts'
import { BATCH, OTHER_BATCH, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { KeptBatches } from './kept-batches.ts'
import { WorkingSet } from './working-set.ts'

let bench: ReconcilerBench
beforeEach(() => {
  bench = new ReconcilerBench()
})

describe('a working set', () => {
  it('loads a payout whose home was only named until then, by a batch that came for the sake of another', async () => {
    const lane = new KeptBatches(0).lane()
    const requests = [bench.request(['p1']), bench.request(['p1', 'p2'], { batchNo: OTHER_BATCH })].map(
      ({ value }) => bench.codec.decode(value, ['gateway.GatewayRequest']).value,
    )
    const known = new WorkingSet(bench.stateStore.states, lane)
    await loadForRequests(known, requests)
    for (const request of requests) makeKnown(known, request, 1)
    expect(await known.save()).toBe(true)

    const set = new WorkingSet(bench.stateStore.states, lane)
    await set.loadPayouts([{ partner: 'acme', payoutId: 'p2' }])
    await set.loadPayouts([{ partner: 'acme', payoutId: 'p1' }])
    expect(set.payout('acme', 'p2')?.batchNos).toEqual([OTHER_BATCH])
    expect(set.payout('acme', 'p1')?.batchNos).toEqual([BATCH, OTHER_BATCH])
  })
})
