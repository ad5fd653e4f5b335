import { isRedisAway } from '@payout/runtime/redis/errors'
import type { BatchBook } from './batch-book.ts'
import type { EgressParts } from './egress-parts.ts'
import type { EgressRecords } from './egress-records.ts'
import type { FinishedCall, LaneCalls } from './lane-calls.ts'
import type { Pass } from './pass.ts'
import { retryDelay } from './retry-delay.ts'

/** What is kept of an answer. */
const KEPT_BODY_BYTES = 16 * 1024

/** Turns calls that ended into records: every answer is recorded (MAPI-16), each attempt once. */
export class CallSettlement {
  readonly #parts: EgressParts
  readonly #records: EgressRecords
  readonly #book: BatchBook
  readonly #calls: LaneCalls

  constructor(parts: EgressParts, lane: { records: EgressRecords; book: BatchBook; calls: LaneCalls }) {
    this.#parts = parts
    this.#records = lane.records
    this.#book = lane.book
    this.#calls = lane.calls
  }

  /**
   * Settles all calls that have ended. An answer that stops its partner is settled only when the stop is stored (S5.6): while Redis is
   * away such answers stay as they are, and the others go on.
   */
  async settle(pass: Pass): Promise<void> {
    let redisAway = false
    for (const call of this.#calls.takeFinished()) {
      if (call.meaning.stop !== undefined) {
        redisAway ||= !(await this.#stopPartner(call))
        if (redisAway) {
          this.#calls.putBack(call)
          continue
        }
      }
      this.#settle(call, pass)
    }
  }

  #settle({ batch, request, reply, meaning, sentAt, answeredAt }: FinishedCall, pass: Pass): void {
    const { partner, batchNo, payDate, attempts, traceparent, key } = batch
    const { outcome, code, final } = meaning
    const body = reply.body === null || reply.body.length === 0 ? null : reply.body.subarray(0, KEPT_BODY_BYTES)
    pass.add(
      this.#records.answer(
        {
          partner, batchNo, payDate, outcome, code, final,
          attempt: attempts, resubmission: request.resubmission, httpStatus: reply.status, body, sentAt, answeredAt,
        }, // biome-ignore format: one thing after another
        traceparent,
      ),
    )
    if (final) {
      pass.add(this.#records.closed({ partner, batchNo, attempts, code, at: answeredAt }, traceparent))
      this.#book.close(key, answeredAt)
    } else {
      const { settings, clock, random } = this.#parts
      this.#book.hold({ ...batch, dueAt: clock.now() + retryDelay(attempts, settings.retry, random()) })
    }
    this.#calls.settled(key)
    this.#parts.logger.debug({ partner, batchNo, attempt: attempts, outcome, code, final }, 'a call has ended')
  }

  /** False where Redis did not take it. */
  async #stopPartner({ batch: { partner }, meaning: { code, stop } }: FinishedCall): Promise<boolean> {
    const { memory, clock, metrics, logger } = this.#parts
    const reason = code ?? 'NO_CODE'
    try {
      await memory.partnerStops.stop(partner, { reason, since: clock.now(), ...stop })
    } catch (error) {
      if (!isRedisAway(error)) throw error
      logger.warn(
        { partner, err: error },
        'a partner has to be stopped, and Redis does not take it: nothing is sent until it does',
      )
      return false
    }
    metrics.add('egress_partner_stops_total', { partner, reason })
    logger.error(
      { partner, reason },
      'the gateway refused a batch for a reason that holds for all of this partner: it is stopped',
    )
    return true
  }
}
