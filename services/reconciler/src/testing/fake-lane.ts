import { createHash } from 'node:crypto'
import { LaneEndedError } from '@payout/runtime/event-log/errors'
import type { Fetched, LaneSession, LogRecord, Offsets, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { TopicName } from '@payout/schemas/topics'
import { INPUTS } from '../reconciler.ts'

/** One lane of all topics in memory, with transactions that a later session fences. */
export class FakeLane {
  readonly partition: number
  /** Called when a session polls everything and finds nothing: what the test ends the session with. */
  onIdle: (session: FakeSession) => void = (session) => session.stop()
  onPoll: (session: FakeSession, topics: readonly TopicName[]) => void = () => undefined
  /** Topics that can be fetched at all: others are late. */
  visible: readonly TopicName[] = INPUTS
  beforeCommit: () => void = () => undefined
  afterCommit: () => void = () => undefined
  readonly commits: { records: readonly OutgoingRecord[]; offsets: Offsets }[] = []
  readonly offsets: Offsets = {}
  now = 0
  #epoch = 0
  readonly #records = new Map<TopicName, LogRecord[]>()

  constructor(partition: number) {
    this.partition = partition
  }

  of(topic: TopicName): LogRecord[] {
    const records = this.#records.get(topic) ?? []
    this.#records.set(topic, records)
    return records
  }

  append({ topic, value, headers, key }: Omit<OutgoingRecord, 'partition'>): LogRecord {
    const records = this.of(topic)
    const offset = records.length
    const { partition, now: timestamp } = this
    const record = { topic, partition, offset, timestamp, key: key === null ? null : Buffer.from(key), value, headers }
    records.push(record)
    return record
  }

  open(): FakeSession {
    this.#epoch += 1
    return new FakeSession(this, this.#epoch)
  }

  transact({ name, epoch }: FakeSession, records: readonly OutgoingRecord[], offsets: Offsets): void {
    if (epoch !== this.#epoch) throw new LaneEndedError(name, 'fenced')
    this.beforeCommit()
    this.commits.push({ records, offsets })
    for (const record of records) this.append(record)
    Object.assign(this.offsets, offsets)
    this.afterCommit()
  }

  async partitionFor(_topic: TopicName, key: string): Promise<number> {
    return createHash('sha256').update(key).digest().readUInt32BE(0) % 4
  }
}

export class FakeSession implements LaneSession {
  readonly name = 'lane'
  readonly topics = INPUTS
  readonly partition: number
  readonly epoch: number
  readonly signal = new AbortController().signal
  stopping = false
  readonly #lane: FakeLane
  readonly #start: Offsets
  readonly #positions: Offsets

  constructor(lane: FakeLane, epoch: number) {
    this.#lane = lane
    this.partition = lane.partition
    this.epoch = epoch
    this.#start = { ...lane.offsets }
    this.#positions = { ...lane.offsets }
  }

  committed(topic: TopicName): number | undefined {
    return this.#start[topic]
  }

  beginning(): number {
    return 0
  }

  async end(topic: TopicName): Promise<number> {
    return this.#lane.of(topic).length
  }

  position(topic: TopicName): number {
    return this.#positions[topic] ?? 0
  }

  wake(): void {}

  stop(): void {
    this.stopping = true
  }

  async poll({
    topics = INPUTS,
    maxRecords,
  }: {
    topics?: readonly TopicName[]
    maxRecords: number
  }): Promise<Fetched[]> {
    this.#lane.onPoll(this, topics)
    if (this.stopping) return []
    const fetched = topics.flatMap((topic) => {
      if (topics.length > 1 && !this.#lane.visible.includes(topic)) return []
      const from = this.position(topic)
      const records = this.#lane.of(topic).slice(from, from + maxRecords)
      if (records.length === 0) return []
      const next = from + records.length
      this.#positions[topic] = next
      return [{ topic, partition: this.partition, records, next }]
    })
    if (fetched.length === 0) this.#lane.onIdle(this)
    return fetched
  }

  async commit(records: readonly OutgoingRecord[], offsets: Offsets): Promise<void> {
    this.#lane.transact(this, records, offsets)
  }
}
