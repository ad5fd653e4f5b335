import type { EventLog, LogRecord, ReadFrom } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import type { GatewayRequest } from '@payout/schemas/generated/records'
import type { TopicName } from '@payout/schemas/topics'
import { DAY_MS } from '@payout/schemas/units'
import type { OpenPayouts } from './open-payouts.ts'
import type { Progress } from './tail.ts'

/** For clocks that differ: an event may look older than its request. */
const MARGIN_MS = DAY_MS
/**
 * OVERDUE_AFTER is 30 days at the most; a day for clocks that differ, and for requests that were not written in the
 * order of their signing.
 */
const LONGEST_DUE_MS = 31 * DAY_MS
/**
 * Offsets at the end of a partition among which its last record is looked for: some are of markers and aborted records.
 */
const LAST_OFFSETS = 1_000

/**
 * How far back a rebuild of everything has to reach: as far as claims live after an outcome, and further for what has
 * none (S2.7). Of what is older, only requests count that may have a payout without an outcome, and all events of their
 * payouts.
 */
export class Reach {
  readonly #open: OpenPayouts
  readonly #extent: number
  /** By lane: since when it may have payouts without any event. */
  readonly #unreported: readonly number[]
  readonly #openSince: number
  /** Payouts of older requests that were taken, as `partner/payoutId`. */
  readonly #older = new Set<string>()

  private constructor(open: OpenPayouts, extent: number, unreported: readonly number[]) {
    this.#open = open
    this.#extent = extent
    this.#unreported = unreported
    this.#openSince = open.since()
  }

  /**
   * @param open has noted all events there are
   * @param extent since when everything counts, UTC milliseconds
   */
  static async of(
    open: OpenPayouts,
    extent: number,
    progress: readonly Progress[],
    { log, codec }: { readonly log: Pick<EventLog, 'offsets' | 'read'>; readonly codec: Codec },
  ): Promise<Reach> {
    return new Reach(open, extent, await unreportedSince(log, codec, progress))
  }

  /** Since when the requests of a lane count, UTC milliseconds or negative infinity. */
  sinceOf(lane: number): number {
    return Math.min(this.#extent, this.#openSince, this.#unreported[lane] ?? Number.NEGATIVE_INFINITY)
  }

  /** The same of all lanes, and for their events. */
  get since(): number {
    return Math.min(this.#extent, this.#openSince, ...this.#unreported) - MARGIN_MS
  }

  /** Whether a request counts; they come in the order of their lane, a second batch after the first. */
  takes({ partner, lines }: GatewayRequest, { partition, timestamp }: LogRecord): boolean {
    if (timestamp >= this.#extent) return true
    const ids = lines.map(({ payoutId }) => payoutId)
    const counts =
      timestamp >= (this.#unreported[partition] ?? Number.NEGATIVE_INFINITY) ||
      ids.some((id) => this.#open.has(partner, id) || this.#older.has(`${partner}/${id}`))
    if (counts) for (const id of ids) this.#older.add(`${partner}/${id}`)
    return counts
  }

  /** Whether an event counts. */
  takesEvent({ timestamp, key }: LogRecord): boolean {
    return timestamp >= this.#extent - MARGIN_MS || this.#older.has(String(key))
  }
}

/** As a reading takes it. */
export function readFrom(since: number): ReadFrom {
  return since > 0 ? { timestamp: since } : 'beginning'
}

/**
 * Since when a lane may have payouts without any event, UTC milliseconds; negative infinity where nothing tells. Each
 * payout has an event when its batch is due, if not before; timers are appended in their order. So those without are
 * signed after the batch that was due last, or their batches' timers are not processed, or the reconciler has not read
 * their requests.
 * @returns one for each lane
 * @throws LogUnavailableError
 */
async function unreportedSince(
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
    if (!first.has(partition)) first.set(partition, timestamp - MARGIN_MS)
    if (first.size === from.length) break
  }
  return first
}
