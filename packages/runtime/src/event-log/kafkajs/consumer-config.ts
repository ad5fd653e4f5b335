import { type TopicName, topics as topicTable } from '@payout/schemas/topics'
import { MIB } from '@payout/schemas/units'
import type { ConsumerConfig, ConsumerRunConfig, EachBatchPayload, PartitionAssigner } from 'kafkajs'
import { BUSY_WAIT_MS } from './patches/impatient-fetches.ts'

export interface ConsumerConfigOptions {
  /** With its namespace. */
  readonly groupId: string
  readonly topics: readonly TopicName[]
  readonly assigner: PartitionAssigner
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
}

/** How every consumer of the adapter fetches and stays in its group. */
export function consumerConfig(settings: ConsumerConfigOptions): ConsumerConfig {
  const { groupId, topics, assigner, sessionTimeoutMs, heartbeatMs } = settings
  // A partition gives its largest batch whole only where it comes first in a fetch, or where that much is asked of it.
  const largest = Math.max(MIB, ...topics.map((topic) => topicTable[topic].maxMessageBytes))
  return {
    groupId,
    partitionAssigners: [assigner],
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    rebalanceTimeout: Math.max(10_000, sessionTimeoutMs),
    // Heartbeats go out between two fetches, also when everything is paused.
    maxWaitTimeInMs: BUSY_WAIT_MS,
    maxBytesPerPartition: largest,
    maxBytes: 4 * largest,
    allowAutoTopicCreation: false,
    retry: { retries: 8, initialRetryTime: 50, maxRetryTime: 1_000, restartOnFailure: async () => true },
  }
}

/** Nothing is committed but by transactions, and positions move only where a batch was taken in. */
export function runConfig(onBatch: (payload: EachBatchPayload) => void): ConsumerRunConfig {
  return {
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 16,
    eachBatch: async (payload) => onBatch(payload),
  }
}
