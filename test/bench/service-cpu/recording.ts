/** What a service has read in a whole system, to be given to it and to a bare loop once more. */
import type { Pipeline } from '@payout/demo/system/pipeline'
import { kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'
import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import { logger } from '@payout/runtime/observability/logging'
import type { TopicName } from '@payout/schemas/topics'
import type { MeasuredSystem } from '../pipeline/measured-load.ts'

/** The records of one portion of payouts, topic after topic in the order in which they are written again. */
export interface Portion {
  readonly payouts: number
  readonly records: readonly LogRecord[]
}

/** The event log of a namespace of the pipeline's Kafka. */
export function logOf({ settings }: Pipeline, namespace: string): EventLog {
  const brokers = settings.kafkaBrokers.split(',')
  return kafkaEventLog({ brokers, clientId: 'bench', logger: logger('bench', 'silent'), namespace })
}

/** What stands in the partitions of topics behind these offsets, and the offsets behind that. */
export async function recordsSince(
  log: EventLog,
  topics: readonly TopicName[],
  since: ReadonlyMap<string, number>,
): Promise<{ records: LogRecord[]; ends: Map<string, number> }> {
  const ends = new Map<string, number>()
  const records: LogRecord[] = []
  for (const topic of topics) {
    const offsets = await log.offsets(topic)
    const from = offsets.map((_, partition) => {
      const offset = since.get(`${topic}/${partition}`) ?? 0
      return { topic, partition, at: { offset } } as const
    })
    for await (const record of log.read({ from, until: 'end' })) records.push(record)
    for (const [partition, { end }] of offsets.entries()) ends.set(`${topic}/${partition}`, end)
  }
  return { records, ends }
}

/**
 * Pays portions in a whole system, one after the other, and gives what stands in the topics of each. Then the services
 * are stopped; Kafka and Redis go on.
 */
export async function record(
  { pipeline, load }: MeasuredSystem,
  topics: readonly TopicName[],
  sizes: readonly number[],
): Promise<Portion[]> {
  const log = logOf(pipeline, pipeline.settings.namespace)
  const portions: Portion[] = []
  let since: ReadonlyMap<string, number> = new Map()
  for (const payouts of sizes) {
    await load.burst(payouts)
    const { records, ends } = await recordsSince(log, topics, since)
    portions.push({ payouts, records })
    since = ends
  }
  await log.close()
  await pipeline.stopServices()
  return portions
}
