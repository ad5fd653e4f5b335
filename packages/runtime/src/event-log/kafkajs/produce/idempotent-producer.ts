/** One producer id, and the connections under which it writes. */
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import type { Kafka } from 'kafkajs'
import type { OutgoingRecord } from '../../port.ts'
import { type Cluster, newCluster, newProducerState, type ProducerState } from '../internals.ts'
import { toMessage } from '../log-record.ts'
import { within } from '../within.ts'
import { withPartitionsWithoutLeader } from './leaderless.ts'
import { confirmedOffsets } from './send-result.ts'

export interface IdempotentProducerDependencies {
  readonly kafka: Kafka
  readonly namespace: string
  /** Within which a broker has to answer a send, and a producer has to be opened, in milliseconds. */
  readonly timeoutMs: number
}

/** Records of one partition that go in one batch. */
export interface SequencedBatch {
  readonly topic: TopicName
  readonly partition: number
  /** Given by `sequence`, once: a batch that is sent again has the same, and so is stored once. */
  readonly firstSequence: number
  readonly records: readonly OutgoingRecord[]
}

/** What stands in a partition's metadata while it has none. */
const NO_LEADER = '-1'
/** Sequence numbers have 32 bits, and begin again at 0. */
const SEQUENCES = 2 ** 31

/**
 * Writes batches with one producer id. Each request is sent once; who calls may send a batch again, and has to send
 * the batches of a partition one after the other.
 */
export class IdempotentProducer {
  readonly #dependencies: IdempotentProducerDependencies
  readonly #cluster: Cluster
  readonly #state: ProducerState
  readonly #topics = new Set<TopicName>()
  readonly #sequences = new Map<string, number>()
  #isClosed = false

  private constructor(dependencies: IdempotentProducerDependencies) {
    this.#dependencies = dependencies
    this.#cluster = newCluster(dependencies.kafka, { maxInFlightRequests: 1 })
    withPartitionsWithoutLeader(this.#cluster)
    this.#state = newProducerState(this.#cluster, { logger: dependencies.kafka.logger() })
  }

  /** Connects, and gets a producer id. Rejects with an error of kafkajs, or when it takes too long. */
  static async open(dependencies: IdempotentProducerDependencies): Promise<IdempotentProducer> {
    const producer = new IdempotentProducer(dependencies)
    const opened = producer.#closedBehind(async () => {
      await producer.#cluster.connect()
      await producer.#state.initProducerId()
    })
    try {
      // A broker that stands still would be waited for much longer.
      await within(dependencies.timeoutMs, 'opening a producer', opened)
      return producer
    } catch (error) {
      producer.close()
      throw error
    }
  }

  /** Learns where the partitions of this topic, and of those before, are now. Rejects with an error of kafkajs. */
  learn(topic: TopicName): Promise<void> {
    return this.#closedBehind(async () => {
      if (!this.#cluster.isConnected()) await this.#cluster.connect()
      if (this.#topics.has(topic)) {
        await this.#cluster.refreshMetadata()
      } else {
        await this.#cluster.addMultipleTargetTopics([this.#name(topic)])
        this.#topics.add(topic)
      }
    })
  }

  /** The node that leads the partition; undefined where none is known. */
  leaderOf(topic: TopicName, partition: number): string | undefined {
    if (!this.#topics.has(topic)) return undefined
    const [leader] = Object.keys(this.#cluster.findLeaderForPartitions(this.#name(topic), [partition]))
    return leader === NO_LEADER ? undefined : leader
  }

  /** The first sequence number of a partition's next batch. */
  sequence(topic: TopicName, partition: number, records: number): number {
    const key = `${topic} ${partition}`
    const first = this.#sequences.get(key) ?? 0
    this.#sequences.set(key, (first + records) % SEQUENCES)
    return first
  }

  /**
   * Sends batches of several partitions to their leader in one request. Resolves with the offset of each one's first
   * record. Where it rejects, each of them may be stored or not: kafkajs tells the first error alone.
   */
  send(nodeId: string, batches: readonly SequencedBatch[]): Promise<number[]> {
    return this.#closedBehind(() => this.#send(nodeId, batches))
  }

  async #send(nodeId: string, batches: readonly SequencedBatch[]): Promise<number[]> {
    const sent = batches.map((batch) => ({ ...batch, topic: this.#name(batch.topic) }))
    await this.#cluster.refreshMetadataIfNecessary()
    const broker = await this.#cluster.findBroker({ nodeId })
    const answer = await broker.produce({
      producerId: this.#state.getProducerId(),
      producerEpoch: this.#state.getProducerEpoch(),
      acks: -1,
      timeout: this.#dependencies.timeoutMs,
      topicData: [...Map.groupBy(sent, ({ topic }) => topic)].map(([topic, partitions]) => ({
        topic,
        partitions: partitions.map(({ partition, firstSequence, records }) => ({
          partition,
          firstSequence,
          messages: records.map(toMessage),
        })),
      })),
    })
    return confirmedOffsets(answer, sent)
  }

  /** Closes the connections. What is under way rejects. */
  close(): void {
    this.#isClosed = true
    this.#disconnect()
  }

  /** Work that may connect, and so is disconnected again behind it where the producer was closed meanwhile. */
  async #closedBehind<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } finally {
      if (this.#isClosed) this.#disconnect()
    }
  }

  #disconnect(): void {
    this.#cluster.disconnect().catch(() => undefined)
  }

  #name(topic: TopicName): string {
    return qualifiedTopic(this.#dependencies.namespace, topic)
  }
}
