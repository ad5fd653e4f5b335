import type { TopicName } from '@payout/schemas/topics'
import type {
  EventLog,
  Fetched,
  LogRecord,
  PartitionOffsets,
  Publisher,
  ReadOptions,
  Tail,
  TaskConsumer,
  TaskConsumerOptions,
  TaskSession,
} from '../event-log/port.ts'
import { WrappedSession } from '../event-log/wrapped-session.ts'
import type { SchemaRegistry } from './registry.ts'

/** What the registry has to learn before records are handed on. */
type Learner = Pick<SchemaRegistry, 'isNew' | 'learn'>

/**
 * The same event log, whose records are handed on only when the registry was asked for the schema ids that they
 * carry. Where it does not answer, a poll or reading throws: the task's session ends and begins again, and nothing is
 * taken for an unknown schema.
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

  consume(options: TaskConsumerOptions): Promise<TaskConsumer> {
    const handler = (session: TaskSession) => options.handler(new RegistrySession(session, this.#registry))
    return this.#log.consume({ ...options, handler })
  }

  async *read(options: ReadOptions): AsyncGenerator<LogRecord, void> {
    for await (const record of this.#log.read(options)) {
      if (this.#registry.isNew(record.value)) await this.#registry.learn([record.value])
      yield record
    }
  }

  tail(topic: TopicName): Tail {
    return new RegistryTail(this.#log.tail(topic), this.#registry)
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

  fence(group: string, taskName: string): Promise<void> {
    return this.#log.fence(group, taskName)
  }

  taskNames(options: { tasks: 'by-lane' | 'by-partition'; topics: readonly TopicName[] }): Promise<string[]> {
    return this.#log.taskNames(options)
  }

  close(): Promise<void> {
    return this.#log.close()
  }
}

class RegistryTail implements Tail {
  readonly #tail: Tail
  readonly #registry: Learner
  /** What was read and not learned yet. */
  #read: readonly LogRecord[] = []

  constructor(tail: Tail, registry: Learner) {
    this.#tail = tail
    this.#registry = registry
  }

  async next(options?: Parameters<Tail['next']>[0]): Promise<readonly LogRecord[]> {
    this.#read = [...this.#read, ...(await this.#tail.next(options))]
    await this.#registry.learn(this.#read.map(({ value }) => value))
    const read = this.#read
    this.#read = []
    return read
  }
}

class RegistrySession extends WrappedSession {
  readonly #registry: Learner

  constructor(session: TaskSession, registry: Learner) {
    super(session)
    this.#registry = registry
  }

  override async poll(options: Parameters<TaskSession['poll']>[0]): Promise<Fetched[]> {
    const fetched = await super.poll(options)
    await this.#registry.learn(fetched.flatMap(({ records }) => records.map(({ value }) => value)))
    return fetched
  }
}
