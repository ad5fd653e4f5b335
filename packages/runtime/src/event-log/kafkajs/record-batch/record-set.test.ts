import { createRequire } from 'node:module'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { MIB } from '@payout/schemas/units'
import fc from 'fast-check'
import { compressFrameSync } from 'lz4-napi'
import { compressSync } from 'snappy'
import { describe, expect, it } from 'vitest'
import { decodeRecordSet } from './record-set.ts'

const require = createRequire(import.meta.url)

interface Encoded {
  readonly buffer: Buffer
}

type EncodeBatch = (batch: object) => Promise<Encoded>
type EncodeRecord = (record: object) => Encoded

/** kafkajs' own encoders and checksum: another software than what is tested. */
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as { readonly RecordBatch: EncodeBatch }
const crc32c = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as EncodeRecord

interface Wanted {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly timestamp: number
}

async function encode(
  records: readonly Wanted[],
  firstOffset = 0,
  more: object = {},
  deltas: readonly number[] = records.map((_, nth) => nth),
): Promise<Buffer> {
  const [first] = records
  const firstTimestamp = first?.timestamp ?? 0
  const { buffer } = await RecordBatch({
    firstOffset: String(firstOffset),
    firstTimestamp,
    maxTimestamp: Math.max(...records.map(({ timestamp }) => timestamp)),
    lastOffsetDelta: records.length - 1,
    records: records.map(({ timestamp, ...rest }, nth) =>
      encodeRecord({ ...rest, offsetDelta: deltas[nth], timestampDelta: timestamp - firstTimestamp }),
    ),
    ...more,
  })
  return buffer
}

/** The same batch with its records compressed, as a producer would have written it. */
function compressed(batch: Buffer, codec: number, compress: (records: Buffer) => Buffer): Buffer {
  return rewritten(batch, (copy) => copy.writeInt16BE((copy.readInt16BE(21) & ~7) | codec, 21), compress)
}

/** A batch with another head or other records, and a checksum that is right. */
function rewritten(
  batch: Buffer,
  head: (copy: Buffer) => void,
  body: (records: Buffer) => Buffer = (records) => records,
): Buffer {
  const copy = Buffer.concat([batch.subarray(0, 61), body(batch.subarray(61))])
  copy.writeInt32BE(copy.length - 12, 8)
  head(copy)
  copy.writeUInt32BE(crc32c(copy.subarray(21)), 17)
  return copy
}

/** As snappy-java's stream writes it: blocks of 32 KiB, each with its length before it. */
function snappyOfJava(records: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('82534e41505059000000000100000001', 'hex')]
  for (let at = 0; at < records.length; at += 32 * 1024) {
    const block = compressSync(records.subarray(at, at + 32 * 1024))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

const codecs: readonly (readonly [string, number, (records: Buffer) => Buffer])[] = [
  ['gzip', 1, (records) => gzipSync(records)],
  ['snappy as librdkafka writes it', 2, (records) => compressSync(records)],
  ['snappy as Java writes it', 2, snappyOfJava],
  ['LZ4', 3, (records) => compressFrameSync(records)],
  ['LZ4 with checksums', 3, (records) => compressFrameSync(records, { blockChecksums: true, contentChecksum: true })],
  ['zstd', 4, (records) => zstdCompressSync(records)],
]

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const anyHeaders = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== '__proto__'),
  fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 2, maxLength: 3 })),
  { maxKeys: 3 },
)
/** As they come again from record to record, not always at the same place. */
const likelyHeaders = fc.dictionary(
  fc.constantFrom('ce_id', 'ce_type', 'ce_time', '类型'),
  fc.constantFrom('', 'a', 'b', 'ab', '付款', '付'),
  { maxKeys: 4 },
)
const wanted = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.oneof(anyHeaders, likelyHeaders),
  timestamp: fc.integer({ min: -(2 ** 40), max: 2 ** 45 }),
})

