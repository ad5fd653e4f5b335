/** The records of a Produce request are written once, into one buffer. */
import { crc32c } from '@node-rs/crc32'
import { PackedBytes } from '../packed-bytes.ts'

type Content = string | Uint8Array | null

/** A record, as it is handed to kafkajs. */
interface ProducedRecord {
  readonly key?: Content | undefined
  readonly value: Content
  readonly timestamp?: string | number | undefined
  readonly headers?: Readonly<Record<string, Content | readonly Content[] | undefined>> | undefined
}

/** What a Produce request is made of. */
export interface Produced {
  readonly acks: number
  readonly timeout: number
  readonly transactionalId?: string | null | undefined
  /** A number, as text or as one of kafkajs' own. */
  readonly producerId?: unknown
  readonly producerEpoch?: number | undefined
  readonly compression?: number | undefined
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly {
      readonly partition: number
      readonly firstSequence?: number | undefined
      readonly messages: readonly ProducedRecord[]
    }[]
  }[]
}

/** Bytes where kafkajs looks for them in what it has encoded. */
interface Encoded {
  readonly buf: Buffer
  readonly buffer: Buffer
}

/** The part of kafkajs' Produce request that matters here. */
export interface ProduceProtocol {
  protocol(asked: { readonly version: number }): (produced: Produced) => {
    readonly request: { readonly encode: () => Promise<Encoded> }
  }
}

/** The first version whose records stand in batches. */
const FIRST_WITH_BATCHES = 3
const CODEC_MASK = 7
const TRANSACTIONAL = 16
const MAGIC = 2
/** Room for one of our events with its headers. */
const RECORD_BYTES = 512

/**
 * kafkajs makes a buffer of 512 bytes for each record and each of its headers, and one for each length, and copies
 * what they hold from buffer to buffer six times: most of what a record cost that is sent. What is compressed goes
 * its old way.
 */
export function writeRecordsOnce(produce: ProduceProtocol): void {
  const { protocol } = produce
  produce.protocol = (asked) => {
    const make = protocol(asked)
    if (asked.version < FIRST_WITH_BATCHES) return make
    return (produced) => {
      const made = make(produced)
      if (((produced.compression ?? 0) & CODEC_MASK) !== 0) return made
      const encode = async () => {
        const buffer = encodeProduce(produced)
        return { buf: buffer, buffer }
      }
      return { ...made, request: { ...made.request, encode } }
    }
  }
}

/** The body of a Produce request, versions 3 to 7. */
export function encodeProduce(produced: Produced): Buffer {
  const { acks, timeout, transactionalId = null, topicData } = produced
  const records = topicData.flatMap(({ partitions }) => partitions.map(({ messages }) => messages.length))
  const bytes = new PackedBytes(RECORD_BYTES * (1 + records.reduce((sum, count) => sum + count, 0)))
  bytes.shortText(transactionalId)
  bytes.int16(acks)
  bytes.int32(timeout)
  bytes.int32(topicData.length)
  for (const { topic, partitions } of topicData) {
    bytes.shortText(topic)
    bytes.int32(partitions.length)
    for (const { partition, firstSequence = 0, messages } of partitions) {
      bytes.int32(partition)
      bytes.int32(0)
      const start = bytes.size
      writeBatch(bytes, produced, firstSequence, messages)
      bytes.setUint32(bytes.size - start, start - 4)
    }
  }
  return bytes.from(0)
}

function writeBatch(
  bytes: PackedBytes,
  { transactionalId, producerId = -1, producerEpoch = 0 }: Produced,
  firstSequence: number,
  records: readonly ProducedRecord[],
): void {
  const now = Date.now()
  const times = records.map(({ timestamp }) => timestamp ?? null).filter((timestamp) => timestamp !== null)
  times.sort()
  const first = times[0] ?? now
  bytes.int64(0n)
  bytes.int32(0)
  const start = bytes.size
  // The leader's epoch, which a client doesn't know.
  bytes.int32(0)
  bytes.int8(MAGIC)
  bytes.int32(0)
  const checked = bytes.size
  bytes.int16(transactionalId ? TRANSACTIONAL : 0)
  bytes.int32(records.length - 1)
  bytes.int64(BigInt(first))
  bytes.int64(BigInt(times.at(-1) ?? now))
  bytes.int64(BigInt(String(producerId)))
  bytes.int16(producerEpoch)
  bytes.int32(firstSequence)
  bytes.int32(records.length)
  for (const [at, record] of records.entries())
    writeRecord(bytes, record, at, Number(record.timestamp || now) - Number(first))
  bytes.setUint32(bytes.size - start, start - 4)
  bytes.setUint32(crc32c(bytes.from(checked)), checked - 4)
}

function writeRecord(bytes: PackedBytes, record: ProducedRecord, offsetDelta: number, timestampDelta: number): void {
  const { key, value, headers = {} } = record
  const start = bytes.begin()
  bytes.int8(0)
  bytes.varlong(timestampDelta)
  bytes.varint(offsetDelta)
  bytes.field(key)
  bytes.field(value)
  let count = 0
  for (const name in headers) {
    const content = headers[name]
    count += Array.isArray(content) ? content.length : 1
  }
  bytes.varint(count)
  for (const name in headers) {
    const content = headers[name]
    if (Array.isArray(content)) {
      for (const one of content) {
        bytes.field(name)
        bytes.field(one)
      }
    } else {
      bytes.field(name)
      bytes.field(content as Content)
    }
  }
  bytes.end(start)
}
