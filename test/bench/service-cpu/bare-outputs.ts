/** What the bare loop has to write. It is read before: reading takes the project's corrections of kafkajs. */
import type { EventLog } from '@payout/runtime/event-log/port'
import { qualifiedTopic } from '@payout/schemas/topics'
import type { Message } from 'kafkajs'
import type { BarePortion } from './bare-plan.ts'

/** A record to be written. */
export interface Output {
  readonly topic: string
  readonly message: Message
  readonly bytes: number
  /** How far in its partition it stands: 0 is the first one of the portion, 1 the end. */
  readonly place: number
}

/**
 * What a service has written of one portion, as the bare loop writes it again.
 * @param log of the service's namespace
 * @param namespace where it is written again
 */
export async function outputsOf(
  log: Pick<EventLog, 'read'>,
  { outputs }: BarePortion,
  namespace: string,
): Promise<Output[]> {
  const ranges = new Map(outputs.map((range) => [`${range.topic}/${range.partition}`, range]))
  const from = outputs.map(({ topic, partition, from }) => ({ topic, partition, at: { offset: from } }))
  const found: Output[] = []
  for await (const { topic, partition, offset, key, value, headers } of log.read({ from, until: 'end' })) {
    const range = ranges.get(`${topic}/${partition}`)
    if (range === undefined || offset >= range.to) continue
    found.push({
      topic: qualifiedTopic(namespace, topic),
      message: { partition, key, value, headers },
      bytes: (key?.length ?? 0) + (value?.length ?? 0) + Object.entries(headers).join().length,
      place: (offset - range.from) / (range.to - range.from),
    })
  }
  // Each transaction writes to all partitions, as the service does.
  return found.toSorted((a, b) => a.place - b.place)
}
