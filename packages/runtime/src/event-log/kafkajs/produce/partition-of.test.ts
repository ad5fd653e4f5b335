import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { partitionOf } from './partition-of.ts'

/** Key, then `Utils.toPositive(Utils.murmur2(key)) % n` for n = 1, 2, 3, 12, 50, printed by kafka-clients 4.1.0. */
const javaPartitions: [key: string, ...partitions: number[]][] = [
  ['', 0, 1, 0, 9, 31],
  ['a', 0, 0, 1, 4, 24],
  ['21', 0, 0, 0, 0, 40],
  ['foobar', 0, 0, 0, 6, 16],
  ['a-little-bit-long-string', 0, 0, 2, 8, 12],
  ['a-little-bit-longer-string', 0, 1, 2, 11, 19],
  ['payout-1', 0, 0, 1, 10, 28],
  ['acme/20101218000abcdefghijklmnopqrstu', 0, 1, 0, 3, 49],
  ['支付/批次-1', 0, 0, 1, 4, 4],
  ['😀', 0, 1, 0, 9, 17],
  ['0123456789abcdef0123456789abcdef', 0, 1, 2, 5, 33],
  ['A.b_c:d-9', 0, 1, 0, 9, 29],
]

describe('partitionOf', () => {
  it.each(javaPartitions)('places %j where Java does', (key, ...partitions) => {
    expect([1, 2, 3, 12, 50].map((count) => partitionOf(key, count))).toEqual(partitions)
  })

  it('places 50,000 random keys where kafkajs does', () => {
    const kafkajs = Partitioners.DefaultPartitioner()
    const partitionMetadata = Array.from({ length: 50 }, (_, partitionId) => {
      return { partitionErrorCode: 0, partitionId, leader: 0, replicas: [], isr: [] }
    })
    const anyKeys = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { minLength: 100, maxLength: 100 })
    fc.assert(
      fc.property(anyKeys, (keys) => {
        for (const key of keys) {
          const message = { key, value: null }
          expect(partitionOf(key, 50)).toBe(kafkajs({ topic: '', partitionMetadata, message }))
        }
      }),
      { numRuns: 500 },
    )
  })
})
