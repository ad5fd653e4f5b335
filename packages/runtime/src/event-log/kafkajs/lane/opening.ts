/** How a session of a lane begins. */
import type { TopicName } from '@payout/schemas/topics'
import type { Kafka } from 'kafkajs'
import { type BatchUndecodableError, PartitionMissingError } from '../../errors.ts'
import type { EventLogMetrics } from '../../metrics.ts'
import type { KafkaAdmin } from '../admin/admin.ts'
import { TransactionProducer } from '../produce/transaction-producer.ts'
import type { Lane } from './lane.ts'
import { KafkaLaneSession, type TopicStart } from './session.ts'

export interface LaneOpening {
  readonly kafka: Kafka
  readonly admin: KafkaAdmin
  readonly namespace: string
  readonly group: string
  readonly replayed: readonly TopicName[]
  /** The topics that a lane must have; empty where each partition is one by itself. */
  readonly needed: readonly TopicName[]
  readonly transactionTimeoutMs: number
  readonly metrics: EventLogMetrics
  readonly isStopping: () => boolean
  readonly onFlow: (lane: Lane) => void
  readonly onUndecodable: (session: KafkaLaneSession, error: BatchUndecodableError) => void
}

/**
 * Initialises the lane's transactional id first and reads its offsets then: read before, they may be those that the lane's last owner has
 * yet to move, and its work would be done twice.
 * @throws LogUnavailableError, OffsetOutOfRangeError, PartitionMissingError
 */
export async function openSession(lane: Lane, opening: LaneOpening): Promise<KafkaLaneSession> {
  const { kafka, admin, namespace, group, transactionTimeoutMs, metrics, isStopping, onFlow, onUndecodable } = opening
  const groupId = `${namespace}.${group}`
  const transactionalId = `${groupId}.${lane.name}`
  const producer = await TransactionProducer.open({ kafka, namespace, transactionalId, transactionTimeoutMs })
  try {
    const starts = await topicStarts(lane, opening)
    return new KafkaLaneSession({
      name: lane.name,
      group,
      groupId,
      partition: lane.partition,
      starts,
      producer,
      metrics,
      isStopping,
      end: async (topic) => (await admin.offsets(topic))[lane.partition]?.end ?? 0,
      written: async (topic) => (await admin.written(topic))[lane.partition] ?? 0,
      onFlow: () => onFlow(lane),
      onUndecodable,
    })
  } catch (error) {
    producer.close()
    throw error
  }
}

async function topicStarts(
  { partition, topics }: Lane,
  { admin, group, replayed, needed }: LaneOpening,
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
