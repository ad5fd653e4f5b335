import { LaneEndedError } from '@payout/runtime/event-log/errors'
import type { Fetched, LaneSession, LogRecord, Offsets, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { TopicName } from '@payout/schemas/topics'
import { ATTEMPTS } from '../attempt-log.ts'
import { REQUESTS } from '../topology.ts'

/** No poll of the fake waits longer, whatever it was told. */
const SHORT_WAIT_MS = 3

/** What a test may do to a commit before it happens: wait, or throw. */
export type CommitHook = (records: readonly OutgoingRecord[], session: FakeSession) => void | Promise<void>

/** One lane of all topics in memory, with transactions: a session that is not the last one can't commit. */
export class FakeLane {
  readonly topics = new Map<TopicName, LogRecord[]>()
  committed: number | undefined
  /** Before a commit takes effect. */
  onCommit: CommitHook = () => undefined
  /** After a commit took effect, before the session knows. */
  onCommitted: (session: FakeSession) => void = () => undefined
  commits = 0
  #epoch = 0

  records(topic: TopicName): LogRecord[] {
    let records = this.topics.get(topic)
    if (records === undefined) {
      records = []
      this.topics.set(topic, records)
    }
    return records
  }

  append({ topic, key, value, headers }: OutgoingRecord): number {
    const records = this.records(topic)
    const offset = records.length
    records.push({
      topic,
      partition: 0,
      offset,
      timestamp: 1_000_000 + offset,
      key: key === null ? null : Buffer.from(key),
      value,
      headers,
    })
    return offset
  }

  /** A new session, as after an initialisation: the earlier ones are fenced. */
  open(): FakeSession {
    this.#epoch++
    return new FakeSession(this, this.#epoch)
  }

  isCurrent(epoch: number): boolean {
    return epoch === this.#epoch
  }
}

export class FakeSession implements LaneSession {
  readonly name = 'lane-0'
  readonly partition = 0
  readonly topics = [REQUESTS, ATTEMPTS] as const
  stopping = false
  readonly #lane: FakeLane
  readonly #epoch: number
  readonly #ended = new AbortController()
  readonly #committed: number | undefined
  readonly #positions: Map<TopicName, number>
  #wake: () => void = () => undefined
  #queue: Promise<void> = Promise.resolve()

  constructor(lane: FakeLane, epoch: number) {
    this.#lane = lane
    this.#epoch = epoch
    this.#committed = lane.committed
    this.#positions = new Map<TopicName, number>([
      [REQUESTS, lane.committed ?? 0],
      [ATTEMPTS, 0],
    ])
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  committed(topic: TopicName): number | undefined {
    return topic === REQUESTS ? this.#committed : undefined
  }

  beginning(): number {
    return 0
  }

  async end(topic: TopicName): Promise<number> {
    return this.#lane.records(topic).length
  }

  position(topic: TopicName): number {
    return this.#positions.get(topic) ?? 0
  }

  /** The process is gone, or has lost the lane without knowing yet. */
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

  async poll(options: { topics?: readonly TopicName[]; maxRecords: number; timeoutMs: number }): Promise<Fetched[]> {
    this.#check()
    const fetched = this.#take(options)
    if (fetched.length > 0) return fetched
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(options.timeoutMs, SHORT_WAIT_MS))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#check()
    return this.#take(options)
  }

  async commit(records: readonly OutgoingRecord[], offsets: Offsets): Promise<void> {
    const done = this.#queue.then(async () => {
      await this.#lane.onCommit(records, this)
      this.#check()
      if (!this.#lane.isCurrent(this.#epoch)) {
        this.kill()
        this.#check()
      }
      for (const record of records) this.#lane.append(record)
      this.#lane.committed = offsets[REQUESTS] ?? this.#lane.committed
      this.#lane.commits++
      this.#lane.onCommitted(this)
    })
    this.#queue = done.catch(() => undefined)
    await done
  }

  #take({ topics = this.topics, maxRecords }: { topics?: readonly TopicName[]; maxRecords: number }): Fetched[] {
    if (this.stopping) return []
    return topics.flatMap((topic) => {
      const from = this.position(topic)
      const records = this.#lane.records(topic).slice(from, from + maxRecords)
      if (records.length === 0) return []
      const next = from + records.length
      this.#positions.set(topic, next)
      return [{ topic, partition: 0, records, next }]
    })
  }

  #check(): void {
    if (this.signal.aborted) throw new LaneEndedError(this.name, 'test')
  }
}
