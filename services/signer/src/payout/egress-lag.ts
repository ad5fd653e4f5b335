import type { EventLog } from '@payout/runtime/event-log/port'
import { SECOND_MS } from '@payout/schemas/units'

/** Kafka is asked at most this often. */
const ASK_EVERY_MS = SECOND_MS

/**
 * How many requests egress has not yet taken. A slow gateway is better served by few full batches than by a growing
 * queue of small ones, so the signer waits longer for payouts while there is a queue (docs/architecture.md).
 */
export class EgressLag {
  readonly #log: Pick<EventLog, 'offsets' | 'committed'>
  #lag = 0
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(log: Pick<EventLog, 'offsets' | 'committed'>) {
    this.#log = log
  }

  /**
   * The number of requests in the log that egress has not committed; at most a second old. Zero where Kafka does not
   * answer.
   */
  async requests(): Promise<number> {
    const now = performance.now()
    if (now - this.#askedAt >= ASK_EVERY_MS) {
      this.#askedAt = now
      this.#lag = await this.#measure().catch(() => 0)
    }
    return this.#lag
  }

  async #measure(): Promise<number> {
    const [offsets, committed] = await Promise.all([
      this.#log.offsets('gateway.requests'),
      this.#log.committed('gateway-egress', 'gateway.requests'),
    ])
    return offsets.reduce(
      (lag, { beginning, end }, partition) => lag + Math.max(0, end - (committed[partition] ?? beginning)),
      0,
    )
  }
}
