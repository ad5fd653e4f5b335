import type { Clock } from '@payout/runtime/clock'
import type { Logger } from '@payout/runtime/observability/logging'
import {
  type AnswerPolicy,
  type BatchClassification,
  type Classification,
  classifyBatchResponse,
  classifyServiceResponse,
} from '../gateway/classify-response.ts'
import type { Gateway, GatewayCall, GatewayReply } from '../gateway/gateway.ts'
import type { EgressMetrics } from '../metrics.ts'
import type { AttemptPermit } from '../permit/attempt-permits.ts'
import { type BegunStop, type LaneStops, stopByAnswer } from '../permit/partner-stops.ts'
import type { Slots } from '../permit/slots.ts'
import { isFileRequest } from '../request/lane-request.ts'
import type { HeldBatch, HeldService } from '../request/request-book.ts'
import {
  type ReturnFileAnswer,
  type ReturnFileDependencies,
  receiveReturnFile,
} from '../return-file/return-file-answer.ts'
import type { IntendedCall } from '../transaction/transaction-draft.ts'

/** A call that is made; `mayGo` is asked once more when a connection is there. */
type StartedCall = IntendedCall & Pick<GatewayCall, 'mayGo'>

/** A call that has ended. */
export type FinishedCall = FinishedBatch | FinishedService

export interface FinishedBatch extends Posted, JudgedBatch {
  readonly kind: 'batch'
  readonly held: HeldBatch
}

export interface FinishedService extends Posted {
  readonly kind: 'service'
  readonly held: HeldService
  readonly classification: Classification
  /** What came, where a return file was asked for. */
  readonly file: ReturnFileAnswer | undefined
}

interface JudgedBatch {
  readonly classification: BatchClassification
  /** Where it stops its partner: in force already, and to be committed with the answer. */
  readonly stop: BegunStop | undefined
}

interface Posted {
  readonly reply: GatewayReply
  /** UTC milliseconds. */
  readonly sentAt: number
  readonly answeredAt: number
}

/** For the partner's breaker: whether the reply leaves it unknown how the gateway is. */
interface Judged {
  readonly unknown: boolean
}

export interface CallDependencies extends ReturnFileDependencies {
  readonly gateway: Gateway
  readonly partnerSlots: Slots
  readonly clock: Clock
  readonly logger: Pick<Logger, 'error'>
  readonly metrics: EgressMetrics
  readonly settings: AnswerPolicy
}

/** The calls of one lane session that are under way, and those that ended and are not settled yet. */
export class GatewayCalls {
  readonly #dependencies: CallDependencies
  readonly #lane: number
  readonly #stops: LaneStops
  readonly #onFinished: () => void
  readonly #giveUp = new AbortController()
  /** The permits of all of them, by the key of the request. */
  readonly #permits = new Map<string, AttemptPermit>()
  readonly #running = new Set<string>()
  #finished: FinishedCall[] = []
  #fault: { error: unknown } | undefined

  constructor(
    dependencies: CallDependencies,
    lane: { readonly partition: number; readonly stops: LaneStops },
    onFinished: () => void,
  ) {
    this.#dependencies = dependencies
    this.#lane = lane.partition
    this.#stops = lane.stops
    this.#onFinished = onFinished
  }

  /** How many are started and not settled. */
  get size(): number {
    return this.#permits.size
  }

  /** How many have ended and are not taken. */
  get finishedCount(): number {
    return this.#finished.length
  }

