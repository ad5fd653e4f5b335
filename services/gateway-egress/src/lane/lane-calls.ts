import type { EgressParts } from '../egress-parts.ts'
import { type AnswerMeaning, answerMeaning, type Meaning } from '../gateway/answer-meaning.ts'
import type { GatewayCall, GatewayReply } from '../gateway/gateway.ts'
import { serviceMeaning } from '../gateway/service-meaning.ts'
import { FILE, type Leave } from '../plan/pass-gates.ts'
import type { SignedRequest } from '../request/lane-request.ts'
import type { HeldBatch, HeldRequest, HeldService } from '../request/request-book.ts'
import { type ReturnFileAnswer, returnFileAnswer } from '../return-file/return-file-answer.ts'
import { type BegunStop, type LaneStops, stopByAnswer } from '../stops/partner-stops.ts'

/** A call that may be made: its intent is in the transaction under way, its slots and its admission are taken. */
export interface IntendedCall {
  /** With this attempt counted. */
  readonly held: HeldRequest
  readonly signed: SignedRequest
  readonly leave: Leave
}

/** A call that is made; `mayGo` is asked once more when a connection is there. */
type MadeCall = IntendedCall & Pick<GatewayCall, 'mayGo'>

/** A call that has ended. */
export type FinishedCall = FinishedBatch | FinishedService
export type FinishedBatch = Ended & {
  readonly kind: 'batch'
  readonly held: HeldBatch
  readonly meaning: AnswerMeaning
  /** Where it stops its partner: in force already, and to be committed with the answer. */
  readonly stop: BegunStop | undefined
}
export type FinishedService = Ended & {
  readonly kind: 'service'
  readonly held: HeldService
  readonly meaning: Meaning
  /** What came, where a return file was asked for. */
  readonly file: ReturnFileAnswer | undefined
}

/** What came of a call, before a return file in it is read. */
interface Posted {
  readonly reply: GatewayReply
  readonly answeredAt: number
  /** What the answer to a batch means. */
  readonly batch: Pick<FinishedBatch, 'held' | 'meaning' | 'stop'> | undefined
}

interface Ended {
  readonly reply: GatewayReply
  /** UTC milliseconds. */
  readonly sentAt: number
  readonly answeredAt: number
}

type CallParts = Pick<
  EgressParts,
  'gateway' | 'evidence' | 'readFile' | 'limits' | 'files' | 'breakers' | 'clock' | 'logger' | 'metrics' | 'settings'
>

/** The calls of one lane session that are under way, and those that ended and are not yet committed. */
export class LaneCalls {
  readonly #parts: CallParts
  readonly #lane: number
  readonly #stops: LaneStops
  readonly #onFinished: () => void
  readonly #giveUp = new AbortController()
  readonly #keys = new Set<string>()
  readonly #running = new Set<string>()
  /** Whose call has the slot for return files. */
  #file: string | undefined
  #finished: FinishedCall[] = []
  #fault: { error: unknown } | undefined

  constructor(parts: CallParts, lane: { partition: number; stops: LaneStops }, onFinished: () => void) {
    this.#parts = parts
    this.#lane = lane.partition
    this.#stops = lane.stops
    this.#onFinished = onFinished
  }

  /** From its intent until its answer is settled, no other request of a number may begin. */
  isUnderWay(key: string): boolean {
    return this.#keys.has(key)
  }

  /** How many requests are under way in this sense. */
  get size(): number {
    return this.#keys.size
  }

  /** How many wait to be settled. */
  get finishedCount(): number {
    return this.#finished.length
  }

