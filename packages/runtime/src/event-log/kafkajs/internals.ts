/**
 * What lies under the public API of kafkajs 2.2.4, as far as this adapter uses it: a cluster's connections, and the
 * state of one transactional id.
 */
import { createRequire } from 'node:module'
import type { Kafka, Logger, Message } from 'kafkajs'
import type { FetchedMessage } from './record-batch/record-set.ts'

const require = createRequire(import.meta.url)

/** One batch of records for one partition. */
export interface PartitionMessages {
  readonly partition: number
  readonly firstSequence: number
  readonly messages: readonly Message[]
}

/** What a broker says of one partition of a produce request. */
export interface ProducedPartition {
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: string
}

export interface ProduceAnswer {
  readonly topics: readonly { readonly topicName: string; readonly partitions: readonly ProducedPartition[] }[]
}

/**
 * One broker, connected when it was found. Each method is one request; what it rejects with has the protocol's name
 * as `type`.
 */
export interface Broker {
  produce(request: {
    readonly transactionalId?: string
    readonly producerId: unknown
    readonly producerEpoch: number
    readonly acks: -1
    readonly timeout: number
    readonly topicData: readonly { readonly topic: string; readonly partitions: readonly PartitionMessages[] }[]
  }): Promise<ProduceAnswer>
  listOffsets(request: {
    readonly isolationLevel: 0 | 1
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[]
    }[]
  }): Promise<{
    readonly responses: readonly { readonly topic: string; readonly partitions: readonly ListedOffset[] }[]
  }>
  offsetFetch(request: {
    readonly groupId: string
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number }[]
    }[]
  }): Promise<{
    readonly responses: readonly { readonly topic: string; readonly partitions: readonly ListedOffset[] }[]
  }>
  deleteGroups(groupIds: readonly string[]): Promise<unknown>
  fetch(request: {
    readonly isolationLevel: 0 | 1
    readonly maxWaitTime: number
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly {
        readonly partition: number
        readonly fetchOffset: string
        readonly maxBytes: number
      }[]
    }[]
  }): Promise<{
    readonly responses: readonly { readonly partitions: readonly { readonly messages: readonly FetchedMessage[] }[] }[]
  }>
}

/** Where a partition begins or ends, or the first offset at or after a time; -1 where there is none. */
export interface ListedOffset {
  readonly partition: number
  readonly offset: string
}

/** What a broker says of topics, as it came. */
export interface MetadataAnswer {
  readonly topicMetadata: readonly {
    readonly partitionMetadata: readonly { readonly partitionErrorCode: number; readonly leader: number }[]
  }[]
}

/** A broker as it is asked where topics are. */
export interface MetadataBroker {
  /** The request of a version that both sides know, and how its answer is read. */
  lookupRequest(
    apiKey: number,
    definition: unknown,
  ): (asked: object) => {
    readonly request: unknown
    /** Throws the errors that an answer names. */
    readonly response: { parse(answer: MetadataAnswer): Promise<unknown> }
  }
}

type FindBroker = (at: { readonly nodeId: string }) => Promise<Broker>

/** The connections to all brokers, and what is known of topics. */
export interface Cluster {
  readonly brokerPool: { findBroker: FindBroker; findConnectedBroker(): Promise<MetadataBroker> }
  connect(): Promise<void>
  disconnect(): Promise<void>
  /** Learns where these topics are, too. */
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  refreshMetadata(): Promise<void>
  isConnected(): boolean
  /** Partitions by node id of their leader. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, readonly number[]>>
  /** Empty for a topic that is not among those that it was told of. */
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[]
  findBroker: FindBroker
  findGroupCoordinator(group: { readonly groupId: string }): Promise<Broker>
}

/** The id of one producer. */
export interface ProducerState {
  /** A request. */
  initProducerId(): Promise<void>
  getProducerId(): unknown
  getProducerEpoch(): number
}

/** The state of one transactional id. Each method is a request, or a request after the question who coordinates. */
export interface TransactionState extends ProducerState {
  beginTransaction(): void
  addPartitionsToTransaction(
    topics: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number }[] }[],
  ): Promise<void>
  sendOffsets(offsets: {
    readonly consumerGroupId: string
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
    }[]
  }): Promise<void>
  commit(): Promise<void>
  getSequence(topic: string, partition: number): number
  updateSequence(topic: string, partition: number, increment: number): void
}

/** A cluster of its own: its connections are nobody else's. Connects to nothing yet. */
export function newCluster(kafka: Kafka, options: { readonly maxInFlightRequests?: number } = {}): Cluster {
  const createCluster = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  const create: unknown = createCluster && Reflect.get(kafka, createCluster)
  if (typeof create !== 'function')
    throw new TypeError('this is not kafkajs 2.2.4: a Kafka without its own createCluster')
  return create.call(kafka, { ...options, metadataMaxAge: METADATA_MAX_AGE_MS, allowAutoTopicCreation: false })
}

/** kafkajs' own default. A leader that moved meanwhile refuses what it is sent. */
const METADATA_MAX_AGE_MS = 300_000

/** For a producer without transactions. Sends nothing yet. */
export function newProducerState(cluster: Cluster, options: { readonly logger: Logger }): ProducerState {
  const create = require('kafkajs/src/producer/eosManager') as (options: object) => ProducerState
  return create({ ...options, cluster, transactional: false })
}

/** Sends nothing yet. */
export function newTransactionState(
  cluster: Cluster,
  options: { readonly logger: Logger; readonly transactionalId: string; readonly transactionTimeout: number },
): TransactionState {
  const create = require('kafkajs/src/producer/eosManager') as (options: object) => TransactionState
  return create({ ...options, cluster, transactional: true })
}