  /** Makes the call: one HTTP request (S5.2). Only after the intent's transaction is committed (S5.1). */
  start(call: StartedCall): void {
    const { key } = call.held
    this.#permits.set(key, call.permit)
    this.#running.add(key)
    const ended = (): void => {
      this.#running.delete(key)
      if (this.#giveUp.signal.aborted) call.permit.releaseFileSlot()
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

  /** Those that ended, for the caller to settle. @throws what a defect of the gateway's port threw. */
  takeFinished(): FinishedCall[] {
    if (this.#fault) throw this.#fault.error
    const finished = this.#finished
    this.#finished = []
    return finished
  }

  /** What came of the call stands in a draft. */
  settled({ held }: FinishedCall): void {
    this.#permits.get(held.key)?.releaseFileSlot()
    this.#permits.delete(held.key)
  }

  /** The session is over: the calls under way are given up, and their requests stay in doubt in the log. */
  giveUp(): void {
    this.#giveUp.abort()
    // A file that is still being read keeps its slot until it is read.
    for (const [key, permit] of this.#permits) if (!this.#running.has(key)) permit.releaseFileSlot()
  }

  async #make(call: StartedCall): Promise<FinishedCall> {
    const { held } = call
    const finished = held.kind === 'batch' ? await this.#makeBatch(call, held) : await this.#makeService(call, held)
    const { outcome } = finished.classification
    this.#dependencies.metrics.add('egress_calls_total', { partner: held.partner, outcome })
    return finished
  }

  async #makeBatch(call: StartedCall, held: HeldBatch): Promise<FinishedBatch> {
    const { posted, judged } = await this.#post(call, (reply, at) => {
      const batch = this.#judgeBatch(held, reply, at)
      return { batch, unknown: batch.classification.outcome === 'unknown' }
    })
    return { kind: 'batch', held, ...judged.batch, ...posted }
  }

  async #makeService(call: StartedCall, held: HeldService): Promise<FinishedService> {
    const { metrics } = this.#dependencies
    const { partner } = held
    // What Alipay says about one user or one day, a system error too, says nothing about the partner's payouts.
    const { posted } = await this.#post(call, (reply) => ({ unknown: !isAnsweredWell(reply) }))
    if (held.service !== 'bptb_refund_file') {
      const classification = classifyServiceResponse(held.service, posted.reply)
      return { kind: 'service', held, classification, file: undefined, ...posted }
    }
    const file = await receiveReturnFile(posted.reply, { partner, asked: held.file }, this.#dependencies)
    const { classification } = file
    metrics.add('egress_return_files_total', { partner, outcome: classification.outcome })
    return { kind: 'service', held, classification, file, ...posted }
  }

  /** One HTTP request. `judge` runs before the partner's slot is free for another call. */
  async #post<J extends Judged>(
    { held, signed, permit, mayGo }: StartedCall,
    judge: (reply: GatewayReply, answeredAt: number) => J,
  ): Promise<{ posted: Posted; judged: J }> {
    const { gateway, partnerSlots, clock, metrics } = this.#dependencies
    const { partner } = held
    const { charset, body } = signed.value
    const expects = isFileRequest(held) ? 'file' : 'answer'
    const sentAt = clock.now()
    const began = performance.now()
    metrics.set('egress_calls_under_way', { partner }, partnerSlots.underWay(partner))
    try {
      return await permit.run(async () => {
        const reply = await gateway.post({ charset, body, expects, mayGo }, this.#giveUp.signal)
        const answeredAt = clock.now()
        const judged = judge(reply, answeredAt)
        // A call that the end of the session cut off, or that was held back, says nothing about the gateway.
        const says = !this.#giveUp.signal.aborted && !isHeldBack(reply)
        return { posted: { reply, sentAt, answeredAt }, judged, unknown: judged.unknown && says }
      })
    } finally {
      metrics.set('egress_calls_under_way', { partner }, partnerSlots.underWay(partner))
      metrics.observe('egress_call_seconds', { partner }, (performance.now() - began) / 1_000)
    }
  }

  /**
   * Where the answer to a batch stops the partner, it is stopped here and now, before its slot is free for another
   * batch (S5.6).
   */
  #judgeBatch(held: HeldBatch, reply: GatewayReply, at: number): JudgedBatch {
    const { settings, metrics, logger } = this.#dependencies
    const { key, partner, attempts: attempt } = held
    const classification = classifyBatchResponse(reply, settings, at)
    if (classification.stop === undefined) return { classification, stop: undefined }
    const code = classification.code ?? 'NO_CODE'
    const stop = stopByAnswer(
      { partner, key, lane: this.#lane, attempt },
      { code, until: classification.stop.until, at },
    )
    this.#stops.begin(stop)
    metrics.add('egress_partner_stops_total', { partner, reason: code })
    logger.error(
      { partner, reason: code },
      'the gateway refused a batch for a reason that holds for all of this partner: it is stopped',
    )
    return { classification, stop }
  }
}

/** Whether the call was held back before its first byte: nothing was sent. */
export function isHeldBack(reply: GatewayReply): boolean {
  return reply.kind === 'broken' && reply.code === 'HELD_BACK'
}

function isAnsweredWell(reply: GatewayReply): boolean {
  return reply.kind === 'answered' && reply.status === 200
}
