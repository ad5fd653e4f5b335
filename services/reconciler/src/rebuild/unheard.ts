import type { EventLog, LogRecord, ReadFrom } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import type { TopicName } from '@payout/schemas/topics'
import type { Progress } from './tail.ts'

/** OVERDUE_AFTER is 30 days at the most; a day for clocks that differ, and for requests that were not written in the order of their signing. */
const LONGEST_DUE_MS = 31 * 24 * 3_600_000
/** Offsets at the end of a partition among which its last record is looked for: some are of markers and aborted records. */
const LAST_OFFSETS = 1_000

/**
 * Since when a lane may have payouts of which nothing was ever said, UTC milliseconds; negative infinity where nothing tells. Something is said of each payout
 * when its batch is due, if not before; timers are appended in their order. So they are signed after the batch that was due last,
 * or their batches' timers are not processed, or the reconciler has not read their requests.
 * @returns one for each lane
 * @throws LogUnavailableError
 */
export async function unheardSince(
  log: Pick<EventLog, 'offsets' | 'read'>,
  codec: Codec,
  progress: readonly Progress[],
): Promise<number[]> {
  const committed = (topic: TopicName, partition: number) =>
    progress.find((one) => one.group === 'reconciler' && one.topic === topic && one.partition === partition)?.next
  const lanes = (await log.offsets('gateway.requests')).length
  const dueAt = await lastDue(log, codec, (lane) => committed('gateway.timers', lane))
  const unread = await firstUnread(log, (lane) => committed('gateway.requests', lane))
  return Array.from({ length: lanes }, (_, lane) =>
    Math.min(dueAt.get(lane) ?? Number.NEGATIVE_INFINITY, unread.get(lane) ?? Number.POSITIVE_INFINITY),
  )
}

/** By lane: before this no request was signed whose batch was not due yet, or is due and was not processed. */
async function lastDue(
  log: Pick<EventLog, 'offsets' | 'read'>,
  codec: Codec,
  committed: (lane: number) => number | undefined,
): Promise<ReadonlyMap<number, number>> {
  const from: { topic: TopicName; partition: number; at: ReadFrom }[] = []
  for (const [partition, { beginning, end }] of (await log.offsets('gateway.timers')).entries()) {
    const next = committed(partition) ?? beginning
    // What was deleted before it was read may have been anything.
    if (end <= beginning || next < beginning) continue
    from.push({
      topic: 'gateway.timers',
      partition,
      at: { offset: Math.max(beginning, Math.min(next, end - LAST_OFFSETS)) },
    })
  }
  const last = new Map<number, number>()
  const unread = new Map<number, number>()
  if (from.length === 0) return last
  for await (const record of log.read({ from, until: 'end' })) {
    const { partition, offset } = record
    const signed = Math.min(codec.decode(record.value, ['gateway.GatewayTimer']).value.dueAt, record.timestamp)
    last.set(partition, signed - LONGEST_DUE_MS)
    if (offset >= (committed(partition) ?? 0)) unread.set(partition, Math.min(unread.get(partition) ?? signed, signed))
  }
  for (const [lane, signed] of unread) last.set(lane, Math.min(last.get(lane) ?? signed, signed - LONGEST_DUE_MS))
  return last
}

/** By lane: when the first request was written that the reconciler has not read. */
async function firstUnread(
  log: Pick<EventLog, 'offsets' | 'read'>,
  committed: (lane: number) => number | undefined,
): Promise<ReadonlyMap<number, number>> {
  const first = new Map<number, number>()
  const from: { topic: TopicName; partition: number; at: ReadFrom }[] = []
  for (const [partition, { beginning, end }] of (await log.offsets('gateway.requests')).entries()) {
    const next = committed(partition) ?? beginning
    if (next < end) from.push({ topic: 'gateway.requests', partition, at: { offset: Math.max(beginning, next) } })
  }
  if (from.length === 0) return first
  for await (const { partition, timestamp } of log.read({ from, until: 'end' }) as AsyncIterable<LogRecord>) {
    if (!first.has(partition)) first.set(partition, timestamp - 24 * 3_600_000)
    if (first.size === from.length) break
  }
  return first
}
