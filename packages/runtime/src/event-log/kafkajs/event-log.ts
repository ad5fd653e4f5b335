/** The event log on Kafka, by kafkajs. */
import type { TopicName } from '@payout/schemas/topics'
import type { Kafka } from 'kafkajs'
import { type EventLogMetrics, noMetrics } from '../metrics.ts'
import type {
  EventLog,
  LogRecord,
  PartitionOffsets,
  Publisher,
  ReadOptions,
  Tail,
  TaskConsumer,
  TaskConsumerOptions,
} from '../port.ts'
import { SteppedOver } from '../stepped-over.ts'
import { KafkaAdmin } from './admin/admin.ts'
import { type EventLogLogger, type KafkaConnection, kafkaClient } from './client.ts'
import { partitionOf } from './produce/partition-of.ts'
import { KafkaPublisher } from './produce/publisher.ts'
import { TransactionProducer } from './produce/transaction-producer.ts'
import { readDecided } from './read/decided-records.ts'
import { Reader, type ReaderDependencies } from './read/reader.ts'
import { TopicTail } from './read/topic-tail.ts'
import { KafkaTaskConsumer } from './task/consumer.ts'
import { tasksOf } from './task/name.ts'

export interface KafkaEventLogOptions extends KafkaConnection {
  readonly namespace: string
  /**
   * A member that the group has not heard of for so long loses its tasks. Default 10,000; the brokers' own minimum is
   * 6,000.
   */
  readonly sessionTimeoutMs?: number
  /** How often a member sends a heartbeat. Default a twentieth of the session timeout. */
  readonly heartbeatMs?: number
  /**
   * A consumer that gets no answer for so long, while Kafka answers others, is given up: its process has to begin
   * anew. Default 120,000.
   */
  readonly stuckMs?: number
  /** A transaction that takes longer fails; the brokers abort it. Default 30,000. */
  readonly transactionTimeoutMs?: number
  /** An append to a publisher that takes longer rejects. Default 8,000. */
  readonly publishTimeoutMs?: number
  readonly metrics?: EventLogMetrics
}

/** Connects when it is first used. */
export function kafkaEventLog(options: KafkaEventLogOptions): EventLog {
  return new KafkaEventLog(options)
}

class KafkaEventLog implements EventLog {
  readonly namespace: string
  readonly #kafka: Kafka
  readonly #admin: KafkaAdmin
  readonly #logger: EventLogLogger
  readonly #metrics: EventLogMetrics
  readonly #sessionTimeoutMs: number
  readonly #heartbeatMs: number
  readonly #stuckMs: number
  readonly #transactionTimeoutMs: number
  readonly #publishTimeoutMs: number
  readonly #steppedOver = new SteppedOver((topic) => {
    // What can't be decoded in the topic that holds people's words is no word of theirs.
    return new TopicTail({ admin: this.#admin, steppedOver: { includes: () => Promise.resolve(true) } }, topic)
  })
  readonly #closing: (() => Promise<void>)[] = []

  constructor(options: KafkaEventLogOptions) {
    this.namespace = options.namespace
    this.#kafka = kafkaClient(options)
    this.#admin = new KafkaAdmin(this.#kafka, options.namespace, options)
    this.#logger = options.logger
    this.#metrics = options.metrics ?? noMetrics
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? 10_000
    this.#heartbeatMs = options.heartbeatMs ?? Math.ceil(this.#sessionTimeoutMs / 20)
    this.#stuckMs = options.stuckMs ?? 120_000
    this.#transactionTimeoutMs = options.transactionTimeoutMs ?? 30_000
    this.#publishTimeoutMs = options.publishTimeoutMs ?? 8_000
  }

  async consume(options: TaskConsumerOptions): Promise<TaskConsumer> {
    const consumer = await KafkaTaskConsumer.start(
      {
        kafka: this.#kafka,
        admin: this.#admin,
        namespace: this.namespace,
        logger: this.#logger,
        metrics: this.#metrics,
        steppedOver: this.#steppedOver,
        sessionTimeoutMs: this.#sessionTimeoutMs,
        heartbeatMs: this.#heartbeatMs,
        stuckMs: this.#stuckMs,
        transactionTimeoutMs: this.#transactionTimeoutMs,
      },
      options,
    )
    this.#closing.push(() => consumer.stop(0))
    return consumer
  }

  publisher({ maxBytes }: { maxBytes: number }): Publisher {
    const publisher = new KafkaPublisher({
      kafka: this.#kafka,
      namespace: this.namespace,
      maxBytes,
      timeoutMs: this.#publishTimeoutMs,
      metrics: this.#metrics,
    })
    this.#closing.push(() => publisher.close())
    return publisher
  }

  read(options: ReadOptions): AsyncIterable<LogRecord> {
    const readerOptions = { ...this.#readerDependencies, steppedOver: this.#steppedOver }
    return options.until === 'decided' ? readDecided(readerOptions, options) : Reader.read(readerOptions, options)
  }

  tail(topic: TopicName): Tail {
    return new TopicTail({ admin: this.#admin, steppedOver: this.#steppedOver }, topic)
  }

  get #readerDependencies(): ReaderDependencies {
    return {
      kafka: this.#kafka,
      admin: this.#admin,
      namespace: this.namespace,
      sessionTimeoutMs: this.#sessionTimeoutMs,
    }
  }

  partitions(topic: TopicName): Promise<number> {
    return this.#admin.partitions(topic)
  }

  async partitionFor(topic: TopicName, key: string): Promise<number> {
    return partitionOf(key, await this.partitions(topic))
  }

  offsets(topic: TopicName): Promise<PartitionOffsets[]> {
    return this.#admin.offsets(topic)
  }

  written(topic: TopicName): Promise<number[]> {
    return this.#admin.written(topic)
  }

  async committed(group: string, topic: TopicName): Promise<(number | undefined)[]> {
    return [...((await this.#admin.committed(group, [topic])).get(topic) ?? [])]
  }

  async fence(group: string, taskName: string): Promise<void> {
    const producer = await TransactionProducer.open({
      kafka: this.#kafka,
      namespace: this.namespace,
      transactionalId: `${this.namespace}.${group}.${taskName}`,
      transactionTimeoutMs: this.#transactionTimeoutMs,
    })
    producer.close()
  }

  async taskNames({
    tasks,
    topics,
  }: {
    tasks: 'by-lane' | 'by-partition'
    topics: readonly TopicName[]
  }): Promise<string[]> {
    const partitions = await Promise.all(
      topics.map(async (topic) => {
        const count = await this.partitions(topic)
        return Array.from({ length: count }, (_, partition) => ({ topic, partition }))
      }),
    )
    return [...tasksOf(tasks, partitions.flat()).keys()]
  }

  /** Consumers that still run are stopped without grace; what publishers have under way is waited for. */
  async close(): Promise<void> {
    await Promise.all(this.#closing.splice(0).map((close) => close()))
    await this.#admin.close()
  }
}
