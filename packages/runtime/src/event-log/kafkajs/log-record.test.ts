import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordTooLargeError } from '../errors.ts'
import type { OutgoingRecord } from '../port.ts'
import { batchCapacity, checkedBytes, recordBytes, toBatches } from './log-record.ts'

interface Encoded {
  readonly buffer: Buffer
}
type Encode = (fields: object) => Encoded
type EncodeBatch = (fields: object) => Promise<Encoded>
const require = createRequire(import.meta.url)
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as { RecordBatch: EncodeBatch }
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as Encode

const outgoing: fc.Arbitrary<OutgoingRecord> = fc.record({
  topic: fc.constant('gateway.requests' as const),
  partition: fc.constant(0),
  key: fc.oneof(fc.constant(null), fc.string({ unit: 'grapheme', maxLength: 80 })),
  value: fc.oneof(
    fc.constant(null),
    fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes)),
  ),
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 200 }), {
    maxKeys: 8,
  }),
})

function record(valueBytes: number, key: string | null = null): OutgoingRecord {
  return { topic: 'gateway.requests', partition: 0, key, value: Buffer.alloc(valueBytes), headers: {} }
}

describe('recordBytes', () => {
  it('is never less than what the records take in a batch', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(outgoing, { minLength: 1, maxLength: 20 }), async (records) => {
        const encoded = records.map(({ key, value, headers }, offsetDelta) => {
          return Record({ offsetDelta, timestampDelta: 2 ** 31, key, value, headers })
        })
        const batch = await RecordBatch({ records: encoded, compression: 0 })
        const estimate = records.reduce((sum, one) => sum + recordBytes(one), 64)
        expect(batch.buffer.length).toBeLessThanOrEqual(estimate)
      }),
    )
  })
})

describe('toBatches', () => {
  it('keeps all records in order, none of the batches above what the topic takes', () => {
    const sizes = fc.array(fc.oneof(fc.nat(1_000), fc.integer({ min: 1_000_000, max: 4_000_000 })), { maxLength: 12 })
    fc.assert(
      fc.property(sizes, (bytes) => {
        const records = bytes.map((size) => record(size))
        const batches = toBatches(records)
        expect(batches.flat()).toEqual(records)
        for (const batch of batches) {
          const total = batch.reduce((sum, one) => sum + recordBytes(one), 0)
          expect(total).toBeLessThanOrEqual(batchCapacity('gateway.requests'))
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('checkedBytes', () => {
  it('refuses what no batch of the topic can hold, to the byte', () => {
    const most = batchCapacity('gateway.requests') - recordBytes(record(0))
    expect(checkedBytes(record(most))).toBe(batchCapacity('gateway.requests'))
    expect(() => checkedBytes(record(most + 1))).toThrow(RecordTooLargeError)
  })
})
