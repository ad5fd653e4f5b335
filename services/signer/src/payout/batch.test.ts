import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acme, NOON, partner, payout } from '../testing/signer-bench.ts'
import { composedBatch, groupSingles, halves } from './batch.ts'
import { judgePayout, type Payable } from './payout-check.ts'

const other = partner({ alias: 'other' })

function payable(index: number, alias: string, payer: string | null): Payable {
  const coordinates = { topic: 'payout.commands', partition: 0, offset: index, line: 0, timestamp: NOON } as const
  const instruction = {
    ...payout(`p${index}`, { partner: alias, payer }),
    contentHash: 'h',
    coordinates,
    traceparent: undefined,
  }
  const judgement = judgePayout(instruction, 1, {
    partner: (name) => (name === 'acme' ? acme : other),
    defaultMemo: 'x',
  })
  if (!judgement.ok) throw new Error('a payable is good')
  return judgement.payable
}

const group = fc.record({
  alias: fc.constantFrom('acme', 'other'),
  payer: fc.constantFrom(null, 'second'),
  count: fc.integer({ min: 1, max: 1_300 }),
})

describe('grouping of single payouts', () => {
  it('BTN-2: each in exactly one batch of its partner and account, in order, 1 to 1,000 to a batch, as few as can be', () => {
    fc.assert(
      fc.property(fc.array(group, { maxLength: 5 }), (groups) => {
        const payables = groups
          .flatMap(({ alias, payer, count }) => Array.from({ length: count }, () => ({ alias, payer })))
          .map(({ alias, payer }, index) => payable(index, alias, payer))
        const batches = groupSingles(payables)
        const key = ({ partner: { alias }, account: { id } }: Payable) => `${alias} ${id}`
        for (const { payables: lines, composed } of batches) {
          expect(composed).toBe(false)
          expect(lines.length).toBeLessThanOrEqual(1_000)
          expect(new Set(lines.map(key)).size).toBe(1)
        }
        for (const [name, expected] of Map.groupBy(payables, key)) {
          const mine = batches.filter(({ payables: [first] }) => key(first) === name)
          expect(mine.flatMap(({ payables: lines }) => [...lines])).toEqual(expected)
          expect(mine).toHaveLength(Math.ceil(expected.length / 1_000))
        }
        expect(batches.flatMap(({ payables: lines }) => lines)).toHaveLength(payables.length)
      }),
      { numRuns: 20 },
    )
  })

  it('two accounts of two partners that are called alike are two batches', () => {
    expect(groupSingles([payable(0, 'acme', null), payable(1, 'other', null)])).toHaveLength(2)
  })
})

describe('a batch that is too large', () => {
  it('is cut in two, in order, until one payout is left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (count) => {
        const [batch] = groupSingles(Array.from({ length: count }, (_, index) => payable(index, 'acme', null)))
        const parted = batch && halves(batch)
        if (count === 1) expect(parted).toBeUndefined()
        else {
          expect(parted?.flatMap(({ payables }) => [...payables])).toEqual(batch?.payables)
          expect(parted?.every(({ composed }) => !composed)).toBe(true)
        }
      }),
    )
  })

  it('is not cut where upstream composed it', () => {
    const batch = composedBatch([payable(0, 'acme', null), payable(1, 'acme', null)])
    expect(batch && halves(batch)).toBeUndefined()
  })

  it('nothing is no batch', () => expect(composedBatch([])).toBeUndefined())
})
