import type { EventLog, LogRecord, ReadFrom } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import type { GatewayRequest } from '@payout/schemas/generated/records'
import type { OpenPayouts } from './open-payouts.ts'
import type { Progress } from './tail.ts'
import { unheardSince } from './unheard.ts'

/** For clocks that differ: an event may look older than its request. */
const DAY_MS = 24 * 3_600_000

/**
 * How far back a rebuild of everything has to reach: as far as claims live after an outcome, and further for what has none (S2.7). Of what is older, only
 * requests count that may have a payout without an outcome, and all events of their payouts.
 */
export class Reach {
  readonly #open: OpenPayouts
  readonly #extent: number
  /** By lane: since when it may have payouts of which nothing was ever said. */
  readonly #unheard: readonly number[]
  readonly #openSince: number
  /** Payouts of older requests that were taken, as `partner/payoutId`. */
  readonly #older = new Set<string>()

  private constructor(open: OpenPayouts, extent: number, unheard: readonly number[]) {
    this.#open = open
    this.#extent = extent
    this.#unheard = unheard
    this.#openSince = open.since()
  }

  /**
   * @param open told of all events there are
   * @param extent since when everything counts, UTC milliseconds
   */
  static async of(
    open: OpenPayouts,
    extent: number,
    progress: readonly Progress[],
    { log, codec }: { readonly log: Pick<EventLog, 'offsets' | 'read'>; readonly codec: Codec },
  ): Promise<Reach> {
    return new Reach(open, extent, await unheardSince(log, codec, progress))
  }

  /** Since when the requests of a lane count, UTC milliseconds or negative infinity. */
  sinceOf(lane: number): number {
    return Math.min(this.#extent, this.#openSince, this.#unheard[lane] ?? Number.NEGATIVE_INFINITY)
  }

  /** The same of all lanes, and for their events. */
  get since(): number {
    return Math.min(this.#extent, this.#openSince, ...this.#unheard) - DAY_MS
  }

  /** Whether a request counts; they come in the order of their lane, a second batch after the first. */
  takes({ partner, lines }: GatewayRequest, { partition, timestamp }: LogRecord): boolean {
    if (timestamp >= this.#extent) return true
    const ids = lines.map(({ payoutId }) => payoutId)
    const counts =
      timestamp >= (this.#unheard[partition] ?? Number.NEGATIVE_INFINITY) ||
      ids.some((id) => this.#open.has(partner, id) || this.#older.has(`${partner}/${id}`))
    if (counts) for (const id of ids) this.#older.add(`${partner}/${id}`)
    return counts
  }

  /** Whether an event counts. */
  takesEvent({ timestamp, key }: LogRecord): boolean {
    return timestamp >= this.#extent - DAY_MS || this.#older.has(String(key))
  }
}

/** As a reading takes it. */
export function from(since: number): ReadFrom {
  return since > 0 ? { timestamp: since } : 'beginning'
}
