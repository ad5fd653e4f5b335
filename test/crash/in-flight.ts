import type { EventLog } from '@payout/runtime/event-log/port'
import { Codec } from '@payout/schemas/codec'
import type { TopicName } from '@payout/schemas/topics'

const INPUTS: readonly (readonly [group: string, topics: readonly TopicName[]])[] = [
  ['signer', ['payout.commands', 'agreement.commands', 'gateway.to-sign']],
  ['gateway-egress', ['gateway.requests']],
  ['reconciler', ['gateway.requests', 'gateway.answers', 'gateway.notifies', 'gateway.commands', 'gateway.timers']],
]

/**
 * What is not yet processed: records above the committed offsets, and batches without a last word. Empty when all is
 * done.
 */
export async function inFlight(log: EventLog): Promise<string[]> {
  const left: string[] = []
  for (const [group, topics] of INPUTS) {
    for (const topic of topics) {
      const committed = await log.committed(group, topic)
      const from = committed.map((offset, partition) => ({
        topic,
        partition,
        at: offset === undefined ? ('beginning' as const) : { offset },
      }))
      let count = 0
      for await (const _record of log.read({ from, until: 'end' })) count += 1
      if (count > 0) left.push(`${count} records of ${topic} for ${group}`)
    }
  }
  const open = await openBatches(log)
  if (open > 0) left.push(`${open} batches without a last word`)
  return left
}

async function openBatches(log: EventLog): Promise<number> {
  const codec = new Codec()
  const topic = 'gateway.attempts'
  const partitions = await log.partitions(topic)
  const last = new Map<string, boolean>()
  const from = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, at: 'beginning' }) as const)
  for await (const { key, value } of log.read({ from, until: 'end' })) {
    const closed = value === null || codec.decode(value, ['gateway.GatewayAttempt']).value.state === 'closed'
    last.set(String(key), closed)
  }
  return [...last.values()].filter((closed) => !closed).length
}
