import type { EventLog } from '@payout/runtime/event-log/port'
import { SECOND_MS } from '@payout/schemas/units'

/** What was answered longer ago says nothing any more. */
const TRUSTED_MS = SECOND_MS
/** So long after an answer Kafka is asked again, so that the next one is there in time. */
const ASK_AGAIN_MS = SECOND_MS / 2

/**
 * How many requests egress has not yet taken. A slow gateway is better served by few full batches than by a growing
 * queue of small ones, so the signer waits longer for payouts while there is a queue (docs/operations.md).
 *
 * Nobody waits for Kafka's answer: it is asked in the background while commands come, and for as long as there is a
 * queue. On an idle system it is not asked, and the first batch after quiet goes at once.
 */
export class EgressLag {
  readonly #log: Pick<EventLog, 'offsets' | 'committed'>
  #lag = 0
  #answeredAt = Number.NEGATIVE_INFINITY
  #isAsking = false
  #again: NodeJS.Timeout | undefined

  constructor(log: Pick<EventLog, 'offsets' | 'committed'>) {
    this.#log = log
  }

  /**
   * The number of requests in the log that egress has not committed; at most a second old. Zero where that is not
   * known, because nobody has asked of late or Kafka does not answer.
   */
  requests(): number {
    const age = performance.now() - this.#answeredAt
    if (age >= ASK_AGAIN_MS) void this.#ask()
    return age < TRUSTED_MS ? this.#lag : 0
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    clearTimeout(this.#again)
    this.#lag = await this.#measure().catch(() => 0)
    this.#answeredAt = performance.now()
    this.#isAsking = false
    // While the signer waits because of a queue it does not come here: the answer would be too old when it does.
    if (this.#lag > 0) this.#again = setTimeout(() => void this.#ask(), ASK_AGAIN_MS).unref()
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
