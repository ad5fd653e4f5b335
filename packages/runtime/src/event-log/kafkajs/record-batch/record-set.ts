/**
 * What a fetch brings of one partition: batches of records, one after the other, the last of them often cut off
 * (Kafka's record format 2). Read by our own code: kafkajs knows gzip only, without a bound, checks no sums, and lets
 * one batch that it can't read fail the whole fetch.
 */
import { crc32c } from '@node-rs/crc32'
import type { Batch } from 'kafkajs'
import { BatchFault } from './batch-fault.ts'
import { decompress } from './decompress.ts'
import { type BatchContext, type DecodedRecord, decodeRecords } from './records.ts'

/** First offset and length. */
const FRAME_BYTES = 12
const HEAD_BYTES = 61
const CHECKSUM_AT = 17
/** The checksum covers everything from here on. */
const CHECKED_AT = 21
const MAGIC_AT = 16
const MAGIC = 2

const NO_KEY = Buffer.alloc(0)
const CODEC_MASK = 0x07
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

/** A batch that can't be read. */
export interface UndecodableBatch {
  readonly firstOffset: number
  /** Nothing that can be read lies at or before it. */
  readonly lastOffset: number
  /** What is wrong with it. */
  readonly reason: string
  /** As it stands in the log. */
  readonly bytes: Buffer
}

/** A record, or in its place a whole batch that can't be read. */
export interface FetchedMessage extends DecodedRecord {
  readonly undecodable?: UndecodableBatch
}

/** A batch of kafkajs' consumer as it really is. */
export type FetchedBatch = Batch & {
  readonly fetchedOffset: string
  readonly messages: readonly FetchedMessage[]
}

/**
 * Decodes what a fetch brought of a partition.
 * @param most how many bytes a batch may hold when it is decompressed. Once as much has come out, the rest is left to
 *   the next fetch.
 * @returns its records in order. A batch that can't be read stands there as one record at its last offset. What is
 *   left of a batch whose last records compaction took away is a control record at its last offset, so that positions
 *   come to lie behind it.
 */
export async function decodeRecordSet(set: Buffer, most: number): Promise<FetchedMessage[]> {
  const messages: FetchedMessage[] = []
  let plainBytes = 0
  for (let at = 0; at + HEAD_BYTES <= set.length && plainBytes < most; ) {
    const end = at + FRAME_BYTES + set.readInt32BE(at + 8)
    // Cut off, as the last one of a fetch often is.
    if (end > set.length) break
    const batch = set.subarray(at, Math.max(end, at + HEAD_BYTES))
    const context = contextOf(batch)
    try {
      const records = await recordsOf(batch, most)
      plainBytes += records.length
      const decoded = decodeRecords(records, batch.readInt32BE(HEAD_BYTES - 4), context)
      for (const record of decoded) messages.push(record)
      if (decoded.at(-1)?.offset !== context.lastOffset) messages.push(gap(context))
    } catch (error) {
      if (!(error instanceof BatchFault)) throw error
      messages.push(
        undecodable(batch, { ...context, lastOffset: lastOffsetOf(set, at, at + batch.length) }, error.message),
      )
    }
    at += batch.length
  }
  return messages
}

async function recordsOf(batch: Buffer, most: number): Promise<Buffer> {
  const magic = batch.readInt8(MAGIC_AT)
  if (magic !== MAGIC) throw new BatchFault(`its format has the number ${magic}, and ${MAGIC} is known`)
  if (crc32c(batch.subarray(CHECKED_AT)) !== batch.readUInt32BE(CHECKSUM_AT))
    throw new BatchFault('its checksum does not match: it is damaged')
  const codec = batch.readInt16BE(CHECKED_AT) & CODEC_MASK
  const records = batch.subarray(HEAD_BYTES)
  return codec === 0 || records.length === 0 ? records : decompress(codec, records, most)
}

function contextOf(batch: Buffer): BatchContext {
  const attributes = batch.readInt16BE(CHECKED_AT)
  const firstOffset = batch.readBigInt64BE(0)
  return {
    firstOffset: String(firstOffset),
    lastOffset: String(firstOffset + BigInt(Math.max(0, batch.readInt32BE(23)))),
    firstTimestamp: batch.readBigInt64BE(27),
    maxTimestamp: batch.readBigInt64BE(35),
    isLogAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
    producerId: String(batch.readBigInt64BE(43)),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
    isControlBatch: (attributes & CONTROL) !== 0,
  }
}

/**
 * The last offset of the batch at `at` that can't be decoded. Its head may be what is damaged, and who steps over it
 * steps over nothing else: so the smallest of what the head says in two places, and of what lies before the next
 * batch.
 * @param end where the next batch begins
 */
function lastOffsetOf(set: Buffer, at: number, end: number): string {
  const firstOffset = set.readBigInt64BE(at)
  const delta = BigInt(set.readInt32BE(at + 23))
  const next = end + 8 <= set.length ? set.readBigInt64BE(end) : undefined
  // Where compaction took records away there are fewer of them than offsets; then a next batch tells.
  const room =
    next === undefined || next <= firstOffset ? BigInt(set.readInt32BE(at + HEAD_BYTES - 4)) : next - firstOffset
  const least = delta < room ? delta : room - 1n
  return String(firstOffset + (least > 0n ? least : 0n))
}

/** Nothing to be read, at the batch's last offset. */
function gap(context: BatchContext): FetchedMessage {
  const { lastOffset: offset, maxTimestamp } = context
  return {
    magicByte: MAGIC,
    attributes: 0,
    timestamp: String(maxTimestamp),
    offset,
    // kafkajs compares the keys of control records.
    key: NO_KEY,
    value: null,
    headers: {},
    isControlRecord: true,
    batchContext: context,
  }
}

function undecodable(batch: Buffer, context: BatchContext, reason: string): FetchedMessage {
  const firstOffset = Number(context.firstOffset)
  const lastOffset = Number(context.lastOffset)
  // A copy: the rest of the fetch needs not be kept for it.
  const bytes = Buffer.from(batch)
  return { ...gap(context), isControlRecord: false, undecodable: { firstOffset, lastOffset, reason, bytes } }
}
