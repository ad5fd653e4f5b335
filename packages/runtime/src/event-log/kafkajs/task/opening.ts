/** How a session of a task begins. */
import type { TopicName } from '@payout/schemas/topics'
import type { Kafka } from 'kafkajs'
import { type BatchUndecodableError, PartitionMissingError } from '../../errors.ts'
import type { EventLogMetrics } from '../../metrics.ts'
import type { KafkaAdmin } from '../admin/admin.ts'
import { TransactionProducer } from '../produce/transaction-producer.ts'
import { KafkaTaskSession, type TopicStart } from './session.ts'
import type { Task } from './task.ts'

export interface OpeningDependencies {
  readonly kafka: Kafka
  readonly admin: KafkaAdmin
  readonly namespace: string
  readonly group: string
  readonly replayed: readonly TopicName[]
  /** The topics that a task must have; empty where each partition is one by itself. */
  readonly needed: readonly TopicName[]
  readonly transactionTimeoutMs: number
  readonly metrics: EventLogMetrics
  readonly isStopping: () => boolean
  readonly onFlow: (task: Task) => void
  readonly onUndecodable: (session: KafkaTaskSession, error: BatchUndecodableError) => void
}

/**
 * Initialises the task's transactional id first and reads its offsets then: read before, they may be those that the
 * task's last owner has yet to move, and its work would be done twice.
 * @throws LogUnavailableError, OffsetOutOfRangeError, PartitionMissingError
 */
export async function openSession(task: Task, opening: OpeningDependencies): Promise<KafkaTaskSession> {
  const { kafka, admin, namespace, group, transactionTimeoutMs, metrics, isStopping, onFlow, onUndecodable } = opening
  const groupId = `${namespace}.${group}`
  const transactionalId = `${groupId}.${task.name}`
  const producer = await TransactionProducer.open({ kafka, namespace, transactionalId, transactionTimeoutMs })
  try {
    const starts = await topicStarts(task, opening)
    return new KafkaTaskSession({
      name: task.name,
      group,
      groupId,
      partition: task.partition,
      starts,
      producer,
      metrics,
      isStopping,
      end: async (topic) => (await admin.offsets(topic))[task.partition]?.end ?? 0,
      written: async (topic) => (await admin.written(topic))[task.partition] ?? 0,
      onFlow: () => onFlow(task),
      onUndecodable,
    })
  } catch (error) {
    producer.close()
    throw error
  }
}

async function topicStarts(
  { partition, topics }: Task,
  { admin, group, replayed, needed }: OpeningDependencies,
): Promise<Map<TopicName, TopicStart>> {
  const absent = needed.find((topic) => !topics.includes(topic))
  if (absent !== undefined) throw new PartitionMissingError(absent, partition, await admin.partitions(absent))
  const [committed, offsets] = await Promise.all([
    admin.committed(
      group,
      topics.filter((topic) => !replayed.includes(topic)),
    ),
    admin.offsetsOf(topics),
  ])
  return new Map(
    topics.map((topic) => {
      const ranges = offsets.get(topic) ?? []
      const range = ranges[partition]
      if (range === undefined) throw new PartitionMissingError(topic, partition, ranges.length)
      return [topic, { committed: committed.get(topic)?.[partition], range, isReplayed: replayed.includes(topic) }]
    }),
  )
}
