import type { TopicName } from '@payout/schemas/topics'
import { PartitionMissingError } from '../../errors.ts'
import type { PartitionOffsets, ReadFrom, ReadOptions } from '../../port.ts'
import type { KafkaAdmin } from '../admin/admin.ts'

/**
 * Where the partitions of one reading begin and end. Each question is asked once, whatever the number of partitions.
 */
export class ReadingBounds {
  readonly #admin: KafkaAdmin
  readonly #offsets: Promise<ReadonlyMap<TopicName, readonly PartitionOffsets[]>>
  readonly #offsetsAt = new Map<string, Promise<number[]>>()

  constructor(admin: KafkaAdmin, from: ReadOptions['from']) {
    this.#admin = admin
    this.#offsets = admin.offsetsOf([...new Set(from.map(({ topic }) => topic))])
  }

  async of(topic: TopicName, partition: number, at: ReadFrom): Promise<{ begin: number; end: number }> {
    const ranges = (await this.#offsets).get(topic) ?? []
    const range = ranges[partition]
    if (range === undefined) throw new PartitionMissingError(topic, partition, ranges.length)
    const { beginning, end } = range
    // Kafka takes a time below zero for the name of an end: -1 is "behind the last".
    if (at === 'beginning' || ('timestamp' in at && at.timestamp <= 0)) return { begin: beginning, end }
    if ('offset' in at) return { begin: Math.max(beginning, at.offset), end }
    return { begin: (await this.#since(topic, at.timestamp))[partition] ?? end, end }
  }

  #since(topic: TopicName, timestamp: number): Promise<number[]> {
    const question = `${timestamp} ${topic}`
    const known = this.#offsetsAt.get(question)
    if (known !== undefined) return known
    const answer = this.#admin.offsetsAt(topic, timestamp)
    this.#offsetsAt.set(question, answer)
    return answer
  }
}