  /** Those that ended, for the caller to settle. @throws what a defect of the gateway's port threw. */
  takeFinished(): FinishedCall[] {
    if (this.#fault) throw this.#fault.error
    const finished = this.#finished
    this.#finished = []
    return finished
  }

  settled(key: string): void {
    this.#keys.delete(key)
    this.#releaseFile(key)
  }

  /** Marks the request as under way; `start` or `withdraw` follows. */
  intend({ held, leave }: IntendedCall): void {
    this.#keys.add(held.key)
    if (leave.file) this.#file = held.key
  }

  /** The call is not made: gives slots and admission back. */
  withdraw({ held, leave }: IntendedCall): void {
    this.#keys.delete(held.key)
    this.#parts.breakers.of(held.partner).withdraw(leave.admission)
    this.#parts.limits.release(held.partner)
    this.#releaseFile(held.key)
  }

  /** Makes the call: one HTTP request (S5.2). Only after the intent's transaction is committed (S5.1). */
  start(call: MadeCall): void {
    const { key } = call.held
    this.#running.add(key)
    const ended = (): void => {
      this.#running.delete(key)
      if (this.#giveUp.signal.aborted) this.#releaseFile(key)
      this.#onFinished()
    }
    this.#make(call).then(
      (finished) => {
        this.#finished.push(finished)
        ended()
      },
      (error: unknown) => {
        this.#fault = { error }
        ended()
      },
    )
  }

  /** The session is over: the calls under way are given up, and their requests stay open in the log. */
  giveUp(): void {
    this.#giveUp.abort()
    // A file that is still being read keeps its slot until it is read.
    if (this.#file !== undefined && !this.#running.has(this.#file)) this.#releaseFile(this.#file)
  }

  async #make(call: MadeCall): Promise<FinishedCall> {
    const { clock, metrics } = this.#parts
    const { held } = call
    const { partner } = held
    const sentAt = clock.now()
    const { reply, answeredAt, batch } = await this.#post(call)
    const ended = { reply, sentAt, answeredAt }
    let finished: FinishedCall
    if (batch !== undefined) {
      finished = { kind: 'batch', ...batch, ...ended }
    } else if (held.kind === 'batch') {
      throw new TypeError('an answer to a batch has a meaning')
    } else if (held.service === 'bptb_refund_file') {
      const file = await returnFileAnswer(reply, { partner, asked: held.file }, this.#parts)
      metrics.add('egress_return_files_total', { partner, outcome: file.meaning.outcome })
      finished = { kind: 'service', held, meaning: file.meaning, file, ...ended }
    } else {
      const meaning = serviceMeaning(held.service, reply)
      finished = { kind: 'service', held, meaning, file: undefined, ...ended }
    }
    metrics.add('egress_calls_total', { partner, outcome: finished.meaning.outcome })
    return finished
  }

  async #post({ held, signed, leave, mayGo }: MadeCall): Promise<Posted> {
    const { gateway, limits, breakers, clock, metrics } = this.#parts
    const { partner } = held
    const { charset, body } = signed.value
    const began = performance.now()
    metrics.set('egress_calls_under_way', { partner }, limits.underWay(partner))
    try {
      return await breakers.of(partner).run(leave.admission, async () => {
        const reply = await gateway.post(
          { charset, body, expects: leave.file ? 'file' : 'answer', mayGo },
          this.#giveUp.signal,
        )
        const answeredAt = clock.now()
        const batch = held.kind === 'batch' ? this.#understood(held, reply, answeredAt) : undefined
        const says = batch === undefined ? wellOrNot(reply) : batch.meaning.outcome
        // A call that the end of the session cut off, or that was held back, tells nothing about the gateway.
        const tells = !this.#giveUp.signal.aborted && !(reply.kind === 'broken' && reply.code === 'HELD_BACK')
        return { reply, answeredAt, batch, unknown: says === 'unknown' && tells }
      })
    } finally {
      limits.release(partner)
      metrics.set('egress_calls_under_way', { partner }, limits.underWay(partner))
      metrics.observe('egress_call_seconds', { partner }, (performance.now() - began) / 1_000)
    }
  }

  /** What an answer to a batch means. Where it stops the partner, it is stopped here and now, before its slot is free for another batch (S5.6). */
  #understood(held: HeldBatch, reply: GatewayReply, at: number): Pick<FinishedBatch, 'held' | 'meaning' | 'stop'> {
    const { settings, metrics, logger } = this.#parts
    const { key, partner, attempts: attempt } = held
    const meaning = answerMeaning(reply, settings, at)
    if (meaning.stop === undefined) return { held, meaning, stop: undefined }
    const code = meaning.code ?? 'NO_CODE'
    const stop = stopByAnswer({ partner, key, lane: this.#lane, attempt }, { code, until: meaning.stop.until, at })
    this.#stops.begin(stop)
    metrics.add('egress_partner_stops_total', { partner, reason: code })
    logger.error(
      { partner, reason: code },
      'the gateway refused a batch for a reason that holds for all of this partner: it is stopped',
    )
    return { held, meaning, stop }
  }

  #releaseFile(key: string): void {
    if (this.#file !== key) return
    this.#file = undefined
    this.#parts.files.release(FILE)
  }
}

/** For the breaker: what Alipay says about one user or one day, a system error too, tells nothing about the partner's payouts. */
function wellOrNot(reply: GatewayReply): 'well' | 'unknown' {
  return reply.kind === 'answered' && reply.status === 200 ? 'well' : 'unknown'
}
