import { createHash } from 'node:crypto'
import { RecordTooLargeError, TaskEndedError } from '@payout/runtime/event-log/errors'
import type { EventLog, LogRecord, Offsets, OutgoingRecord, ReadOptions } from '@payout/runtime/event-log/port'
import { FakeSession, type FakeSource } from '@payout/runtime/testing/fake-session'
import { type TopicName, topics } from '@payout/schemas/topics'

/** How many partitions each topic of the fake has. */
export const LANES = 4

/** A record as upstream appends it. */
export interface NewRecord {
  readonly topic: TopicName
  readonly partition: number
  readonly value: Buffer | null
  readonly timestamp?: number
  readonly key?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

/** A log in memory, with transactions that a later session fences. */
export class FakeLog implements Pick<EventLog, 'read' | 'partitions' | 'partitionFor' | 'offsets' | 'committed'> {
  now = 0
  /** Called when a session polls and finds nothing: what the test ends the session with. */
  onIdle: (session: FakeSession) => void = (session) => session.stop()
  /** Before a commit takes effect: throws to let it fail. */
  beforeCommit: () => void = () => undefined
  /** After a commit took effect, before its session knows: throws to let a crash fall between commit and checkpoint. */
  afterCommit: () => void = () => undefined
  /** What Kafka says of another group's progress. */
  egressCommitted: (number | undefined)[] = []
  readonly commits: OutgoingRecord[][] = []
  readonly reads: ReadOptions[] = []
  /** Where an open transaction of somebody else holds the last stable offset of every partition back. */
  lastStable = Number.POSITIVE_INFINITY
  readonly #records = new Map<string, LogRecord[]>()
  readonly #offsets = new Map<string, number>()
  readonly #epochs = new Map<string, number>()

  append({ topic, partition, value, timestamp = this.now, key = null, headers = {} }: NewRecord): LogRecord {
    const records = this.of(topic, partition)
    const place = { topic, partition, offset: records.length }
    const record = { ...place, timestamp, key: key === null ? null : Buffer.from(key), value, headers }
    records.push(record)
    return record
  }

  of(topic: TopicName, partition: number): LogRecord[] {
    const place = `${topic}/${partition}`
    const records = this.#records.get(place) ?? []
    this.#records.set(place, records)
    return records
  }

  all(topic: TopicName): LogRecord[] {
    return Array.from({ length: LANES }, (_, partition) => this.of(topic, partition)).flat()
  }

  /** A new session of one input partition: the earlier ones are fenced. */
  open(topic: TopicName, partition: number): FakeSession {
    const name = `${topic}-${partition}`
    const epoch = (this.#epochs.get(name) ?? 0) + 1
    this.#epochs.set(name, epoch)
    const next = this.committedOffset(topic, partition)
    const source: FakeSource = {
      name,
      partition,
      topics: [topic],
      replayed: [],
      offsets: next === undefined ? {} : { [topic]: next },
      records: () => this.of(topic, partition),
      polled: (_session, topics) => topics,
      idle: (session) => this.onIdle(session),
      transact: (session, records, offsets) => this.#transact(session, records, offsets),
    }
    return new FakeSession(source, epoch)
  }

  committedOffset(topic: TopicName, partition: number): number | undefined {
    return this.#offsets.get(`${topic}/${partition}`)
  }

  /** Sets a committed offset from outside. */
  setOffset(topic: TopicName, partition: number, next: number): void {
    this.#offsets.set(`${topic}/${partition}`, next)
  }

  #transact(session: FakeSession, records: readonly OutgoingRecord[], offsets: Offsets): void {
    if (this.#epochs.get(session.name) !== session.epoch) throw new TaskEndedError(session.name, 'fenced')
    for (const record of records) checkSize(record)
    this.beforeCommit()
    this.commits.push([...records])
    for (const { key, ...record } of records) this.append({ ...record, key: key === null ? null : String(key) })
    for (const [topic, next] of Object.entries(offsets))
      this.setOffset(topic as TopicName, session.partition, next ?? 0)
    this.afterCommit()
  }

  async *read(options: ReadOptions): AsyncGenerator<LogRecord> {
    this.reads.push(options)
    for (const { topic, partition, at } of options.from) {
      for (const record of this.of(topic, partition)) {
        const tooEarly = typeof at === 'object' && 'timestamp' in at && record.timestamp < at.timestamp
        const tooLate = options.until === 'end' && record.offset >= this.lastStable
        if (!tooEarly && !tooLate) yield record
      }
    }
  }

  async partitions(): Promise<number> {
    return LANES
  }

  async partitionFor(_topic: TopicName, key: string): Promise<number> {
    return createHash('sha256').update(key).digest().readUInt32BE(0) % LANES
  }

  async offsets(topic: TopicName): Promise<{ beginning: number; end: number }[]> {
    return Array.from({ length: LANES }, (_, partition) => ({ beginning: 0, end: this.of(topic, partition).length }))
  }

  async committed(): Promise<(number | undefined)[]> {
    return this.egressCommitted
  }
}

function checkSize({ topic, key, value, headers }: OutgoingRecord): void {
  const texts = Object.entries(headers).flat().join('')
  const bytes = (value?.length ?? 0) + Buffer.byteLength(key ?? '') + Buffer.byteLength(texts) + 1_024
  const { maxMessageBytes } = topics[topic]
  if (bytes > maxMessageBytes) throw new RecordTooLargeError(topic, bytes, maxMessageBytes)
}
