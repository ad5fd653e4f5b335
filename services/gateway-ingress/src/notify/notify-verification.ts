import { EventEmitter } from 'node:events'
import { notifyVerifyQuery, readNotifyVerify } from '@payout/mapi/notify/notify-verify'
import type { PartnerId } from '@payout/mapi/values/partner-id'
import { KIB } from '@payout/schemas/units'
import { BrokenCircuitError, type CircuitBreakerPolicy, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'
import { Pool } from 'undici'
import { RefusalError } from '../http/refusal.ts'

export interface VerificationOptions {
  /** The gateway's address, `https://mapi.alipay.com/gateway.do`. */
  readonly gatewayUrl: string
  /** For one question, from asking to the last byte of the answer, in milliseconds. */
  readonly timeoutMs: number
  /** Questions under way at once; more wait, within their time. */
  readonly connections: number
  /**
   * After so long a connection is given up for a new one, so that a changed address is followed (MAPI-2), in
   * milliseconds.
   */
  readonly connectionLifeMs: number
  /**
   * So many questions without an answer, one after the other, and no more are asked for `breakerOpenMs`; then one
   * tries.
   */
  readonly breakerFailures: number
  readonly breakerOpenMs: number
  /** Called after each question that was sent: how it ended, after how many milliseconds. */
  readonly onAsked?: (outcome: VerificationOutcome, durationMs: number) => void
}

export type VerificationOutcome = 'confirmed' | 'denied' | 'no-answer'

/** `true`, `false` or `invalid` are wanted; an error page is not worth reading. */
const MAX_ANSWER_BYTES = KIB

/**
 * Asks Alipay whether it sent a notify (`notify_verify`, batch_trans_notify_no_pwd 1.3 §9, BTN-12): a GET for each
 * question, no retries, no redirects.
 */
export class NotifyVerification {
  readonly #options: VerificationOptions
  readonly #path: string
  readonly #pool: Pool
  readonly #breaker: CircuitBreakerPolicy

  constructor(options: VerificationOptions) {
    this.#options = options
    const gateway = new URL(options.gatewayUrl)
    this.#path = gateway.pathname
    this.#pool = new Pool(gateway.origin, {
      connections: options.connections,
      pipelining: 1,
      allowH2: false,
      clientTtl: options.connectionLifeMs,
      connectTimeout: options.timeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
    })
    this.#breaker = circuitBreaker(handleAll, {
      breaker: new ConsecutiveBreaker(options.breakerFailures),
      halfOpenAfter: options.breakerOpenMs,
    })
  }

  /**
   * True when the whole answer is `true`, white space around it apart; false when Alipay answered anything else with
   * status 200 (`false` also stands for "already acknowledged").
   * @throws RefusalError `verification-unavailable` when there was no such answer in time, or none came for a while
   *   before.
   */
  async confirms(partnerId: PartnerId, notifyId: string): Promise<boolean> {
    try {
      return await this.#breaker.execute(() => this.#ask(partnerId, notifyId))
    } catch (cause) {
      const message =
        cause instanceof BrokenCircuitError ? 'notify_verify has not answered of late' : 'notify_verify gave no answer'
      throw new RefusalError('verification-unavailable', message, { cause })
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #ask(partnerId: PartnerId, notifyId: string): Promise<boolean> {
    const began = performance.now()
    let outcome: VerificationOutcome = 'no-answer'
    // undici takes an emitter for a signal, at a fraction of the cost of an AbortSignal with a time limit.
    const signal = new EventEmitter()
    const timer = setTimeout(() => signal.emit('abort'), this.#options.timeoutMs)
    try {
      const { statusCode, body } = await this.#pool.request({
        path: `${this.#path}?${notifyVerifyQuery(partnerId, notifyId)}`,
        method: 'GET',
        signal,
      })
      const answer = Buffer.from(await body.arrayBuffer())
      if (statusCode !== 200) throw new Error(`status ${statusCode}`)
      const confirmed = readNotifyVerify(answer)
      outcome = confirmed ? 'confirmed' : 'denied'
      return confirmed
    } finally {
      clearTimeout(timer)
      this.#options.onAsked?.(outcome, performance.now() - began)
    }
  }
}
