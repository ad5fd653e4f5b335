/** A transactional producer that is used until its first error. */
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import { CompressionTypes, type Kafka, Partitioners, type Producer, type Transaction } from 'kafkajs'
import { LogUnavailableError } from '../errors.ts'
import type { OutgoingRecord } from '../port.ts'
import { toBatches, toMessage } from './log-record.ts'
import { firstOffset } from './send-result.ts'
import { within } from './within.ts'

/** kafkajs gives an initialisation up after some seconds by itself; a broker that hangs must not hold a lane longer. */
const INIT_MS = 20_000

export interface TransactionProducerOptions {
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

export class TransactionProducer {
  readonly #options: TransactionProducerOptions
  readonly #producer: Producer
  #isClosed = false

  private constructor(options: TransactionProducerOptions, producer: Producer) {
    this.#options = options
    this.#producer = producer
  }

  /**
   * Initialises the transactional id: what was in flight under it is aborted, and no other producer of this id can write any more.
   * @throws LogUnavailableError
   */
  static async open(options: TransactionProducerOptions): Promise<TransactionProducer> {
    const { kafka, transactionalId, transactionTimeoutMs } = options
    const producer = kafka.producer({
      transactionalId,
      transactionTimeout: transactionTimeoutMs,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      // Long enough for a partition to get a new leader; short at first, since each transaction right after another one meets
      // CONCURRENT_TRANSACTIONS and waits this long.
      retry: { retries: 40, initialRetryTime: 5, maxRetryTime: 500 },
    })
    const opened = new TransactionProducer(options, producer)
    // An empty transaction initialises the id and sends nothing else.
    const initialised = producer
      .connect()
      .then(() => producer.transaction())
      .then((transaction) => transaction.commit())
    try {
      await within(INIT_MS, `initialising ${transactionalId}`, initialised)
      return opened
    } catch (error) {
      opened.close(initialised)
      throw new LogUnavailableError(`${transactionalId} could not be initialised`, { cause: error })
    }
  }

  /**
   * Writes records and offsets in one transaction. After an error nothing is known, and this producer must be closed: a later use
   * of it could lose records.
   * @throws LogUnavailableError
   */
  async transact(records: readonly OutgoingRecord[], offsets: GroupOffsets): Promise<void> {
    const { transactionalId, transactionTimeoutMs } = this.#options
    const work = this.#transact(records, offsets)
    try {
      await within(transactionTimeoutMs, 'a transaction', work)
    } catch (error) {
      this.close(work)
      throw new LogUnavailableError(`a transaction of ${transactionalId} failed`, { cause: error })
    }
  }

  async #transact(records: readonly OutgoingRecord[], { groupId, partition, next }: GroupOffsets): Promise<void> {
    const { namespace } = this.#options
    const transaction = await this.#producer.transaction()
    const partitions = Map.groupBy(records, (record) => `${record.topic} ${record.partition}`)
    await Promise.all([...partitions.values()].map((group) => this.#send(transaction, group)))
    if (next.length > 0) {
      const topics = next.map(([topic, offset]) => ({
        topic: qualifiedTopic(namespace, topic),
        partitions: [{ partition, offset: String(offset) }],
      }))
      this.#checkOpen()
      await transaction.sendOffsets({ consumerGroupId: groupId, topics })
    }
    this.#checkOpen()
    await transaction.commit()
  }

  /**
   * One partition a send: a send over several leaders loses or doubles records without an error. Several partitions at once are
   * safe; several sends to one partition are not known to be, so they go one after the other.
   */
  async #send(transaction: Transaction, records: readonly OutgoingRecord[]): Promise<void> {
    const [first] = records
    if (first === undefined) return
    const topic = qualifiedTopic(this.#options.namespace, first.topic)
    for (const batch of toBatches(records)) {
      this.#checkOpen()
      const messages = batch.map(toMessage)
      const results = await transaction.send({ topic, messages, acks: -1, compression: CompressionTypes.None })
      firstOffset(results, topic, first.partition)
    }
  }

  /** A transaction that was given up must not be committed after all, by a retry inside kafkajs that succeeds late. */
  #checkOpen(): void {
    if (this.#isClosed) throw new LogUnavailableError(`a transaction of ${this.#options.transactionalId} was given up`)
  }

  /** Closes the connections now, and once more when `work` is over: a retry inside kafkajs connects again. */
  close(work?: Promise<unknown>): void {
    this.#isClosed = true
    const disconnect = () => this.#producer.disconnect().catch(() => undefined)
    void disconnect()
    if (work !== undefined) void work.then(disconnect, disconnect)
  }
}