/** What is read of headers with the same name: the last one. */
function last(headers: Wanted['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [values].flat().at(-1) ?? '']))
}

describe('a record set', () => {
  it('gives what any producer wrote, with any codec, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(wanted, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 2 ** 48 }),
        fc.constantFrom(undefined, ...codecs),
        async (records, firstOffset, codec) => {
          const plain = await encode(records, firstOffset)
          const set = codec === undefined ? plain : compressed(plain, codec[1], codec[2])
          const messages = await decodeRecordSet(set, MIB)
          expect(
            messages.map(({ key, value, headers, timestamp, offset }) => ({
              key,
              value,
              headers,
              timestamp: Number(timestamp),
              offset: Number(offset),
            })),
          ).toEqual(
            records.map((record, nth) => ({ ...record, headers: last(record.headers), offset: firstOffset + nth })),
          )
        },
      ),
    )
  })

  it('says who wrote a batch, and of which kind it is', async () => {
    const set = await encode([record()], 7, { producerId: '4711', transactional: true })
    const [message] = await decodeRecordSet(set, MIB)
    expect(message?.batchContext).toMatchObject({ producerId: '4711', inTransaction: true, isControlBatch: false })
    expect(message?.isControlRecord).toBe(false)
  })

  it('takes the time of the broker where that is what the topic keeps', async () => {
    const set = rewritten(await encode([record(), record()]), (head) => {
      head.writeInt16BE(0x08, 21)
      head.writeBigInt64BE(1_700_000_000_123n, 35)
    })
    const messages = await decodeRecordSet(set, MIB)
    expect(messages.map(({ timestamp }) => timestamp)).toEqual(['1700000000123', '1700000000123'])
  })

  it('keeps times exact that are no exact numbers', async () => {
    const times = [2n ** 62n, -(2n ** 62n)]
    for (const time of times) {
      const set = rewritten(await encode([{ ...record(), timestamp: 0 }]), (head) => head.writeBigInt64BE(time, 27))
      expect((await decodeRecordSet(set, MIB))[0]?.timestamp).toBe(String(time))
    }
  })

  it('leaves out what was cut off', async () => {
    const one = await encode([record('a')], 0)
    const two = await encode([record('b')], 1)
    for (const cut of [1, 20, 60, 61, two.length - 1]) {
      const messages = await decodeRecordSet(Buffer.concat([one, two.subarray(0, cut)]), MIB)
      expect(messages.map(({ value }) => value?.toString())).toEqual(['a'])
    }
  })

  it.each([
    ['nothing', 0, 4],
    ['the first one', 1, 4],
  ])('S3.8: goes behind the last offset of a batch of which compaction left %s', async (_what, kept, lastDelta) => {
    const whole = await encode([record('kept')], 10)
    const set = rewritten(
      whole,
      (head) => {
        head.writeInt32BE(lastDelta, 23)
        head.writeInt32BE(kept, 57)
      },
      (records) => (kept === 0 ? Buffer.alloc(0) : records),
    )
    const messages = await decodeRecordSet(set, MIB)
    expect(messages.map(({ offset, isControlRecord }) => [offset, isControlRecord])).toEqual([
      ...(kept === 0 ? [] : [['10', false]]),
      ['14', true],
    ])
  })
})

