import type { TopicName } from '@payout/schemas/topics'
import { TaskEndedError } from '../event-log/errors.ts'
import type { Fetched, LogRecord, Offsets, OutgoingRecord, TaskSession } from '../event-log/port.ts'

/** What a session in memory works on. */
export interface FakeSource {
  readonly name: string
  readonly partition: number
  readonly topics: readonly TopicName[]
  /** Topics that are read from their beginning in each session. */
  readonly replayed: readonly TopicName[]
  /** As committed when the session is opened. */
  readonly offsets: Offsets
  records(topic: TopicName): readonly LogRecord[]
  /** How many of them are decided; all where it is undefined. */
  decided?(topic: TopicName): number | undefined
  /** Which of the topics that are polled bring anything this time. */
  polled(session: FakeSession, topics: readonly TopicName[]): readonly TopicName[]
  /** A poll has found nothing. */
  idle(session: FakeSession): void | Promise<void>
  /** All or nothing; throws TaskEndedError where a later session was opened. */
  transact(session: FakeSession, records: readonly OutgoingRecord[], offsets: Offsets): void | Promise<void>
}

/** One ownership of one task in memory. */
export class FakeSession implements TaskSession {
  readonly name: string
  readonly partition: number
  readonly topics: readonly TopicName[]
  stopping = false
  /** Which opening of the task it is: a later one fences it. */
  readonly epoch: number
  readonly #source: FakeSource
  readonly #start: Offsets
  readonly #positions: Offsets
  readonly #ended = new AbortController()
  #wake: () => void = () => undefined
  #queue: Promise<void> = Promise.resolve()

  constructor(source: FakeSource, epoch: number) {
    this.#source = source
    this.name = source.name
    this.partition = source.partition
    this.topics = source.topics
    this.epoch = epoch
    this.#start = { ...source.offsets }
    this.#positions = { ...source.offsets }
    for (const topic of source.replayed) this.#positions[topic] = 0
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  committed(topic: TopicName): number | undefined {
    return this.#source.replayed.includes(topic) ? undefined : this.#start[topic]
  }

  beginning(_topic: TopicName): number {
    return 0
  }

  async end(topic: TopicName): Promise<number> {
    return this.#decided(topic)
  }

  async written(topic: TopicName): Promise<number> {
    return this.#source.records(topic).length
  }

  position(topic: TopicName): number {
    return this.#positions[topic] ?? 0
  }

  /** The process is gone, or has lost the task without knowing yet. */
  kill(): void {
    this.#ended.abort()
    this.#wake()
  }

  stop(): void {
    this.stopping = true
    this.#wake()
  }

  wake(): void {
    this.#wake()
  }

  /** For a source whose idle sessions wait: until somebody wakes it, and no longer than that. */
  async pause(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async poll(options: { topics?: readonly TopicName[]; maxRecords: number }): Promise<Fetched[]> {
    const topics = this.#source.polled(this, options.topics ?? this.topics)
    this.check()
    if (this.stopping) return []
    const fetched = topics.flatMap((topic) => this.#take(topic, options.maxRecords))
    if (fetched.length > 0) return fetched
    await this.#source.idle(this)
    this.check()
    return []
  }

  async commit(records: readonly OutgoingRecord[], offsets: Offsets): Promise<void> {
    const done = this.#queue.then(() => this.#source.transact(this, records, offsets))
    this.#queue = done.catch(() => undefined)
    await done
  }

  /** @throws TaskEndedError once it was killed */
  check(): void {
    if (this.signal.aborted) throw new TaskEndedError(this.name, 'test')
  }

  #decided(topic: TopicName): number {
    return this.#source.decided?.(topic) ?? this.#source.records(topic).length
  }

  #take(topic: TopicName, maxRecords: number): Fetched[] {
    const from = this.position(topic)
    const to = Math.min(from + maxRecords, this.#decided(topic))
    const records = this.#source.records(topic).slice(from, to)
    if (records.length === 0) return []
    const next = from + records.length
    this.#positions[topic] = next
    return [{ topic, partition: this.partition, records, next }]
  }
}
