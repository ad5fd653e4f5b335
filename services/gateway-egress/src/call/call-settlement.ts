import { setImmediate as turn } from 'node:timers/promises'
import { laneOfReturnedBatch } from '@payout/mapi/return-file/lane'
import type { Clock } from '@payout/runtime/clock'
import type { Logger } from '@payout/runtime/observability/logging'
import { KIB } from '@payout/schemas/units'
import { forgetAtOf } from '../request/closed-life.ts'
import { nameOf } from '../request/lane-request.ts'
import { notAttempted, type RequestBook } from '../request/request-book.ts'
import type { EgressRecords } from '../transaction/egress-records.ts'
import type { TransactionDraft } from '../transaction/transaction-draft.ts'
import { type FinishedBatch, type FinishedCall, type FinishedService, isHeldBack } from './gateway-calls.ts'
import { type RetryDelays, retryDelay } from './retry-delay.ts'

/**
 * What is kept of an answer to a batch, and of a text in place of a file. Others are kept whole: the reconciler reads
 * in them how an agreement stands.
 */
const KEPT_BODY_BYTES = 16 * KIB
/** After so many records of a return file everything else has its turn: 100,000 of them take more than a second. */
const RECORDS_AT_A_TIME = 100
/** What is kept of its content type. */
const CONTENT_TYPE_CHARACTERS = 200

export interface SettlementDependencies {
  /** How many lanes there are, for rows that belong to another one. */
  readonly lanes: number
  readonly clock: Clock
  readonly logger: Pick<Logger, 'debug'>
  readonly settings: { readonly retry: RetryDelays }
  /** From 0 to 1, for the jitter of delays. */
  readonly random: () => number
}

/** Turns calls that ended into records: every answer is recorded (MAPI-16), each attempt once. */
export class CallSettlement {
  readonly #dependencies: SettlementDependencies
  readonly #records: EgressRecords
  readonly #book: RequestBook

  constructor(dependencies: SettlementDependencies, lane: { records: EgressRecords; book: RequestBook }) {
    this.#dependencies = dependencies
    this.#records = lane.records
    this.#book = lane.book
  }

  /** Puts a call's answer into the draft, and its request back into the book. */
  async settle(call: FinishedCall, draft: TransactionDraft): Promise<void> {
    const { held, classification, answeredAt } = call
    if (isHeldBack(call.reply)) {
      this.#book.hold(notAttempted(held, answeredAt))
      return
    }
    const { outcome, code, final } = classification
    switch (call.kind) {
      case 'batch':
        this.#answerBatch(call, draft)
        break
      case 'service':
        await this.#answerService(call, draft)
    }
    if (final) {
      const forgetAt = forgetAtOf(held, answeredAt)
      draft.add(this.#records.closed(held, { attempts: held.attempts, code, at: answeredAt }, forgetAt))
      this.#book.close(held.key, forgetAt)
    } else {
      const { settings, clock, random } = this.#dependencies
      this.#book.hold({ ...held, dueAt: clock.now() + retryDelay(held.attempts, settings.retry, random()) })
    }
    const logFields = { ...nameOf(held), attempt: held.attempts, outcome, code, final }
    this.#dependencies.logger.debug(logFields, 'a call has ended')
  }

  /** The stop of a partner goes with the answer that caused it, in the same transaction (S5.6). */
  #answerBatch(call: FinishedBatch, draft: TransactionDraft): void {
    const { held, reply, classification, stop, sentAt, answeredAt } = call
    const { outcome, code, final } = classification
    if (stop !== undefined) draft.stop(this.#records.switched(stop.value), stop)
    draft.add(
      this.#records.batchAnswer(held, {
        outcome,
        code,
        final,
        attempt: held.attempts,
        httpStatus: reply.status,
        body: keptOf(reply.body, KEPT_BODY_BYTES),
        sentAt,
        answeredAt,
      }),
    )
  }

  /** The rows of a return file go with its answer, in the same transaction, each into the lane of its batch number. */
  async #answerService(call: FinishedService, draft: TransactionDraft): Promise<void> {
    const { held, reply, classification, file, sentAt, answeredAt } = call
    const { outcome, code, final } = classification
    const type = reply.kind === 'answered' ? reply.contentType : undefined
    draft.add(
      this.#records.serviceAnswer(held, {
        outcome,
        code,
        final,
        attempt: held.attempts,
        httpStatus: reply.status,
        contentType: type?.slice(0, CONTENT_TYPE_CHARACTERS) ?? null,
        body: file === undefined ? keptOf(reply.body) : keptOf(file.text, KEPT_BODY_BYTES),
        file: file?.file ?? null,
        sentAt,
        answeredAt,
      }),
    )
    const { fileDate, hash: fileHash = null } = file?.file ?? {}
    if (file === undefined || fileDate === undefined || fileHash === null) return
    const head = { partner: held.partner, requestId: held.id, fileDate, fileHash, readAt: answeredAt }
    for (const [part, portion] of file.portions.entries()) {
      const lane = laneOfReturnedBatch(portion.batchNo, this.#dependencies.lanes)
      draft.add(this.#records.returnRows(held, { ...head, ...portion }, part, lane))
      if (part % RECORDS_AT_A_TIME === RECORDS_AT_A_TIME - 1) await turn()
    }
  }
}

function keptOf(body: Buffer | null, most?: number): Buffer | null {
  return body === null || body.length === 0 ? null : body.subarray(0, most)
}
