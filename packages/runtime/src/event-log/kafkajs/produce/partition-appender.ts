/** Appends to one partition: what arrives while a send is under way becomes the next one. */
import { setTimeout as sleep } from 'node:timers/promises'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import { CompressionTypes, type Kafka, Partitioners, type Producer } from 'kafkajs'
import { LogUnavailableError } from '../../errors.ts'
import type { EventLogMetrics } from '../../metrics.ts'
import type { OutgoingRecord } from '../../port.ts'
import { batchCapacity, toMessage } from '../log-record.ts'
import { firstOffset } from './send-result.ts'

const PROBE_MS = 1_000

export interface PartitionAppenderDependencies {
  readonly kafka: Kafka
  readonly namespace: string
  readonly topic: TopicName
  readonly partition: number
  readonly timeoutMs: number
  readonly metrics: EventLogMetrics
}

interface Waiting {
  readonly record: OutgoingRecord
  readonly bytes: number
  readonly deadline: number
  readonly resolve: (offset: number) => void
  readonly reject: (error: Error) => void
}

export class PartitionAppender {
  readonly #dependencies: PartitionAppenderDependencies
  readonly #closed = new AbortController()
  #waiting: Waiting[] = []
  #producer: Promise<Producer> | undefined
  #sending: Promise<void> | undefined
  #isHealthy = true

  constructor(dependencies: PartitionAppenderDependencies) {
    this.#dependencies = dependencies
  }

  /** False from a failed send until the next one, or a new connection, succeeds. */
  get healthy(): boolean {
    return this.#isHealthy
  }

  /** Resolves with the record's offset; rejects with `LogUnavailableError`, latest after the time limit. */
  append(record: OutgoingRecord, bytes: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, bytes, deadline: Date.now() + this.#dependencies.timeoutMs, resolve, reject })
      this.#sending ??= this.#sendAll()
    })
  }

  async close(): Promise<void> {
    await this.#sending
    this.#closed.abort()
    const producer = await this.#producer?.catch(() => undefined)
    await producer?.disconnect().catch(() => undefined)
  }

  async #sendAll(): Promise<void> {
    // One turn, so that what arrives together goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#sendNext()
    this.#sending = undefined
  }

  async #sendNext(): Promise<void> {
    const { metrics, topic } = this.#dependencies
    const batch = this.#takeBatch()
    const bytes = batch.reduce((sum, waiting) => sum + waiting.bytes, 0)
    const startedAt = performance.now()
    const measure = (ok: boolean) => {
      const durationMs = performance.now() - startedAt
      metrics.publisherBatch({ topic, ok }, { records: batch.length, bytes, durationMs })
    }
    try {
      const first = await this.#send(batch)
      this.#isHealthy = true
      measure(true)
      for (const [at, { resolve }] of batch.entries()) resolve(first + at)
    } catch (error) {
      measure(false)
      this.#rejectFrom(batch, error)
    }
  }

  /** As many as fit into one batch. */
  #takeBatch(): Waiting[] {
    let room = batchCapacity(this.#dependencies.topic)
    const count = this.#waiting.findIndex(({ bytes }) => {
      room -= bytes
      return room < 0
    })
    return this.#waiting.splice(0, count === -1 ? this.#waiting.length : Math.max(1, count))
  }

  /** The producer is used until its first error: a later send of it could lose records. */
  async #send(batch: readonly Waiting[]): Promise<number> {
    const { namespace, topic, partition } = this.#dependencies
    this.#producer ??= this.#connect()
    const producing = this.#producer
    const name = qualifiedTopic(namespace, topic)
    const messages = batch.map(({ record }) => toMessage(record))
    const sent = producing.then((producer) =>
      producer.send({ topic: name, messages, acks: -1, compression: CompressionTypes.None }),
    )
    const late = new AbortController()
    const ms = Math.max(0, (batch[0]?.deadline ?? 0) - Date.now())
    const limit = sleep(ms, undefined, { signal: late.signal }).then(
      () => Promise.reject(new LogUnavailableError(`a send to ${name}-${partition} was not confirmed in time`)),
      () => new Promise<never>(() => undefined),
    )
    try {
      return firstOffset(await Promise.race([sent, limit]), name, partition)
    } catch (error) {
      this.#discard(producing, sent)
      throw error
    } finally {
      late.abort()
    }
  }

  #connect(): Promise<Producer> {
    const producer = this.#dependencies.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      // Bounded by the time limit; the number only keeps an abandoned send from going on for ever.
      retry: { retries: 60, initialRetryTime: 50, maxRetryTime: 300 },
    })
    return producer.connect().then(
      () => producer,
      async (error) => {
        await producer.disconnect().catch(() => undefined)
        throw error
      },
    )
  }

  /** Disconnects now, and once more when the abandoned send is over: a retry inside kafkajs connects again. */
  #discard(producing: Promise<Producer>, sent: Promise<unknown>): void {
    if (this.#producer === producing) this.#producer = undefined
    const disconnect = () => producing.then((producer) => producer.disconnect()).catch(() => undefined)
    void disconnect()
    void sent.then(disconnect, disconnect)
    if (this.#isHealthy) {
      this.#isHealthy = false
      void this.#probe()
    }
  }

  /** Health must come back without traffic, which may be kept away because there is none. */
  async #probe(): Promise<void> {
    while (!this.#isHealthy && !this.#closed.signal.aborted) {
      await sleep(PROBE_MS, undefined, { signal: this.#closed.signal }).catch(() => undefined)
      if (this.#closed.signal.aborted) return
      this.#producer ??= this.#connect()
      const producing = this.#producer
      try {
        await producing
        this.#isHealthy = true
      } catch {
        if (this.#producer === producing) this.#producer = undefined
      }
    }
  }

  /** The failed batch, and what has waited as long meanwhile. */
  #rejectFrom(batch: readonly Waiting[], cause: unknown): void {
    const { topic, partition } = this.#dependencies
    const now = Date.now()
    const expired = this.#waiting.filter(({ deadline }) => deadline <= now)
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now)
    for (const { reject } of [...batch, ...expired]) {
      reject(new LogUnavailableError(`whether a record of ${topic}-${partition} was stored is not known`, { cause }))
    }
  }
}
