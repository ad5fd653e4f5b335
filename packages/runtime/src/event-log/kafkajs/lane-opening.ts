/** How a session of a lane begins. */
import type { TopicName } from '@payout/schemas/topics'
import type { Kafka } from 'kafkajs'
import type { EventLogMetrics } from '../metrics.ts'
import type { KafkaAdmin } from './admin.ts'
import type { Lane } from './lane.ts'
import { KafkaLaneSession, type TopicStart } from './lane-session.ts'
import { TransactionProducer } from './transaction-producer.ts'

export interface LaneOpening {
  readonly kafka: Kafka
  readonly admin: KafkaAdmin
  readonly namespace: string
  readonly group: string
  readonly replayed: readonly TopicName[]
  readonly transactionTimeoutMs: number
  readonly metrics: EventLogMetrics
  readonly isStopping: () => boolean
  readonly onFlow: (lane: Lane) => void
}

/**
 * Initialises the lane's transactional id first and reads its offsets then: read before, they may be those that the lane's last owner has
 * yet to move, and its work would be done twice.
 * @throws LogUnavailableError, OffsetOutOfRangeError
 */
export async function openSession(lane: Lane, opening: LaneOpening): Promise<KafkaLaneSession> {
  const { kafka, admin, namespace, group, transactionTimeoutMs, metrics, isStopping, onFlow } = opening
  const groupId = `${namespace}.${group}`
  const transactionalId = `${groupId}.${lane.name}`
  const producer = await TransactionProducer.open({ kafka, namespace, transactionalId, transactionTimeoutMs })
  try {
    const starts = await Promise.all(lane.topics.map((topic) => topicStart(lane, topic, opening)))
    return new KafkaLaneSession({
      name: lane.name,
      group,
      groupId,
      partition: lane.partition,
      starts: new Map(starts),
      producer,
      metrics,
      isStopping,
      end: async (topic) => (await admin.offsets(topic))[lane.partition]?.end ?? 0,
      onFlow: () => onFlow(lane),
    })
  } catch (error) {
    producer.close()
    throw error
  }
}

async function topicStart(
  { partition }: Lane,
  topic: TopicName,
  { admin, group, replayed }: LaneOpening,
): Promise<[TopicName, TopicStart]> {
  const isReplayed = replayed.includes(topic)
  const [committed, offsets] = await Promise.all([
    isReplayed ? [] : admin.committed(group, topic),
    admin.offsets(topic),
  ])
  const range = offsets[partition]
  if (range === undefined) throw new RangeError(`${topic} has no partition ${partition}`)
  return [topic, { committed: committed[partition], range, isReplayed }]
}
