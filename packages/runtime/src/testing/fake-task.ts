import type { TopicName } from '@payout/schemas/topics'
import { TaskEndedError } from '../event-log/errors.ts'
import type { LogRecord, Offsets, OutgoingRecord } from '../event-log/port.ts'
import { FakeSession, type FakeSource } from './fake-session.ts'

/** What a test may do around a commit: wait, throw, end the session. */
export type CommitHook = (records: readonly OutgoingRecord[], session: FakeSession) => void | Promise<void>

export interface FakeTaskOptions {
  readonly partition: number
  readonly topics: readonly TopicName[]
  readonly replayed?: readonly TopicName[]
}

/** One task of all topics in memory, with transactions: a session that is not the last one can't commit. */
export class FakeTask implements FakeSource {
  readonly name: string
  readonly partition: number
  readonly topics: readonly TopicName[]
  readonly replayed: readonly TopicName[]
  /** The time stamp of what is appended, UTC milliseconds. */
  now = 0
  /** Topics that a poll of all of them brings: others are late. */
  visible: readonly TopicName[]
  /** How many records of a topic are decided, where not all of them are. */
  readonly decidedOf = new Map<TopicName, number>()
  onPoll: (session: FakeSession, topics: readonly TopicName[]) => void = () => undefined
  /** When a session polls and finds nothing. */
  onIdle: (session: FakeSession) => void | Promise<void> = (session) => session.stop()
  /** Before a commit takes effect. */
  beforeCommit: CommitHook = () => undefined
  /** After a commit took effect, before the session knows. */
  afterCommit: CommitHook = () => undefined
  readonly commits: { readonly records: readonly OutgoingRecord[]; readonly offsets: Offsets }[] = []
  /** What is committed. */
  readonly offsets: Offsets = {}
  readonly #records = new Map<TopicName, LogRecord[]>()
  #epoch = 0

  constructor({ partition, topics, replayed = [] }: FakeTaskOptions) {
    this.name = `lane-${partition}`
    this.partition = partition
    this.topics = topics
    this.visible = topics
    this.replayed = replayed
  }

  records(topic: TopicName): LogRecord[] {
    const records = this.#records.get(topic) ?? []
    this.#records.set(topic, records)
    return records
  }

  decided(topic: TopicName): number | undefined {
    return this.decidedOf.get(topic)
  }

  append({ topic, key, value, headers }: Omit<OutgoingRecord, 'partition'>): LogRecord {
    const records = this.records(topic)
    const { partition, now: timestamp } = this
    const place = { topic, partition, offset: records.length, timestamp }
    const record = { ...place, key: key === null ? null : Buffer.from(key), value, headers }
    records.push(record)
    return record
  }

  /** A new session, as after an initialisation: the earlier ones are fenced. */
  open(): FakeSession {
    this.#epoch += 1
    return new FakeSession(this, this.#epoch)
  }

  polled(session: FakeSession, topics: readonly TopicName[]): readonly TopicName[] {
    this.onPoll(session, topics)
    return topics.length > 1 ? topics.filter((topic) => this.visible.includes(topic)) : topics
  }

  idle(session: FakeSession): void | Promise<void> {
    return this.onIdle(session)
  }

  async transact(session: FakeSession, records: readonly OutgoingRecord[], offsets: Offsets): Promise<void> {
    await this.beforeCommit(records, session)
    session.check()
    if (session.epoch !== this.#epoch) {
      session.kill()
      throw new TaskEndedError(this.name, 'fenced')
    }
    for (const record of records) this.append(record)
    Object.assign(this.offsets, offsets)
    this.commits.push({ records, offsets })
    await this.afterCommit(records, session)
  }
}
