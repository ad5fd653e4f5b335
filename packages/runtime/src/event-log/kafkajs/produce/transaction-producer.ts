/** A transactional producer that is used until its first error. */
import { setTimeout as sleep } from 'node:timers/promises'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import type { Kafka } from 'kafkajs'
import { LogUnavailableError } from '../../errors.ts'
import type { OutgoingRecord } from '../../port.ts'
import { kafkaErrorType } from '../client.ts'
import { type Cluster, newCluster, newTransactionState, type TransactionState } from '../internals.ts'
import { toBatches, toMessage } from '../log-record.ts'
import { within } from '../within.ts'
import { confirmedOffsets } from './send-result.ts'

/** kafkajs gives an initialisation up after some seconds by itself; a broker that hangs must not hold a task longer. */
const INIT_MS = 20_000
/**
 * While the markers of the last transaction are being written the next one is told to come again: after so long, and
 * longer each time.
 */
const FIRST_PAUSE_MS = 2
const LONGEST_PAUSE_MS = 100

export interface TransactionProducerDependencies {
  readonly kafka: Kafka
  readonly namespace: string
  readonly transactionalId: string
  /** Both the broker's limit, after which it aborts an open transaction, and ours. */
  readonly transactionTimeoutMs: number
}

/** Offsets of one group that a transaction commits. */
export interface GroupOffsets {
  readonly groupId: string
  readonly partition: number
  readonly next: readonly (readonly [TopicName, number])[]
}

/** Records of one partition that go in one batch. */
interface Batch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly OutgoingRecord[]
}

/**
 * A transaction is five requests where its partitions have one leader, and one more for each other leader:
 * AddOffsetsToTxn, TxnOffsetCommit, AddPartitionsToTxn, Produce, EndTxn. No Produce is ever sent a second time
 * (S3.2): kafkajs' own producer repeats a send whose leaders have moved or whose answer was lost, and then loses or
 * doubles records where the send spans leaders.
 */
export class TransactionProducer {
  readonly #dependencies: TransactionProducerDependencies
  readonly #cluster: Cluster
  readonly #state: TransactionState
  /** Rejects when the producer is closed, so that nobody waits for the rest of a transaction that was given up. */
  readonly #closed = Promise.withResolvers<never>()
  #isClosed = false

