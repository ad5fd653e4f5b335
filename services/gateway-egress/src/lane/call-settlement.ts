import { setImmediate as turn } from 'node:timers/promises'
import { laneOfReturnedBatch } from '@payout/mapi/return-file/lane'
import type { EgressParts } from '../egress-parts.ts'
import type { GatewayReply } from '../gateway/gateway.ts'
import { forgetAtOf } from '../plan/closed-life.ts'
import { retryDelay } from '../plan/retry-delay.ts'
import { nameOf } from '../request/lane-request.ts'
import type { HeldRequest, RequestBook } from '../request/request-book.ts'
import type { BegunStop, LaneStops } from '../stops/partner-stops.ts'
import type { EgressRecords } from './egress-records.ts'
import type { FinishedBatch, FinishedCall, FinishedService, LaneCalls } from './lane-calls.ts'
import type { Pass } from './pass.ts'

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
  readonly #stops: LaneStops

  constructor(
    parts: EgressParts,
    lane: { records: EgressRecords; book: RequestBook; calls: LaneCalls; stops: LaneStops },
  ) {
    this.#parts = parts
    this.#records = lane.records
    this.#book = lane.book
    this.#calls = lane.calls
    this.#stops = lane.stops
  }

  /** Settles all calls that have ended. The stop of a partner goes with the answer that caused it, in the same transaction (S5.6). */
  async settle(pass: Pass): Promise<void> {
    for (const call of this.#calls.takeFinished()) await this.#settle(call, pass)
  }

  async #settle(call: FinishedCall, pass: Pass): Promise<void> {
    const { held, meaning, answeredAt } = call
    if (isHeldBack(call.reply)) {
      this.#book.hold(notAttempted(held, answeredAt))
      this.#calls.settled(held.key)
      return
    }
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

  #answerBatch({ held, reply, meaning, stop, sentAt, answeredAt }: FinishedBatch, pass: Pass): void {
    const { outcome, code, final } = meaning
    if (stop !== undefined) this.#stop(stop, pass)
    pass.add(
      this.#records.batchAnswer(held, {
        outcome, code, final, attempt: held.attempts, httpStatus: reply.status, body: keptOf(reply.body, KEPT_BODY_BYTES), sentAt, answeredAt,
      }), // biome-ignore format: one thing after another
    )
  }

  /** Puts stops into the pass that sessions of this process have left without knowing that they are committed. */
  takeLeftStops(pass: Pass): void {
    for (const stop of this.#stops.takeLeft()) this.#stop(stop, pass)
  }

  #stop(stop: BegunStop, pass: Pass): void {
    pass.add(this.#records.switched(stop.value))
    pass.stops.push(stop)
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
}

function isHeldBack(reply: GatewayReply): boolean {
  return reply.kind === 'broken' && reply.code === 'HELD_BACK'
}

/** A request whose intent is committed, and whose call was not made: nobody but this session could have made it, so the attempt is not counted here. */
export function notAttempted(held: HeldRequest, dueAt = held.dueAt): HeldRequest {
  const attempts = held.attempts - 1
  return { ...held, attempts, state: attempts > 0 ? 'in_doubt' : 'deferred', dueAt }
}

function keptOf(body: Buffer | null, most?: number): Buffer | null {
  return body === null || body.length === 0 ? null : body.subarray(0, most)
}
