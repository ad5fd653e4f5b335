/** A Kafka for contract tests, and what they do with it over and over. */
import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { createTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import type { EventLogLogger } from '@payout/runtime/event-log/kafkajs/client'
import { type KafkaEventLogOptions, kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'
import type { EventLog, LogRecord, TaskHandler, TaskSession } from '@payout/runtime/event-log/port'
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import type { TopicName } from '@payout/schemas/topics'
import { expect, onTestFinished } from 'vitest'
import { noViolations, type Violations, violations } from './invariants.ts'

export const requests: TopicName = 'gateway.requests'
export const answers: TopicName = 'gateway.answers'

const levels = ['debug', 'info', 'warn', 'error'] as const

/** Says nothing, unless EVENT_LOG_TEST names a level to be heard on standard error. */
const logger = Object.fromEntries(
  levels.map((level, at) => {
    const heard = levels.indexOf((process.env.EVENT_LOG_TEST ?? '') as (typeof levels)[number])
    const isHeard = heard >= 0 && at >= heard
    const write = (fields: object, message: string) => {
      if (isHeard)
        process.stderr.write(`${new Date().toISOString()} ${level} ${message} ${inspect(fields, { depth: 6 })}\n`)
    }
    return [level, write]
  }),
) as unknown as EventLogLogger

export interface World {
  readonly namespace: string
  readonly log: EventLog
  /** A second, third … process's log, as far as one process can be two. */
  another(options?: Partial<KafkaEventLogOptions>): EventLog
}

export class Ground {
  readonly brokers: readonly string[]
  readonly #replicas: 1 | 3

  constructor(brokers: readonly string[], replicas: 1 | 3 = 1) {
    this.brokers = brokers
    this.#replicas = replicas
  }

  options(namespace: string, options: Partial<KafkaEventLogOptions> = {}): KafkaEventLogOptions {
    return {
      brokers: this.brokers,
      namespace,
      clientId: 'contract',
      logger,
      sessionTimeoutMs: 6_000,
      heartbeatMs: 300,
      ...options,
    }
  }

  /** A namespace of its own with topics of `lanes` partitions. Its logs are closed when the test is over. */
  async world(
    lanes: number,
    topics: readonly TopicName[] = [requests, answers],
    more: Partial<KafkaEventLogOptions> = {},
  ): Promise<World> {
    const namespace = `t-${randomUUID().slice(0, 8)}`
    await this.makeTopics(namespace, lanes, topics)
    const another = (options: Partial<KafkaEventLogOptions> = {}) => {
      const log = kafkaEventLog(this.options(namespace, { ...more, ...options }))
      onTestFinished(() => log.close())
      return log
    }
    return { namespace, log: another(), another }
  }

  async makeTopics(namespace: string, lanes: number, topics: readonly TopicName[]): Promise<void> {
    await createTopics(this.options(namespace), {
      namespace,
      lanes,
      keyPartitions: lanes,
      replicationFactor: this.#replicas,
      minInsyncReplicas: this.#replicas === 3 ? 2 : 1,
      mode: 'sandbox',
      topics,
    })
  }
}

/** Brokers of a test file's own, which may be killed, with short sessions allowed. */
export class OwnGround extends Ground {
  readonly provisioned: Provisioned

  private constructor(provisioned: Provisioned, replicas: 1 | 3) {
    super(provisioned.kafka.brokers, replicas)
    this.provisioned = provisioned
  }

  static async start(brokers: 1 | 3, kafkaSettings: Record<string, string> = {}, dataDir?: string): Promise<OwnGround> {
    const settings = { 'group.min.session.timeout.ms': '1000', ...kafkaSettings }
    const provisioned = await provision({
      brokers,
      kafkaSettings: settings,
      light: true,
      prefer: 'processes',
      ...(dataDir !== undefined && { dataDir }),
    })
    return new OwnGround(provisioned, brokers)
  }

  async stop(): Promise<void> {
    await this.provisioned.stop()
  }
}

export interface Filling {
  readonly topic?: TopicName
  readonly partitions: number
  /** Records for each partition. */
  readonly count: number
  readonly bytes?: number
  /** Begins each value, to tell one filling from the next. */
  readonly name?: string
}

/** Puts records into each partition. Returns the values of each, in order. */
export async function fill(
  log: EventLog,
  { topic = requests, partitions, count, bytes = 40, name = 'r' }: Filling,
): Promise<string[][]> {
  const publisher = log.publisher({ maxBytes: 512 * 1024 * 1024 })
  const values = Array.from({ length: partitions }, (_, partition) => {
    return Array.from({ length: count }, (_, at) => `${name}-${partition}-${at}`.padEnd(bytes, '.'))
  })
  await Promise.all(
    values.flatMap((all, partition) =>
      all.map((value) => publisher.append({ topic, partition, key: null, value: Buffer.from(value), headers: {} })),
    ),
  )
  await publisher.close()
  return values
}

export interface PassOptions {
  /** Default: answers. */
  readonly to?: TopicName
  readonly maxRecords?: number
  /** Called with records in hand, before their transaction. */
  readonly before?: (session: TaskSession, records: readonly LogRecord[]) => Promise<void>
  readonly after?: (session: TaskSession, records: readonly LogRecord[]) => void
}

/** Copies requests to another topic of the same lane, each fetch in one transaction with its offset. */
export function passThrough({ to = answers, maxRecords = 100, before, after }: PassOptions = {}): TaskHandler {
  return async (session) => {
    while (!session.stopping) {
      for (const { records, next } of await session.poll({ topics: [requests], maxRecords, timeoutMs: 500 })) {
        await before?.(session, records)
        const copies = records.map(({ key, value, headers }) => {
          return { topic: to, partition: session.partition, key, value, headers }
        })
        await session.commit(copies, { [requests]: next })
        after?.(session, records)
      }
    }
  }
}

/** Polls until the session stands at `position`; returns what came. */
export async function readTo(session: TaskSession, topic: TopicName, position: number): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  while (session.position(topic) < position) {
    const fetched = await session.poll({ topics: [topic], maxRecords: 1_000, timeoutMs: 1_000 })
    records.push(...fetched.flatMap((one) => one.records))
  }
  return records
}

/** Stays until it is told to go. */
export async function idle(session: TaskSession): Promise<void> {
  while (!session.stopping) await session.poll({ topics: [], maxRecords: 1, timeoutMs: 500 })
}

/** All committed values of each partition up to the end as of now. */
export async function valuesOf(log: EventLog, topic: TopicName, partitions: number): Promise<string[][]> {
  const values: string[][] = Array.from({ length: partitions }, () => [])
  const from = values.map((_, partition) => ({ topic, partition, at: 'beginning' as const }))
  for await (const { partition, value } of log.read({ from, until: 'end' })) values[partition]?.push(String(value))
  return values
}

/** Waits until the group has committed the end of each partition of the topic. */
export async function drained(log: EventLog, group: string, topic: TopicName, timeoutMs = 30_000): Promise<void> {
  await expect
    .poll(
      async () => {
        const [committed, offsets] = await Promise.all([log.committed(group, topic), log.offsets(topic)])
        return offsets.map(({ beginning, end }, partition) => end - (committed[partition] ?? beginning))
      },
      { timeout: timeoutMs, interval: 100 },
    )
    .toSatisfy((lags: number[]) => lags.every((lag) => lag === 0))
}

/** Every partition's output is its input: nothing lost, nothing twice, in order. */
export async function expectPassed(log: EventLog, input: readonly (readonly string[])[]): Promise<void> {
  const output = await valuesOf(log, answers, input.length)
  const found = input.map((values, partition): Violations => violations(values, output[partition] ?? []))
  expect(found).toEqual(input.map(() => noViolations))
}
