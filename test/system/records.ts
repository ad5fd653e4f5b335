import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import { recordNames } from '@payout/schemas/avro/schema-catalog'
import { Codec } from '@payout/schemas/codec'
import type { Records } from '@payout/schemas/generated/records'
import type { TopicName } from '@payout/schemas/topics'
import type { System } from './system.ts'

const codec = new Codec()

interface ReadSoFar {
  readonly records: LogRecord[]
  /** By partition. */
  readonly next: number[]
}

/**
 * What was read before need not be read again: a look that is repeated costs one question to Kafka when nothing came.
 */
const readBefore = new WeakMap<EventLog, Map<TopicName, Promise<ReadSoFar>>>()

/** Everything that is committed in a topic, as of now; each partition's records in their order. */
export async function recordsOf({ log }: Pick<System, 'log'>, topic: TopicName): Promise<LogRecord[]> {
  const topics = readBefore.get(log) ?? new Map<TopicName, Promise<ReadSoFar>>()
  readBefore.set(log, topics)
  const before = topics.get(topic) ?? Promise.resolve({ records: [], next: [] })
  const reading = before.catch(() => ({ records: [], next: [] })).then((soFar) => readOn(log, topic, soFar))
  topics.set(topic, reading)
  const { records } = await reading
  return [...records].sort((a, b) => a.partition - b.partition || a.offset - b.offset)
}

async function readOn(log: EventLog, topic: TopicName, { records, next }: ReadSoFar): Promise<ReadSoFar> {
  const partitions = await log.partitions(topic)
  const from = Array.from({ length: partitions }, (_, partition) => {
    const known = next[partition]
    return { topic, partition, at: known === undefined ? ('beginning' as const) : { offset: known } }
  })
  const read = { records: [...records], next: [...next] }
  const onPosition = (_: TopicName, partition: number, position: number) => {
    read.next[partition] = position
  }
  for await (const record of log.read({ from, until: 'end', onPosition })) read.records.push(record)
  return read
}

async function valuesOf<N extends keyof Records>(
  system: Pick<System, 'log'>,
  topic: TopicName,
  name: N,
): Promise<Records[N][]> {
  const records = await recordsOf(system, topic)
  return records.flatMap(({ value }) => {
    const found = value === null ? undefined : codec.decode(value, recordNames)
    return found?.name === name ? [found.value as Records[N]] : []
  })
}

/** Signed requests, each signing of a batch number. */
export function requestsOf(system: Pick<System, 'log'>) {
  return valuesOf(system, 'gateway.requests', 'gateway.GatewayRequest')
}

/** Signed requests of the services beside the batch payout. */
export function serviceRequestsOf(system: Pick<System, 'log'>) {
  return valuesOf(system, 'gateway.requests', 'gateway.GatewayServiceRequest')
}

/** What egress wrote down as the answers to these. */
export function serviceAnswersOf(system: Pick<System, 'log'>) {
  return valuesOf(system, 'gateway.answers', 'gateway.GatewayServiceAnswer')
}

/** What egress wrote down as the gateway's answers. */
export function answersOf(system: Pick<System, 'log'>) {
  return valuesOf(system, 'gateway.answers', 'gateway.GatewayAnswer')
}

/** What egress remembers of batches: each record, not only the last of a batch number. */
export function attemptsOf(system: Pick<System, 'log'>) {
  return valuesOf(system, 'gateway.attempts', 'gateway.GatewayAttempt')
}

/** Notifies that were taken in. */
export function notifiesOf(system: Pick<System, 'log'>) {
  return valuesOf(system, 'gateway.notifies', 'gateway.GatewayNotify')
}

/** The signed request that carries a payout, in its last signing. */
export async function requestFor(system: Pick<System, 'log'>, payoutId: string) {
  return (await requestsOf(system)).findLast(({ lines }) => lines.some((line) => line.payoutId === payoutId))
}
