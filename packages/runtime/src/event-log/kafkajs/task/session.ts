/** One ownership of one task: what was fetched for it, and its transactions. */

import { setImmediate as turn } from 'node:timers/promises'
import type { TopicName } from '@payout/schemas/topics'
import { MIB } from '@payout/schemas/units'
import { BatchUndecodableError, OffsetOutOfRangeError, TaskEndedError } from '../../errors.ts'
import type { EventLogMetrics } from '../../metrics.ts'
import type { Fetched, Offsets, OutgoingRecord, PartitionOffsets, TaskSession } from '../../port.ts'
import { checkedBytes, toLogRecord } from '../log-record.ts'
import type { TransactionProducer } from '../produce/transaction-producer.ts'
import type { FetchedMessage, UndecodableBatch } from '../record-batch/record-set.ts'
import { Waiter } from '../waiter.ts'
import { Mailbox } from './mailbox.ts'

/** A partition is fetched no further while this much of it waits to be polled. */
const MAILBOX_BYTES = MIB
/** How long a poll waits at the most once the process was asked to stop. */
const STOPPING_POLL_MS = 50

/** What a task's topic was found to be, after the initialisation. */
export interface TopicStart {
  /** What the group has committed; undefined where nothing is, and for a replayed topic. */
  readonly committed: number | undefined
  readonly range: PartitionOffsets
  readonly isReplayed: boolean
}

export interface TaskSessionDependencies {
  readonly name: string
  readonly group: string
  readonly groupId: string
  readonly partition: number
  readonly starts: ReadonlyMap<TopicName, TopicStart>
  readonly producer: TransactionProducer
  readonly metrics: EventLogMetrics
  readonly isStopping: () => boolean
  /** The last stable offset of the task's partition. */
  readonly end: (topic: TopicName) => Promise<number>
  /** Its high watermark. */
  readonly written: (topic: TopicName) => Promise<number>
  /** Called when `wants` may answer something else. */
  readonly onFlow: () => void
  /** Called where the topic's reading has come to a batch that can't be decoded. */
  readonly onUndecodable: (session: KafkaTaskSession, error: BatchUndecodableError) => void
}

/** A batch before which the reading of a topic stands. */
interface Halt {
  readonly error: BatchUndecodableError
  /** Nobody had stepped over it when it was asked. */
  isSure: boolean
  /** It is fetched once more: it may be decoded now. */
  isFetchedAgain: boolean
}

export class KafkaTaskSession implements TaskSession {
  readonly name: string
  readonly partition: number
  readonly topics: readonly TopicName[]
  readonly #dependencies: TaskSessionDependencies
  readonly #mailbox: Mailbox
  /** The next offset to be fetched. */
  readonly #next: Map<TopicName, number>
  readonly #halts = new Map<TopicName, Halt>()
  readonly #ended = new AbortController()
  readonly #waiter = new Waiter()
  #polled: readonly TopicName[] = []
  #isPolling = false
  #lastCommit: Promise<void> = Promise.resolve()
  #commits = 0

  /** @throws OffsetOutOfRangeError when a committed offset lies behind its partition's end. */
  constructor(dependencies: TaskSessionDependencies) {
    this.#dependencies = dependencies
    this.name = dependencies.name
    this.partition = dependencies.partition
    this.topics = [...dependencies.starts.keys()]
    this.#next = new Map(
      [...dependencies.starts].map(([topic, start]) => [topic, beginOf(topic, dependencies.partition, start)]),
    )
    this.#mailbox = new Mailbox(dependencies.partition, this.#next)
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  get stopping(): boolean {
    return this.#dependencies.isStopping()
  }

  get hasEnded(): boolean {
    return this.signal.aborted
  }

  /** How many transactions were committed. */
  get commits(): number {
    return this.#commits
  }

  committed(topic: TopicName): number | undefined {
    return this.#start(topic).committed
  }

  beginning(topic: TopicName): number {
    return this.#start(topic).range.beginning
  }

  end(topic: TopicName): Promise<number> {
    return this.#asked(topic, this.#dependencies.end)
  }

