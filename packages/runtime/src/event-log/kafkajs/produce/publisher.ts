/** Appends with group commit: one idempotent producer and one send at a time for each partition. */
import type { TopicName } from '@payout/schemas/topics'
import type { Kafka } from 'kafkajs'
import { LogUnavailableError, PublisherFullError } from '../../errors.ts'
import type { EventLogMetrics } from '../../metrics.ts'
import type { OutgoingRecord, Publisher } from '../../port.ts'
import { checkedBytes } from '../log-record.ts'
import { PartitionAppender } from './partition-appender.ts'

export interface PublisherDependencies {
  readonly kafka: Kafka
  readonly namespace: string
  /** Bound of all records that are on their way, in bytes as they are in Kafka. */
  readonly maxBytes: number
  /** After this time an append rejects, whatever became of it. */
  readonly timeoutMs: number
  readonly metrics: EventLogMetrics
}

export class KafkaPublisher implements Publisher {
  readonly #dependencies: PublisherDependencies
  readonly #appenders = new Map<string, PartitionAppender>()
  #bytes = 0
  #isClosed = false

  constructor(dependencies: PublisherDependencies) {
    this.#dependencies = dependencies
  }

  get healthy(): boolean {
    return [...this.#appenders.values()].every(({ healthy }) => healthy)
  }

  /** Rejects with `RecordTooLargeError` too, for a record that its topic can never take. */
  async append(record: OutgoingRecord): Promise<{ offset: number }> {
    if (this.#isClosed) throw new LogUnavailableError('the publisher is closed')
    const bytes = checkedBytes(record)
    if (this.#bytes + bytes > this.#dependencies.maxBytes) throw new PublisherFullError(this.#dependencies.maxBytes)
    this.#bytes += bytes
    try {
      return { offset: await this.#appender(record.topic, record.partition).append(record, bytes) }
    } finally {
      this.#bytes -= bytes
    }
  }

  /** Waits for what is on its way, then closes all connections. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#appenders.values()].map((appender) => appender.close()))
  }

  #appender(topic: TopicName, partition: number): PartitionAppender {
    const at = `${topic} ${partition}`
    const known = this.#appenders.get(at)
    if (known !== undefined) return known
    const appender = new PartitionAppender({ ...this.#dependencies, topic, partition })
    this.#appenders.set(at, appender)
    return appender
  }
}
