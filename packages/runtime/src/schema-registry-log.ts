import type { TopicName } from '@payout/schemas/topics'
import type {
  EventLog,
  Fetched,
  LaneConsumer,
  LaneConsumerOptions,
  LaneSession,
  LogRecord,
  Offsets,
  OutgoingRecord,
  PartitionOffsets,
  Publisher,
  ReadOptions,
} from './event-log/port.ts'
import type { SchemaRegistry } from './schema-registry.ts'

/** What the registry has to learn before records are handed on. */
type Learner = Pick<SchemaRegistry, 'isNew' | 'learn'>

/**
 * The same event log, whose records are handed on only when the registry was asked for the schema ids that they carry. Where it does not
 * answer, a poll or reading throws: the lane's session ends and begins again, and nothing is taken for an unknown schema.
 */
export function registryEventLog(log: EventLog, registry: Learner): EventLog {
  return new RegistryEventLog(log, registry)
}

class RegistryEventLog implements EventLog {
  readonly #log: EventLog
  readonly #registry: Learner

  constructor(log: EventLog, registry: Learner) {
    this.#log = log
    this.#registry = registry
  }

  get namespace(): string {
    return this.#log.namespace
  }

  consume(options: LaneConsumerOptions): Promise<LaneConsumer> {
    const handler = (session: LaneSession) => options.handler(new RegistrySession(session, this.#registry))
    return this.#log.consume({ ...options, handler })
  }

  async *read(options: ReadOptions): AsyncGenerator<LogRecord, void> {
    for await (const record of this.#log.read(options)) {
      if (this.#registry.isNew(record.value)) await this.#registry.learn([record.value])
      yield record
    }
  }

  publisher(options: { maxBytes: number }): Publisher {
    return this.#log.publisher(options)
  }

  partitions(topic: TopicName): Promise<number> {
    return this.#log.partitions(topic)
  }

  partitionFor(topic: TopicName, key: string): Promise<number> {
    return this.#log.partitionFor(topic, key)
  }

  offsets(topic: TopicName): Promise<PartitionOffsets[]> {
    return this.#log.offsets(topic)
  }

  written(topic: TopicName): Promise<number[]> {
    return this.#log.written(topic)
  }

  committed(group: string, topic: TopicName): Promise<(number | undefined)[]> {
    return this.#log.committed(group, topic)
  }

  fence(group: string, laneName: string): Promise<void> {
    return this.#log.fence(group, laneName)
  }

  laneNames(options: { lanes: 'lane' | 'partition'; topics: readonly TopicName[] }): Promise<string[]> {
    return this.#log.laneNames(options)
  }

  close(): Promise<void> {
    return this.#log.close()
  }
}

class RegistrySession implements LaneSession {
  readonly #session: LaneSession
  readonly #registry: Learner

  constructor(session: LaneSession, registry: Learner) {
    this.#session = session
    this.#registry = registry
  }

  get name(): string {
    return this.#session.name
  }

  get partition(): number {
    return this.#session.partition
  }

  get topics(): readonly TopicName[] {
    return this.#session.topics
  }

  get signal(): AbortSignal {
    return this.#session.signal
  }

  get stopping(): boolean {
    return this.#session.stopping
  }

  async poll(options: { topics?: readonly TopicName[]; maxRecords: number; timeoutMs: number }): Promise<Fetched[]> {
    const fetched = await this.#session.poll(options)
    await this.#registry.learn(fetched.flatMap(({ records }) => records.map(({ value }) => value)))
    return fetched
  }

  committed(topic: TopicName): number | undefined {
    return this.#session.committed(topic)
  }

  beginning(topic: TopicName): number {
    return this.#session.beginning(topic)
  }

  end(topic: TopicName): Promise<number> {
    return this.#session.end(topic)
  }

  position(topic: TopicName): number {
    return this.#session.position(topic)
  }

  wake(): void {
    this.#session.wake()
  }

  commit(records: readonly OutgoingRecord[], offsets: Offsets): Promise<void> {
    return this.#session.commit(records, offsets)
  }
}