  private constructor(dependencies: TransactionProducerDependencies) {
    const { kafka, transactionalId, transactionTimeoutMs } = dependencies
    this.#dependencies = dependencies
    this.#closed.promise.catch(() => undefined)
    this.#cluster = newCluster(kafka, { maxInFlightRequests: 1 })
    this.#state = newTransactionState(this.#cluster, {
      logger: kafka.logger(),
      transactionalId,
      transactionTimeout: transactionTimeoutMs,
    })
    // Every request needs a broker first, and to find one may connect it again.
    const { brokerPool } = this.#cluster
    const findBroker = brokerPool.findBroker.bind(brokerPool)
    brokerPool.findBroker = (at) => (this.#isClosed ? Promise.reject(this.#givenUp()) : findBroker(at))
  }

  /**
   * Initialises the transactional id: what was in flight under it is aborted, and no other producer of this id can
   * write any more.
   * @throws LogUnavailableError
   */
  static async open(dependencies: TransactionProducerDependencies): Promise<TransactionProducer> {
    const { transactionalId } = dependencies
    const opened = new TransactionProducer(dependencies)
    const initialised = opened.#cluster.connect().then(() => opened.#state.initProducerId())
    try {
      await within(INIT_MS, `initialising ${transactionalId}`, initialised)
      return opened
    } catch (error) {
      opened.#giveUp(initialised)
      throw new LogUnavailableError(`${transactionalId} could not be initialised`, { cause: error })
    }
  }

  /**
   * Writes records and offsets in one transaction. After an error nothing is known, nothing more of it is sent, and
   * this producer is closed.
   * @throws LogUnavailableError, at once when the producer is closed meanwhile
   */
  async transact(records: readonly OutgoingRecord[], offsets: GroupOffsets): Promise<void> {
    const { transactionalId, transactionTimeoutMs } = this.#dependencies
    const work = this.#transact(records, offsets)
    try {
      await within(transactionTimeoutMs, 'a transaction', Promise.race([work, this.#closed.promise]))
    } catch (error) {
      this.#giveUp(work)
      throw new LogUnavailableError(`a transaction of ${transactionalId} failed`, { cause: error })
    }
  }

  async #transact(records: readonly OutgoingRecord[], { groupId, partition, next }: GroupOffsets): Promise<void> {
    const { namespace } = this.#dependencies
    this.#checkOpen()
    this.#state.beginTransaction()
    if (next.length > 0) {
      const topics = next.map(([topic, offset]) => ({
        topic: qualifiedTopic(namespace, topic),
        partitions: [{ partition, offset: String(offset) }],
      }))
      await this.#afterMarkers(() => this.#state.sendOffsets({ consumerGroupId: groupId, topics }))
    }
    if (records.length > 0) await this.#send(records)
    this.#checkOpen()
    await this.#state.commit()
  }

  async #send(records: readonly OutgoingRecord[]): Promise<void> {
    const sends = toSends(this.#dependencies.namespace, records)
    // The first round has a batch of every partition.
    const topics = byTopic(sends[0] ?? [])
    await this.#cluster.addMultipleTargetTopics(topics.map(({ topic }) => topic))
    await this.#cluster.refreshMetadataIfNecessary()
    await this.#afterMarkers(() => this.#state.addPartitionsToTransaction(topics))
    for (const batches of sends) await this.#produce(batches)
  }

  /** Sends batches, each of another partition: one request a leader, all at once. */
  async #produce(batches: readonly Batch[]): Promise<void> {
    const cluster = this.#cluster
    const leaders = [...Map.groupBy(batches, ({ topic, partition }) => leaderOf(cluster, topic, partition))]
    const brokers = await Promise.all(leaders.map(([nodeId]) => cluster.findBroker({ nodeId })))
    this.#checkOpen()
    // All of them have ended before the first failure is told: none writes on behind the back of who goes on after it.
    const answers = await Promise.allSettled(
      leaders.map(async ([, ours], at) => {
        const topicData = byTopic(ours).map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition, records }) => ({
            partition,
            firstSequence: this.#nextSequence(topic, partition, records.length),
            messages: records.map(toMessage),
          })),
        }))
        const answer = await brokers[at]?.produce({
          transactionalId: this.#dependencies.transactionalId,
          producerId: this.#state.getProducerId(),
          producerEpoch: this.#state.getProducerEpoch(),
          acks: -1,
          timeout: this.#dependencies.transactionTimeoutMs,
          topicData,
        })
        confirmedOffsets(answer, ours)
      }),
    )
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason
  }

  #nextSequence(topic: string, partition: number, count: number): number {
    const sequence = this.#state.getSequence(topic, partition)
    this.#state.updateSequence(topic, partition, count)
    return sequence
  }

  /**
   * The first request of a transaction right behind another one is answered with CONCURRENT_TRANSACTIONS for some
   * milliseconds, and did nothing then. Later ones of the same transaction never are.
   */
  async #afterMarkers(request: () => Promise<void>): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      this.#checkOpen()
      try {
        return await request()
      } catch (error) {
        if (kafkaErrorType(error) !== 'CONCURRENT_TRANSACTIONS') throw error
      }
      await sleep(pause)
    }
  }

  /** A transaction that was given up must not be committed after all. */
  #checkOpen(): void {
    if (this.#isClosed) throw this.#givenUp()
  }

  #givenUp(): LogUnavailableError {
    return new LogUnavailableError(`a transaction of ${this.#dependencies.transactionalId} was given up`)
  }

  /** Ends a transaction under way at once, and closes the connections. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#closed.reject(this.#givenUp())
    this.#disconnect()
  }

  /**
   * Closes the connections, and once more behind `work`: what of it was connecting, or asking about topics, may have
   * connected meanwhile.
   */
  #giveUp(work: Promise<unknown>): void {
    this.close()
    const disconnect = () => this.#disconnect()
    void work.then(disconnect, disconnect)
  }

  #disconnect(): void {
    this.#cluster.disconnect().catch(() => undefined)
  }
}

/**
 * The records in as few rounds as their topics allow; each round has one batch of a partition at the most, and a
 * partition's batches keep their order.
 */
function toSends(namespace: string, records: readonly OutgoingRecord[]): Batch[][] {
  const sends: Batch[][] = []
  for (const group of Map.groupBy(records, ({ topic, partition }) => `${topic} ${partition}`).values()) {
    for (const [round, batch] of toBatches(group).entries()) {
      const [first] = batch
      if (first === undefined) continue
      const { topic, partition } = first
      sends[round] ??= []
      sends[round].push({ topic: qualifiedTopic(namespace, topic), partition, records: batch })
    }
  }
  return sends
}

function byTopic(batches: readonly Batch[]): { topic: string; partitions: Batch[] }[] {
  return [...Map.groupBy(batches, ({ topic }) => topic)].map(([topic, partitions]) => ({ topic, partitions }))
}

/** @throws LogUnavailableError where the partition has none at the moment */
function leaderOf(cluster: Cluster, topic: string, partition: number): string {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
  if (nodeId === undefined) throw new LogUnavailableError(`${topic}-${partition} has no leader that is known`)
  return nodeId
}
