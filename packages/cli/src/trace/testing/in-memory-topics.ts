import type { LogRecord } from '@payout/runtime/event-log/port'
import { eventType } from '@payout/schemas/cloud-event'
import { Codec } from '@payout/schemas/codec'
import type { Records } from '@payout/schemas/generated/records'
import type { TopicName } from '@payout/schemas/topics'
import type { ReadableLog } from '../found-records.ts'

const codec = new Codec()

/** Partitions of every topic of a shelf. */
export const LANES = 4

/** Topics in memory: four partitions each, keys placed by their length. */
export class InMemoryTopics implements ReadableLog {
  readonly records: LogRecord[] = []
  readonly readFrom: { topic: TopicName; partition: number }[] = []

  async partitions(): Promise<number> {
    return LANES
  }

  async partitionFor(_topic: TopicName, key: string): Promise<number> {
    return key.length % LANES
  }

  async *read({ from }: Parameters<ReadableLog['read']>[0]): AsyncGenerator<LogRecord> {
    for (const { topic, partition, at } of from) {
      this.readFrom.push({ topic, partition })
      for (const record of this.records) {
        if (record.topic !== topic || record.partition !== partition) continue
        if (at !== 'beginning' && 'offset' in at && record.offset < at.offset) continue
        if (at !== 'beginning' && 'timestamp' in at && record.timestamp < at.timestamp) continue
        yield record
      }
    }
  }

  write<N extends keyof Records>(
    place: { topic: TopicName; partition: number; timestamp: number; key: string },
    name: N,
    value: Records[N],
  ): LogRecord {
    const { topic, partition } = place
    const offset = this.records.filter((each) => each.topic === topic && each.partition === partition).length
    const record = {
      topic,
      partition,
      offset,
      timestamp: place.timestamp,
      key: Buffer.from(place.key),
      value: codec.encode(name, value),
      headers: { ce_type: eventType(name) },
    }
    this.records.push(record)
    return record
  }
}
