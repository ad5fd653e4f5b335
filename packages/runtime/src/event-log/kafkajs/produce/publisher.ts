/** Appends with group commit: what arrives while a leader has not answered goes to it in one request. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TopicName } from '@payout/schemas/topics'
import { MIB } from '@payout/schemas/units'
import type { Kafka } from 'kafkajs'
import { LogUnavailableError, PublisherFullError } from '../../errors.ts'
import type { EventLogMetrics } from '../../metrics.ts'
import type { OutgoingRecord, Publisher } from '../../port.ts'
import { checkedBytes } from '../log-record.ts'
import { IdempotentProducer } from './idempotent-producer.ts'
import { type Batch, PartitionQueue, type Waiting } from './partition-queue.ts'
import { ProducerUse } from './producer-use.ts'
import { isWorthRepeating } from './send-result.ts'
import { WakeUp } from './wake-up.ts'

export interface PublisherDependencies {
  readonly kafka: Kafka
  readonly namespace: string
  /** Bound of all records that are on their way, in bytes as they are in Kafka. */
  readonly maxBytes: number
  /** After this time an append rejects, whatever became of it. */
  readonly timeoutMs: number
  readonly metrics: EventLogMetrics
}

/** Before a batch is sent again, and twice as long each time, in milliseconds. */
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 300
/** How often a connection is tried while nothing waits, so that health comes back without traffic. */
const PROBE_MS = 1_000
/** About what one request holds at the most; a broker refuses 100 MiB. */
const REQUEST_BYTES = 16 * MIB

/**
 * One producer for all partitions, until the first batch of which nobody knows whether it was stored: a later one of
 * its partition could be lost behind it, and waits for another producer. The other partitions go on with the old one
 * until that is there. What is under way with the old one then is sent on with it.
 */
export class KafkaPublisher implements Publisher {
  readonly #dependencies: PublisherDependencies
  readonly #queues = new Map<string, PartitionQueue>()
  /** Those with something in them. */
  readonly #busy = new Set<PartitionQueue>()
  readonly #uses = new Set<ProducerUse>()
  readonly #closed = new AbortController()
  readonly #wakeUp = new WakeUp(() => this.#sendAll())
  /** What the next batches are sent with. */
  #use: ProducerUse | undefined
  #opening: Promise<void> | undefined
  #onEmpty: (() => void) | undefined
  #isHealthy = true
  #bytes = 0

  constructor(dependencies: PublisherDependencies) {
    this.#dependencies = dependencies
  }

  /** False from a failed send until the next one, or a new connection, succeeds. */
  get healthy(): boolean {
    return this.#isHealthy
  }

