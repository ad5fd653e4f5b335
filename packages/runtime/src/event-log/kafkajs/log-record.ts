/** Records between the port and kafkajs, and how large they are in Kafka. */
import { type TopicName, topics } from '@payout/schemas/topics'
import type { Message } from 'kafkajs'
import { RecordTooLargeError } from '../errors.ts'
import type { LogRecord, OutgoingRecord } from '../port.ts'
import type { DecodedRecord } from './record-batch/records.ts'

/** The head of a record batch (61 bytes), rounded up. */
const BATCH_OVERHEAD_BYTES = 64
/**
 * Length, attributes, time and offset delta, lengths of key and value, number of headers: the most that they can
 * take.
 */
const RECORD_OVERHEAD_BYTES = 36
/** Lengths of a header's name and value. */
const HEADER_OVERHEAD_BYTES = 10

export function toLogRecord(topic: TopicName, partition: number, message: DecodedRecord): LogRecord {
  const { offset, timestamp, key, value, headers } = message
  return { topic, partition, offset: Number(offset), timestamp: Number(timestamp), key, value, headers }
}

export function toMessage({ partition, key, value, headers }: OutgoingRecord): Message {
  return { partition, key, value, headers: { ...headers } }
}

/** How many bytes the record takes in a batch, at the most. */
export function recordBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (value?.length ?? 0) + (key === null ? 0 : Buffer.byteLength(key))
  for (const [name, text] of Object.entries(headers)) {
    bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(text)
  }
  return bytes
}

/** How many bytes of records a batch of this topic may hold. */
export function batchCapacity(topic: TopicName): number {
  return topics[topic].maxMessageBytes - BATCH_OVERHEAD_BYTES
}

/**
 * @throws RecordTooLargeError when no batch of the topic can hold the record.
 * @returns its bytes.
 */
export function checkedBytes(record: OutgoingRecord): number {
  const bytes = recordBytes(record)
  if (bytes > batchCapacity(record.topic))
    throw new RecordTooLargeError(record.topic, bytes, batchCapacity(record.topic))
  return bytes
}

/** The records of one partition in as few batches as their topic allows, in order. */
export function toBatches(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const batches: OutgoingRecord[][] = []
  let room = 0
  for (const record of records) {
    const bytes = recordBytes(record)
    const last = batches.at(-1)
    if (last !== undefined && bytes <= room) {
      last.push(record)
      room -= bytes
    } else {
      batches.push([record])
      room = batchCapacity(record.topic) - bytes
    }
  }
  return batches
}
