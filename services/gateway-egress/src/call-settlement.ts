import { setImmediate as turn } from 'node:timers/promises'
import { laneOfReturnedBatch } from '@payout/mapi/return-file-lane'
import { isRedisAway } from '@payout/runtime/redis/errors'
import { forgetAtOf } from './closed-life.ts'
import type { EgressParts } from './egress-parts.ts'
import type { EgressRecords } from './egress-records.ts'
import type { FinishedBatch, FinishedCall, FinishedService, LaneCalls } from './lane-calls.ts'
import { nameOf } from './lane-request.ts'
import type { Pass } from './pass.ts'
import type { RequestBook } from './request-book.ts'
import { retryDelay } from './retry-delay.ts'

/** What is kept of an answer to a batch, and of a text in place of a file. Others are kept whole: the reconciler reads in them how an agreement stands. */
const KEPT_BODY_BYTES = 16 * 1024
/** After so many records of a return file everything else has its turn: 100,000 of them take more than a second. */
const RECORDS_AT_A_TIME = 100
/** What is kept of its content type. */
const CONTENT_TYPE_CHARACTERS = 200

/** Turns calls that ended into records: every answer is recorded (MAPI-16), each attempt once. */
export class CallSettlement {
  readonly #parts: EgressParts
  readonly #records: EgressRecords
  readonly #book: RequestBook
  readonly #calls: LaneCalls

  constructor(parts: EgressParts, lane: { records: EgressRecords; book: RequestBook; calls: LaneCalls }) {
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
      if (call.kind === 'batch' && call.meaning.stop !== undefined) {
        redisAway ||= !(await this.#stopPartner(call))
        if (redisAway) {
          this.#calls.putBack(call)
          continue
        }
      }
      await this.#settle(call, pass)
    }
  }

  async #settle(call: FinishedCall, pass: Pass): Promise<void> {
    const { held, meaning, answeredAt } = call
    const { outcome, code, final } = meaning
    switch (call.kind) {
      case 'batch':
        this.#answerBatch(call, pass)
        break
      case 'service':
        await this.#answerService(call, pass)
    }
    if (final) {
      const forgetAt = forgetAtOf(held, answeredAt)
      pass.add(this.#records.closed(held, { attempts: held.attempts, code, at: answeredAt }, forgetAt))
      this.#book.close(held.key, forgetAt)
    } else {
      const { settings, clock, random } = this.#parts
      this.#book.hold({ ...held, dueAt: clock.now() + retryDelay(held.attempts, settings.retry, random()) })
    }
    this.#calls.settled(held.key)
    const told = { ...nameOf(held), attempt: held.attempts, outcome, code, final }
    this.#parts.logger.debug(told, 'a call has ended')
  }

  #answerBatch({ held, reply, meaning, sentAt, answeredAt }: FinishedBatch, pass: Pass): void {
    const { outcome, code, final } = meaning
    pass.add(
      this.#records.batchAnswer(held, {
        outcome, code, final, attempt: held.attempts, httpStatus: reply.status, body: keptOf(reply.body, KEPT_BODY_BYTES), sentAt, answeredAt,
      }), // biome-ignore format: one thing after another
    )
  }

  /** The rows of a return file go with its answer, in the same transaction, each into the lane of its batch number. */
  async #answerService({ held, reply, meaning, file, sentAt, answeredAt }: FinishedService, pass: Pass): Promise<void> {
    const { outcome, code, final } = meaning
    const type = reply.kind === 'answered' ? reply.contentType : undefined
    pass.add(
      this.#records.serviceAnswer(held, {
        outcome, code, final, attempt: held.attempts,
        httpStatus: reply.status, contentType: type?.slice(0, CONTENT_TYPE_CHARACTERS) ?? null,
        body: file === undefined ? keptOf(reply.body) : keptOf(file.text, KEPT_BODY_BYTES), file: file?.file ?? null, sentAt, answeredAt,
      }), // biome-ignore format: one thing after another
    )
    const { fileDate, hash: fileHash = null } = file?.file ?? {}
    if (file === undefined || fileDate === undefined || fileHash === null) return
    const head = { partner: held.partner, requestId: held.id, fileDate, fileHash, readAt: answeredAt }
    for (const [part, portion] of file.portions.entries()) {
      const lane = laneOfReturnedBatch(portion.batchNo, this.#parts.lanes)
      pass.add(this.#records.returnRows(held, { ...head, ...portion }, part, lane))
      if (part % RECORDS_AT_A_TIME === RECORDS_AT_A_TIME - 1) await turn()
    }
  }

  /** False where Redis did not take it. */
  async #stopPartner({ held: { partner }, meaning: { code, stop } }: FinishedBatch): Promise<boolean> {
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

function keptOf(body: Buffer | null, most?: number): Buffer | null {
  return body === null || body.length === 0 ? null : body.subarray(0, most)
}