  /** Rejects with `RecordTooLargeError` too, for a record that its topic can never take. */
  async append(record: OutgoingRecord): Promise<{ offset: number }> {
    const { maxBytes, timeoutMs } = this.#dependencies
    if (this.#closed.signal.aborted) throw new LogUnavailableError('the publisher is closed')
    const bytes = checkedBytes(record)
    if (this.#bytes + bytes > maxBytes) throw new PublisherFullError(maxBytes)
    this.#bytes += bytes
    try {
      const offset = await new Promise<number>((resolve, reject) => {
        const queue = this.#queue(record.topic, record.partition)
        queue.add({ record, bytes, deadline: Date.now() + timeoutMs, resolve, reject })
        this.#busy.add(queue)
        this.#wakeUp.soon()
      })
      return { offset }
    } finally {
      this.#bytes -= bytes
    }
  }

  /** Waits for what is on its way, then closes all connections. One that is being made is closed behind that. */
  async close(): Promise<void> {
    this.#closed.abort()
    if (this.#busy.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#onEmpty = resolve
      await promise
    }
    this.#wakeUp.cancel()
    for (const { producer } of this.#uses) producer.close()
  }

  #queue(topic: TopicName, partition: number): PartitionQueue {
    const at = `${topic} ${partition}`
    const known = this.#queues.get(at)
    if (known !== undefined) return known
    const queue = new PartitionQueue(topic, partition)
    this.#queues.set(at, queue)
    return queue
  }

  /** Sends what waits to each leader that owes no answer. */
  #sendAll(): void {
    const now = Date.now()
    for (const queue of this.#busy) {
      this.#giveUpLate(queue, now)
      if (queue.isEmpty) this.#busy.delete(queue)
      else this.#wakeUp.at(queue.deadline ?? now)
    }
    if (this.#busy.size === 0) this.#onEmpty?.()
    const ready = [...this.#busy].filter((queue) => this.#isDue(queue, now))
    for (const [use, queues] of Map.groupBy(ready, (queue) => queue.underWay?.use ?? this.#useFor(queue))) {
      if (use === undefined) {
        this.#open()
        continue
      }
      for (const [leader, ours] of Map.groupBy(queues, (queue) => this.#leaderOf(queue, use)))
        if (leader !== undefined && !use.asked.has(leader)) void this.#sendTo(leader, use, ours)
    }
  }

  /** What its next batch is sent with; undefined where it has to wait for another one. */
  #useFor({ spoilt }: PartitionQueue): ProducerUse | undefined {
    return this.#use === spoilt ? undefined : this.#use
  }

  /** Whether something of it is to be sent now; where later, it is looked at again then. */
  #isDue({ underWay }: PartitionQueue, now: number): boolean {
    if (underWay === undefined) return true
    if (underWay.isSent || underWay.use.isLearning) return false
    if (underWay.notBefore > now) this.#wakeUp.at(underWay.notBefore)
    return underWay.notBefore <= now
  }

  #leaderOf({ topic, partition }: PartitionQueue, use: ProducerUse): string | undefined {
    const leader = use.producer.leaderOf(topic, partition)
    if (leader === undefined) this.#learn(use, topic)
    return leader
  }

  #learn(use: ProducerUse, topic: TopicName): void {
    const later = use.learn(topic, () => this.#wakeUp.soon())
    if (later !== undefined) this.#wakeUp.at(later)
  }

  /**
   * Sends one request: a batch of each of these queues, or by itself one that has failed before, so that the error of
   * one partition keeps no other waiting for long.
   */
  async #sendTo(leader: string, use: ProducerUse, queues: readonly PartitionQueue[]): Promise<void> {
    const again = queues.find(({ underWay }) => underWay !== undefined)?.underWay
    const batches = again === undefined ? begun(queues, use) : [again]
    for (const batch of batches) batch.isSent = true
    use.asked.add(leader)
    try {
      const offsets = await use.producer.send(leader, batches)
      for (const [at, batch] of batches.entries()) this.#stored(batch, offsets[at] ?? 0)
    } catch (error) {
      for (const batch of batches) this.#failed(batch, error, batches.length === 1)
    } finally {
      use.asked.delete(leader)
      this.#closeUnused(use)
      this.#wakeUp.soon()
    }
  }

  #stored(batch: Batch, first: number): void {
    if (batch.queue.underWay !== batch) return
    this.#end(batch, true)
    this.#isHealthy = true
    for (const [at, { resolve }] of batch.items.entries()) resolve(first + at)
  }

  /** `isAlone`: the error is that of this batch, and not of another one in the same request. */
  #failed(batch: Batch, error: unknown, isAlone: boolean): void {
    if (batch.queue.underWay !== batch) return
    if (isAlone && !isWorthRepeating(error)) {
      this.#giveUp(batch, error)
      return
    }
    batch.isSent = false
    batch.notBefore = isAlone ? Date.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** batch.failures++) : 0
    this.#learn(batch.use, batch.topic)
  }

  #giveUpLate(queue: PartitionQueue, now: number): void {
    if ((queue.deadline ?? now + 1) > now) return
    const { topic, partition, underWay } = queue
    const error = new LogUnavailableError(`a send to ${topic}-${partition} was not confirmed in time`)
    if (underWay !== undefined) this.#giveUp(underWay, error)
    const late = queue.takeLate(now)
    if (late.length > 0) this.#reject(queue, late, error)
  }

  #giveUp(batch: Batch, cause: unknown): void {
    this.#end(batch, false)
    batch.queue.spoilt = batch.use
    this.#closeUnused(batch.use)
    this.#reject(batch.queue, batch.items, cause)
  }

  #reject({ topic, partition }: PartitionQueue, items: readonly Waiting[], cause: unknown): void {
    const what = `whether a record of ${topic}-${partition} was stored is not known`
    for (const { reject } of items) reject(new LogUnavailableError(what, { cause }))
    this.#isHealthy = false
    this.#open()
  }

  #end({ queue, use, items, bytes, startedAt, topic }: Batch, ok: boolean): void {
    queue.underWay = undefined
    use.batches--
    const durationMs = performance.now() - startedAt
    this.#dependencies.metrics.publisherBatch({ topic, ok }, { records: items.length, bytes, durationMs })
  }

  /** A producer that nothing new is sent with is closed behind its last batch. */
  #closeUnused(use: ProducerUse): void {
    if (use === this.#use || use.batches > 0) return
    use.producer.close()
    if (use.asked.size === 0) this.#uses.delete(use)
  }

  #open(): void {
    this.#opening ??= this.#openUntilDone().finally(() => {
      this.#opening = undefined
    })
  }

  /** Connects anew, for what waits, or until it is known that Kafka is there again. */
  async #openUntilDone(): Promise<void> {
    const { signal } = this.#closed
    while (this.#busy.size > 0 || (!this.#isHealthy && !signal.aborted)) {
      try {
        const use = new ProducerUse(await IdempotentProducer.open(this.#dependencies))
        if (signal.aborted && this.#busy.size === 0) {
          use.producer.close()
          return
        }
        if (this.#use !== undefined) this.#retire(this.#use)
        this.#use = use
        this.#uses.add(use)
        this.#isHealthy = true
        this.#wakeUp.soon()
        return
      } catch {
        // What waits is sent on after close() was called, and each attempt has its pause then, too.
        if (this.#busy.size > 0) await sleep(LONGEST_PAUSE_MS)
        else await sleep(PROBE_MS, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  #retire(use: ProducerUse): void {
    this.#use = undefined
    this.#closeUnused(use)
  }
}

/** A batch of each queue, as far as one request holds them. */
function begun(queues: readonly PartitionQueue[], use: ProducerUse): Batch[] {
  const batches: Batch[] = []
  let bytes = 0
  for (const queue of queues) {
    if (bytes >= REQUEST_BYTES) break
    const batch = queue.begin(use)
    bytes += batch.bytes
    batches.push(batch)
  }
  return batches
}
