import { describe, expect, it } from 'vitest'
import { KeptBatches } from './kept-batches.ts'
import type { KnownBatch } from './known-batch.ts'

function batch(payouts: number, revision = '1') {
  const known: Pick<KnownBatch, 'payouts' | 'elsewhere'> = {
    payouts: new Map(Array.from({ length: payouts }, (_, i) => [`p${i}`, { status: 'signed' } as never])),
    elsewhere: new Map(),
  }
  return { revision, known: known as KnownBatch }
}

describe('what lanes keep', () => {
  it('is what was kept last under a key, until it is forgotten', () => {
    const lane = new KeptBatches(100).lane()
    lane.keep('a', batch(1, '1'))
    lane.keep('a', batch(1, '2'))
    expect(lane.get('a')?.revision).toBe('2')
    lane.forget('a')
    expect(lane.get('a')).toBeUndefined()
    lane.forget('a')
  })

  it('is its own: nobody sees what an earlier owner has kept', () => {
    const kept = new KeptBatches(100)
    const before = kept.lane()
    before.keep('a', batch(1))
    expect(kept.lane().get('a')).toBeUndefined()
  })

  it('is bounded by payouts over all lanes; what was not asked for the longest goes first', () => {
    const kept = new KeptBatches(5)
    const [one, other] = [kept.lane(), kept.lane()]
    one.keep('a', batch(2))
    other.keep('b', batch(2))
    expect(one.get('a')).toBeDefined()
    other.keep('c', batch(2))
    expect([one.get('a'), other.get('b'), other.get('c')].map((each) => each !== undefined)).toEqual([
      true,
      false,
      true,
    ])
    one.keep('a', batch(1))
    other.keep('d', batch(2))
    expect(other.get('c')).toBeDefined()
  })

  it('is nothing where a batch alone is more, or none may be kept', () => {
    const few = new KeptBatches(5).lane()
    few.keep('a', batch(6))
    expect(few.get('a')).toBeUndefined()
    const none = new KeptBatches(0).lane()
    none.keep('a', batch(0))
    expect(none.get('a')).toBeUndefined()
  })
})