describe('a batch that can’t be decoded', () => {
  const damage: readonly (readonly [string, (batch: Buffer) => Buffer, RegExp])[] = [
    ['of a codec that nobody knows', (batch) => compressed(batch, 5, (records) => records), /codec has the number 5/],
    [
      'of a format from before',
      (batch) => rewritten(batch, (head) => head.writeInt8(1, 16)),
      /format has the number 1/,
    ],
    ['of which one bit has fallen over', flipped, /checksum/],
    [
      'of which the gzip stream ends early',
      (batch) =>
        compressed(
          batch,
          1,
          cut((records) => gzipSync(records)),
        ),
      /gzip/,
    ],
    [
      'of which the zstd stream ends early',
      (batch) =>
        compressed(
          batch,
          4,
          cut((records) => zstdCompressSync(records)),
        ),
      /zstd/,
    ],
    ['of which the snappy block ends early', (batch) => compressed(batch, 2, cut(compressSync)), /snappy/],
    ['of which Java’s snappy ends early', (batch) => compressed(batch, 2, cut(snappyOfJava)), /snappy/],
    ['of which the LZ4 frame ends early', (batch) => compressed(batch, 3, cut(compressFrameSync)), /LZ4/],
    ['that is no LZ4', (batch) => compressed(batch, 3, (records) => records), /LZ4/],
    ['with more records than it has', (batch) => rewritten(batch, (head) => head.writeInt32BE(9, 57)), /ends within/],
    [
      'with less records than it has',
      (batch) => rewritten(batch, (head) => head.writeInt32BE(0, 57)),
      /before it does/,
    ],
  ]

  it.each(damage)('%s stands in its place, whole, and what is around it is read', async (_what, hurt, reason) => {
    const before = await encode([record('before')], 4)
    const hurtOne = hurt(await encode([record('x'), record('y')], 5))
    const after = await encode([record('after')], 7)
    const messages = await decodeRecordSet(Buffer.concat([before, hurtOne, after]), MIB)
    expect(messages.map(({ value, undecodable }) => value?.toString() ?? undecodable?.lastOffset)).toEqual([
      'before',
      6,
      'after',
    ])
    expect(messages[1]).toMatchObject({
      offset: '6',
      isControlRecord: false,
      undecodable: { firstOffset: 5, lastOffset: 6, reason: expect.stringMatching(reason), bytes: hurtOne },
    })
  })

  /** A head that is damaged has a checksum that does not match. */
  const headDamage: readonly [string, (batch: Buffer) => void, { last: boolean; more: boolean }][] = [
    [
      'names a last offset far behind the next batch',
      (batch) => batch.writeInt32BE(1_000_000, 23),
      { last: true, more: true },
    ],
    ['names a last offset before the first', (batch) => batch.writeInt32BE(-5, 23), { last: false, more: false }],
    ['counts more records than there are', (batch) => batch.writeInt32BE(1_000_000, 57), { last: true, more: true }],
    ['counts less records than there are', (batch) => batch.writeInt32BE(1, 57), { last: false, more: true }],
    [
      'does both too high',
      (batch) => [23, 57].map((at) => batch.writeInt32BE(1_000_000, at)),
      { last: false, more: true },
    ],
  ]

  it.each(headDamage)(
    'S2: has a head that %s: who steps over it steps over nothing else',
    async (_what, hurt, wanted) => {
      const batch = await encode([record('x'), record('y')], 5)
      hurt(batch)
      const lastOffset = async (set: Buffer) => (await decodeRecordSet(set, MIB))[0]?.undecodable?.lastOffset
      const next = await encode([record('after')], 7)
      expect(await lastOffset(Buffer.concat([batch, next]))).toBe(wanted.more ? 6 : 5)
      // Of the next one only the beginning came.
      expect(await lastOffset(Buffer.concat([batch, next.subarray(0, 8)]))).toBe(wanted.more ? 6 : 5)
      if (wanted.last) expect(await lastOffset(batch)).toBe(6)
      else expect(await lastOffset(batch)).not.toBe(6)
    },
  )

  it.each([
    ['come twice', [0, 0]],
    ['go back', [1, 0]],
    ['lie before the batch', [-1, 0]],
    ['lie behind the batch', [0, 1_000_000]],
  ])(
    'S2: has records whose offsets %s: no two commands may be taken for one, and no position carried away',
    async (_what, deltas) => {
      const messages = await decodeRecordSet(await encode([record('x'), record('y')], 5, {}, deltas), MIB)
      expect(messages.map(({ undecodable }) => undecodable?.reason)).toEqual([
        expect.stringMatching(/offsets of its own/),
      ])
    },
  )

  it.each(codecs)('holds more than is allowed: %s', async (_name, codec, compress) => {
    const large = await encode([record('x'.repeat(200_000))])
    const [message, ...more] = await decodeRecordSet(compressed(large, codec, compress), 100_000)
    expect(message?.undecodable?.reason).toMatch(/KAFKA_MAX_BATCH_BYTES/)
    expect(more).toEqual([])
    expect((await decodeRecordSet(compressed(large, codec, compress), 300_000))[0]?.value).toHaveLength(200_000)
  })

  it('never fails the fetch, whatever bytes come', async () => {
    const batch = compressed(await encode([record('x'), record('y')], 5), 1, (records) => gzipSync(records))
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: batch.length - 1 }), fc.nat({ max: 255 }), async (at, byte) => {
        const hurt = Buffer.from(batch)
        hurt[at] = byte
        await decodeRecordSet(hurt, MIB)
        await decodeRecordSet(
          rewritten(hurt, () => undefined),
          MIB,
        )
      }),
    )
  })
})

it('leaves the rest of a fetch to the next one once the bound has come out', async () => {
  const batches = await Promise.all([0, 1, 2, 3].map((offset) => encode([record('x'.repeat(40_000))], offset)))
  const messages = await decodeRecordSet(Buffer.concat(batches), 100_000)
  expect(messages.map(({ offset }) => offset)).toEqual(['0', '1', '2'])
})

function record(value = 'value'): Wanted {
  return { key: null, value: Buffer.from(value), headers: {}, timestamp: 1_700_000_000_000 }
}

function flipped(batch: Buffer): Buffer {
  const copy = Buffer.from(batch)
  copy.writeUInt8(copy.readUInt8(70) ^ 1, 70)
  return copy
}

function cut(compress: (records: Buffer) => Buffer): (records: Buffer) => Buffer {
  return (records) => {
    const whole = compress(records)
    return whole.subarray(0, whole.length - 5)
  }
}