  written(topic: TopicName): Promise<number> {
    return this.#asked(topic, this.#dependencies.written)
  }

  async #asked(topic: TopicName, ask: (topic: TopicName) => Promise<number>): Promise<number> {
    this.#start(topic)
    this.#checkLive()
    const offset = await ask(topic)
    this.#checkLive()
    return offset
  }

  position(topic: TopicName): number {
    return this.#mailbox.position(topic)
  }

  wake(): void {
    this.#waiter.wake()
  }

  async poll(options: { topics?: readonly TopicName[]; maxRecords: number; timeoutMs: number }): Promise<Fetched[]> {
    this.#checkLive()
    if (this.#isPolling) throw new Error(`${this.name}: one poll() at a time`)
    const topics = options.topics ?? this.topics
    for (const topic of topics) this.#start(topic)
    this.#isPolling = true
    this.#polled = topics
    try {
      const fetched = this.stopping ? [] : this.#take(topics, options.maxRecords)
      if (fetched.length > 0) return fetched
      this.#checkReplayed(topics)
      this.#dependencies.onFlow()
      await this.#waiter.wait(this.stopping ? Math.min(options.timeoutMs, STOPPING_POLL_MS) : options.timeoutMs)
      // An empty answer costs a turn of the event loop, so that a loop of empty polls starves nobody.
      await turn()
      this.#checkLive()
      return this.stopping ? [] : this.#take(topics, options.maxRecords)
    } finally {
      this.#isPolling = false
    }
  }

  #take(topics: readonly TopicName[], maxRecords: number): Fetched[] {
    const fetched = this.#mailbox.take(topics, maxRecords)
    if (fetched.length > 0) this.#dependencies.onFlow()
    return fetched
  }

  commit(records: readonly OutgoingRecord[], offsets: Offsets): Promise<void> {
    const next = Object.entries(offsets) as [TopicName, number][]
    if (records.length === 0 && next.length === 0) return this.#lastCommit.then(() => this.#checkLive())
    try {
      for (const record of records) checkedBytes(record)
      for (const [topic] of next) this.#checkCommittable(topic)
    } catch (error) {
      return Promise.reject(error)
    }
    const done = this.#lastCommit.then(() => this.#transact(records, next))
    this.#lastCommit = done.catch(() => undefined)
    return done
  }

  async #transact(records: readonly OutgoingRecord[], next: [TopicName, number][]): Promise<void> {
    this.#checkLive()
    const { producer, metrics, group, groupId } = this.#dependencies
    const startedAt = performance.now()
    try {
      await producer.transact(records, { groupId, partition: this.partition, next })
      this.#commits++
      metrics.transaction({ group, ok: true }, performance.now() - startedAt)
    } catch (error) {
      metrics.transaction({ group, ok: false }, performance.now() - startedAt)
      this.finish(new TaskEndedError(this.name, 'a transaction failed', { cause: error }))
      this.#checkLive()
    }
  }

  /** Ends the session: whatever is called from now on rejects with `reason`. Only the first call counts. */
  finish(reason: TaskEndedError): void {
    if (this.hasEnded) return
    this.#ended.abort(reason)
    this.#mailbox.clear()
    this.#polled = []
    this.#waiter.wake()
    this.#dependencies.producer.close()
    this.#dependencies.onFlow()
  }

  /** True while more of the topic may be fetched: it was polled last, and little of it waits. */
  wants(topic: TopicName): boolean {
    return (
      !this.hasEnded &&
      !this.stopping &&
      (this.#halts.get(topic)?.isFetchedAgain ?? true) &&
      this.#polled.includes(topic) &&
      this.#mailbox.bytes(topic) < MAILBOX_BYTES
    )
  }

  /** Where the topic has to be fetched from. */
  next(topic: TopicName): number {
    return this.#next.get(topic) ?? this.#start(topic).range.beginning
  }

  /**
   * Takes what was fetched: `messages` of the offsets from `from` to below `next`. What was taken before is left out;
   * a leap forward ends the session, since the records between were deleted unread. Behind a batch that can't be
   * decoded nothing is taken.
   */
  receive(topic: TopicName, messages: readonly FetchedMessage[], { from, next }: { from: number; next: number }): void {
    const expected = this.next(topic)
    if (from > expected) {
      const range = { beginning: from, end: next }
      const cause = new OffsetOutOfRangeError(topic, this.partition, expected, range)
      this.finish(new TaskEndedError(this.name, 'its records were deleted before they were read', { cause }))
      return
    }
    if (next <= expected) return
    const fresh = messages.filter(({ offset }) => Number(offset) >= expected)
    const at = fresh.findIndex(({ undecodable }) => undecodable !== undefined)
    const found = fresh[at]?.undecodable
    const halt = this.#halts.get(topic)
    if (found === undefined) {
      this.#halts.delete(topic)
      this.#takeIn(topic, fresh, next)
      return
    }
    if (halt !== undefined && isSameBatch(halt.error.batch, found)) {
      halt.isFetchedAgain = false
      return
    }
    const error = new BatchUndecodableError({ topic, partition: this.partition, ...found })
    this.#halts.set(topic, { error, isSure: false, isFetchedAgain: false })
    this.#takeIn(topic, fresh.slice(0, at), Math.max(expected, found.firstOffset))
    this.#dependencies.onUndecodable(this, error)
  }

  #takeIn(topic: TopicName, messages: readonly FetchedMessage[], next: number): void {
    this.#next.set(topic, next)
    const records = messages.map((message) => toLogRecord(topic, this.partition, message))
    this.#mailbox.put(topic, records, next)
    this.#waiter.wake()
  }

  /** Whether the topic's reading stands before this batch, and the session lasts. */
  isHalted(error: BatchUndecodableError): boolean {
    return !this.hasEnded && this.#halts.get(error.batch.topic)?.error === error
  }

  /** Fetches the batch once more. The halt stays until it is decoded. */
  fetchAgain(error: BatchUndecodableError): void {
    const halt = this.#halts.get(error.batch.topic)
    if (halt === undefined || !this.isHalted(error)) return
    halt.isFetchedAgain = true
    this.#dependencies.onFlow()
  }

  /**
   * Nobody has stepped over the batch: a poll that can't do without its topic fails from now on.
   * @returns true where the session goes on without it.
   */
  halt(error: BatchUndecodableError): boolean {
    const { topic } = error.batch
    const halt = this.#halts.get(topic)
    if (halt === undefined || !this.isHalted(error)) return false
    halt.isSure = true
    this.#waiter.wake()
    return !this.#start(topic).isReplayed
  }

  /** Goes on behind the batch. */
  stepOver(error: BatchUndecodableError): void {
    const { topic, lastOffset } = error.batch
    if (!this.isHalted(error)) return
    this.#halts.delete(topic)
    this.#takeIn(topic, [], lastOffset + 1)
    this.#dependencies.onFlow()
  }

  #checkReplayed(topics: readonly TopicName[]): void {
    for (const topic of topics) {
      const halt = this.#halts.get(topic)
      if (halt?.isSure && this.#start(topic).isReplayed) throw halt.error
    }
  }

  #start(topic: TopicName): TopicStart {
    const start = this.#dependencies.starts.get(topic)
    if (start === undefined) throw new RangeError(`${topic} is not a topic of ${this.name}`)
    return start
  }

  #checkCommittable(topic: TopicName): void {
    if (this.#start(topic).isReplayed) throw new RangeError(`${topic} is replayed: its offsets are never committed`)
  }

  #checkLive(): void {
    if (this.hasEnded) throw this.signal.reason
  }
}

function isSameBatch(known: UndecodableBatch, found: UndecodableBatch): boolean {
  return (
    known.firstOffset === found.firstOffset &&
    known.lastOffset === found.lastOffset &&
    known.reason === found.reason &&
    known.bytes.equals(found.bytes)
  )
}

function beginOf(topic: TopicName, partition: number, { committed, range }: TopicStart): number {
  if (committed === undefined) return range.beginning
  if (committed > range.end) throw new OffsetOutOfRangeError(topic, partition, committed, range)
  return Math.max(committed, range.beginning)
}
