import type { LogRecord } from '@payout/runtime/event-log/port'
import { Codec } from '@payout/schemas/codec'
import type { Records } from '@payout/schemas/generated/records'
import { recordNames } from '@payout/schemas/schema-catalog'
import type { TopicName } from '@payout/schemas/topics'
import type { System } from './system.ts'

const codec = new Codec()

/** Everything that is committed in a topic, as of now. */
export async function recordsOf(system: Pick<System, 'log'>, topic: TopicName): Promise<LogRecord[]> {
  const partitions = await system.log.partitions(topic)
  const from = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, at: 'beginning' as const }))
  const records: LogRecord[] = []
  for await (const record of system.log.read({ from, until: 'end' })) records.push(record)
  return records
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
