/** One ownership of one lane: what was fetched for it, and its transactions. */
import { setImmediate as turn } from 'node:timers/promises'
import type { TopicName } from '@payout/schemas/topics'
import type { KafkaMessage } from 'kafkajs'
import { LaneEndedError, OffsetOutOfRangeError } from '../errors.ts'
import type { EventLogMetrics } from '../metrics.ts'
import type { Fetched, LaneSession, Offsets, OutgoingRecord, PartitionOffsets } from '../port.ts'
import { checkedBytes, toLogRecord } from './log-record.ts'
import { Mailbox } from './mailbox.ts'
import type { TransactionProducer } from './transaction-producer.ts'
import { Waiter } from './waiter.ts'

/** A partition is fetched no further while this much of it waits to be polled. */
const MAILBOX_BYTES = 1024 * 1024
/** How long a poll waits at the most once the process was asked to stop. */
const STOPPING_POLL_MS = 50

/** What a lane's topic was found to be, after the initialisation. */
export interface TopicStart {
  /** What the group has committed; undefined where nothing is, and for a replayed topic. */
  readonly committed: number | undefined
  readonly range: PartitionOffsets
  readonly isReplayed: boolean
}

export interface LaneSessionOptions {
  readonly name: string
  readonly group: string
  readonly groupId: string
  readonly partition: number
  readonly starts: ReadonlyMap<TopicName, TopicStart>
  readonly producer: TransactionProducer
  readonly metrics: EventLogMetrics
  readonly isStopping: () => boolean
  /** The last stable offset of the lane's partition. */
  readonly end: (topic: TopicName) => Promise<number>
  /** Called when `wants` may answer something else. */
  readonly onFlow: () => void
}

export class KafkaLaneSession implements LaneSession {
  readonly name: string
  readonly partition: number
  readonly topics: readonly TopicName[]
  readonly #options: LaneSessionOptions
  readonly #mailbox: Mailbox
  /** The next offset to be fetched. */
  readonly #next: Map<TopicName, number>
  readonly #ended = new AbortController()
  readonly #waiter = new Waiter()
  #polled: readonly TopicName[] = []
  #isPolling = false
  #lastCommit: Promise<void> = Promise.resolve()
  #commits = 0

  /** @throws OffsetOutOfRangeError when a committed offset lies behind its partition's end. */
  constructor(options: LaneSessionOptions) {
    this.#options = options
    this.name = options.name
    this.partition = options.partition
    this.topics = [...options.starts.keys()]
    this.#next = new Map([...options.starts].map(([topic, start]) => [topic, beginOf(topic, options.partition, start)]))
    this.#mailbox = new Mailbox(options.partition, this.#next)
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  get stopping(): boolean {
    return this.#options.isStopping()
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

  async end(topic: TopicName): Promise<number> {
    this.#start(topic)
    this.#checkLive()
    const end = await this.#options.end(topic)
    this.#checkLive()
    return end
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
      this.#options.onFlow()
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
    if (fetched.length > 0) this.#options.onFlow()
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
    const { producer, metrics, group, groupId } = this.#options
    const startedAt = performance.now()
    try {
      await producer.transact(records, { groupId, partition: this.partition, next })
      this.#commits++
      metrics.transaction({ group, ok: true }, performance.now() - startedAt)
    } catch (error) {
      metrics.transaction({ group, ok: false }, performance.now() - startedAt)
      this.finish(new LaneEndedError(this.name, 'a transaction failed', { cause: error }))
      this.#checkLive()
    }
  }

  /** Ends the session: whatever is called from now on rejects with `reason`. Only the first call counts. */
  finish(reason: LaneEndedError): void {
    if (this.hasEnded) return
    this.#ended.abort(reason)
    this.#mailbox.clear()
    this.#polled = []
    this.#waiter.wake()
    this.#options.producer.close()
    this.#options.onFlow()
  }

  /** True while more of the topic may be fetched: it was polled last, and little of it waits. */
  wants(topic: TopicName): boolean {
    return (
      !this.hasEnded && !this.stopping && this.#polled.includes(topic) && this.#mailbox.bytes(topic) < MAILBOX_BYTES
    )
  }

  /** Where the topic has to be fetched from. */
  next(topic: TopicName): number {
    return this.#next.get(topic) ?? this.#start(topic).range.beginning
  }

  /**
   * Takes what was fetched: `messages` of the offsets from `from` to below `next`. What was taken before is left out; a leap forward
   * ends the session, since the records between were deleted unread.
   */
  receive(topic: TopicName, messages: readonly KafkaMessage[], { from, next }: { from: number; next: number }): void {
    const expected = this.next(topic)
    if (from > expected) {
      const range = { beginning: from, end: next }
      const cause = new OffsetOutOfRangeError(topic, this.partition, expected, range)
      this.finish(new LaneEndedError(this.name, 'its records were deleted before they were read', { cause }))
      return
    }
    if (next <= expected) return
    const fresh = messages.filter(({ offset }) => Number(offset) >= expected)
    this.#next.set(topic, next)
    this.#mailbox.put(
      topic,
      fresh.map((message) => toLogRecord(topic, this.partition, message)),
      next,
    )
    this.#waiter.wake()
  }

  #start(topic: TopicName): TopicStart {
    const start = this.#options.starts.get(topic)
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

function beginOf(topic: TopicName, partition: number, { committed, range }: TopicStart): number {
  if (committed === undefined) return range.beginning
  if (committed > range.end) throw new OffsetOutOfRangeError(topic, partition, committed, range)
  return Math.max(committed, range.beginning)
}
