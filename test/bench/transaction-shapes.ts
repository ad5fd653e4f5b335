/** The two shapes of one transaction: as kafkajs' own producer makes it safely, and ours. */
import type { KafkaConnection } from '@payout/runtime/event-log/kafkajs/client'
import { kafkaClient } from '@payout/runtime/event-log/kafkajs/client'
import { TransactionProducer } from '@payout/runtime/event-log/kafkajs/produce/transaction-producer'
import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import { Partitioners } from 'kafkajs'

const TIMEOUT_MS = 60_000

/** What a producer is made for. Records go to `to`, the offset is one of partition 0 of `from`. */
export interface ShapeOptions {
  readonly connection: KafkaConnection
  readonly namespace: string
  readonly from: TopicName
  readonly to: TopicName
  readonly name: string
}

export interface Shape {
  /** One transaction: these records, by partition, and an offset. */
  transact(partitions: readonly (readonly OutgoingRecord[])[], offset: number): Promise<void>
  close(): Promise<void>
}

/**
 * kafkajs' producer: a send that spans leaders is not safe there, so each partition is sent by itself; then offsets,
 * then the commit.
 */
export async function sendEachPartition({ connection, namespace, from, to, name }: ShapeOptions): Promise<Shape> {
  const producer = kafkaClient(connection).producer({
    transactionalId: `${namespace}.${name}`,
    transactionTimeout: TIMEOUT_MS,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: 40, initialRetryTime: 5, maxRetryTime: 500 },
  })
  await producer.connect()
  const topic = qualifiedTopic(namespace, to)
  return {
    transact: async (partitions, offset) => {
      const transaction = await producer.transaction()
      await Promise.all(
        partitions.map((records, partition) => {
          const messages = records.map(({ key, value, headers }) => ({
            partition,
            key,
            value,
            headers: { ...headers },
          }))
          return transaction.send({ topic, messages, acks: -1 })
        }),
      )
      await transaction.sendOffsets({
        consumerGroupId: `${namespace}.${name}`,
        topics: [{ topic: qualifiedTopic(namespace, from), partitions: [{ partition: 0, offset: String(offset) }] }],
      })
      await transaction.commit()
    },
    close: () => producer.disconnect(),
  }
}

/** The adapter's own. */
export async function sendEachLeader({ connection, namespace, from, name }: ShapeOptions): Promise<Shape> {
  const transactionalId = `${namespace}.${name}`
  const kafka = kafkaClient(connection)
  const producer = await TransactionProducer.open({
    kafka,
    namespace,
    transactionalId,
    transactionTimeoutMs: TIMEOUT_MS,
  })
  return {
    transact: (partitions, offset) =>
      producer.transact(partitions.flat(), { groupId: transactionalId, partition: 0, next: [[from, offset]] }),
    close: async () => producer.close(),
  }
}
