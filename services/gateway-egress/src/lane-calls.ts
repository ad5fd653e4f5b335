import type { GatewayRequest } from '@payout/schemas/generated/records'
import { type AnswerMeaning, answerMeaning } from './answer-meaning.ts'
import type { HeldBatch } from './batch-book.ts'
import type { EgressParts } from './egress-parts.ts'
import type { GatewayReply } from './gateway.ts'
import type { Admission } from './partner-breakers.ts'

/** A call that may be made: its intent is in the transaction under way, its slot and its admission are taken. */
export interface IntendedCall {
  /** With this attempt counted. */
  readonly batch: HeldBatch
  readonly request: GatewayRequest
  readonly admission: Admission
}

/** A call that has ended. */
export interface FinishedCall {
  readonly batch: HeldBatch
  readonly request: GatewayRequest
  readonly reply: GatewayReply
  readonly meaning: AnswerMeaning
  /** UTC milliseconds. */
  readonly sentAt: number
  readonly answeredAt: number
}

type CallParts = Pick<EgressParts, 'gateway' | 'limits' | 'breakers' | 'clock' | 'metrics' | 'settings'>

/** The calls of one lane session that are under way, and those that ended and are not yet committed. */
export class LaneCalls {
  readonly #parts: CallParts
  readonly #onFinished: () => void
  readonly #giveUp = new AbortController()
  readonly #keys = new Set<string>()
  #finished: FinishedCall[] = []
  #fault: { error: unknown } | undefined

  constructor(parts: CallParts, onFinished: () => void) {
    this.#parts = parts
    this.#onFinished = onFinished
  }

  /** From its intent until its answer is settled, no other request of a batch number may begin. */
  isUnderWay(key: string): boolean {
    return this.#keys.has(key)
  }

  /** How many batches are under way in this sense. */
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

  /** One that could not be settled yet. */
  putBack(call: FinishedCall): void {
    this.#finished.push(call)
  }

  settled(key: string): void {
    this.#keys.delete(key)
  }

  /** Marks the batch as under way; `start` or `withdraw` follows. */
  intend(call: IntendedCall): void {
    this.#keys.add(call.batch.key)
  }

  /** The call is not made: gives slot and admission back. */
  withdraw({ batch, admission }: IntendedCall): void {
    this.#keys.delete(batch.key)
    this.#parts.breakers.of(batch.partner).withdraw(admission)
    this.#parts.limits.release(batch.partner)
  }

  /** Makes the call: one HTTP request (S5.2). Only after the intent's transaction is committed (S5.1). */
  start(call: IntendedCall): void {
    this.#make(call).then(
      (finished) => {
        this.#finished.push(finished)
        this.#onFinished()
      },
      (error: unknown) => {
        this.#fault = { error }
        this.#onFinished()
      },
    )
  }

  /** The session is over: the calls under way are given up, and their batches stay open in the log. */
  giveUp(): void {
    this.#giveUp.abort()
  }

  async #make({ batch, request, admission }: IntendedCall): Promise<FinishedCall> {
    const { gateway, limits, breakers, clock, metrics, settings } = this.#parts
    const { partner } = batch
    const sentAt = clock.now()
    const began = performance.now()
    metrics.set('egress_calls_under_way', { partner }, limits.underWay(partner))
    try {
      const { reply, meaning } = await breakers.of(partner).run(admission, async () => {
        const reply = await gateway.post({ charset: request.charset, body: request.body }, this.#giveUp.signal)
        const meaning = answerMeaning(reply, settings, clock.now())
        // A call that the end of the session cut off tells nothing about the gateway.
        return { reply, meaning, unknown: meaning.outcome === 'unknown' && !this.#giveUp.signal.aborted }
      })
      metrics.add('egress_calls_total', { partner, outcome: meaning.outcome })
      return { batch, request, reply, meaning, sentAt, answeredAt: clock.now() }
    } finally {
      limits.release(partner)
      metrics.set('egress_calls_under_way', { partner }, limits.underWay(partner))
      metrics.observe('egress_call_seconds', { partner }, (performance.now() - began) / 1_000)
    }
  }
}
