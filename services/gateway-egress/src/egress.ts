import { isRedisAway } from '@payout/runtime/redis/errors'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import type { EgressParts } from './egress-parts.ts'
import { readAttempts } from './lane/attempt-log.ts'
import { CallSettlement, notAttempted } from './lane/call-settlement.ts'
import { Doorbell } from './lane/doorbell.ts'
import { EgressRecords } from './lane/egress-records.ts'
import { LaneCalls } from './lane/lane-calls.ts'
import { LaneDecisions } from './lane/lane-decisions.ts'
import { Pass } from './lane/pass.ts'
import { mayBeSent } from './plan/midnight.ts'
import type { LaneRequest } from './request/lane-request.ts'
import type { RequestBook } from './request/request-book.ts'
import { checkClaim, claimRequests } from './request/request-claims.ts'
import { RequestInbox } from './request/request-inbox.ts'
import type { LaneStops } from './stops/partner-stops.ts'
import { REQUESTS } from './topology.ts'

/** How long a lane waits for something to happen, milliseconds: with requests on record, and without. */
const PATIENCE_MS = { busy: 250, idle: 1_000 } as const
/** How long Redis is left alone after it was found away. */
const REDIS_PAUSE_MS = 250
/** Bytes of requests read and not yet decided about. */
const INBOX_BYTES = 32 * 1024 * 1024

/**
 * One session of one lane (S4, S5). What happens to a request, a batch or one of another service:
 *
 * 1. It is read, and its batch number or request id is claimed in Redis.
 * 2. It is decided about (`planBatch`, `planService`): skipped, written down as waiting, given up, handed back to be signed for another day,
 *    or intended.
 * 3. The intent is committed in the pass's transaction, together with answers and the offset; only then is the call made, once. What comes in answer to
 *    a request for a return file is kept as evidence and read as part of the call, beside the loop.
 * 4. The answer is committed, with the rows of a return file, and with the request's closing record where it is the last word; else the
 *    request is tried again later.
 *
 * Nothing is intended unless Redis was asked in the same pass and is trusted (S7.1), and unless it is known which partners are stopped (S5.6); answers of
 * calls made are committed all the same. Whether the partner is stopped is looked at three times: before the intent, right before the call, and when
 * its connection stands.
 */
export class Egress {
  readonly #parts: EgressParts
  readonly #session: CheckpointedSession
  readonly #book: RequestBook
  readonly #inbox: RequestInbox
  readonly #calls: LaneCalls
  readonly #stops: LaneStops
  readonly #decisions: LaneDecisions
  readonly #settlement: CallSettlement
  readonly #bell = new Doorbell()
  #committed: number
  #redisAwayUntil = 0
  #more = false
  /** Something that a person has to look at: what is under way ends, nothing new begins. */
  #halted: { error: unknown } | undefined

  private constructor(parts: EgressParts, session: CheckpointedSession, book: RequestBook) {
    this.#parts = parts
    this.#session = session
    this.#book = book
    this.#inbox = new RequestInbox(parts.codec)
    const { partition } = session
    const stops = parts.stops.forLane()
    this.#stops = stops
    this.#calls = new LaneCalls(parts, { partition, stops }, () => this.wake())
    const records = new EgressRecords(parts.codec, parts.namespace, partition)
    const lane = { records, book, inbox: this.#inbox, calls: this.#calls, stops, waiter: this }
    this.#decisions = new LaneDecisions(parts, lane)
    this.#settlement = new CallSettlement(parts, lane)
    this.#committed = session.committed(REQUESTS) ?? session.beginning(REQUESTS)
  }

  /**
   * Works on the lane until the process stops or the session ends.
   * @throws TaskEndedError, RedisUnavailableError, RedisNotTrustedError: the next session goes on. BatchNumberTakenError, UnknownSchemaError
   *   and the like: somebody has to look at the lane.
   */
  static async run(parts: EgressParts, session: CheckpointedSession): Promise<void> {
    const book = await readAttempts(session, parts.codec)
    if (session.stopping) return
    await new Egress(parts, session, book).#run()
  }

  /** Something has happened: the loop looks again. */
  wake(): void {
    this.#bell.ring()
    this.#session.wake()
  }

  async #run(): Promise<void> {
    const giveUp = (): void => this.#calls.giveUp()
    this.#session.signal.addEventListener('abort', giveUp, { once: true })
    try {
      while (!this.#session.stopping && this.#halted === undefined) {
        await this.#read()
        await this.#pass()
      }
      await this.#finishCalls()
    } finally {
      this.#session.signal.removeEventListener('abort', giveUp)
      this.#calls.giveUp()
      this.#stops.end()
      this.#parts.limits.wantOnly(this, new Set())
      this.#parts.files.wantOnly(this, new Set())
      this.#clearGauges()
    }
    if (this.#halted) throw this.#halted.error
  }

  /** Waits for new requests, or for anything else to happen. */
  async #read(): Promise<void> {
    const busy = this.#book.size + this.#inbox.size > 0
    const patience = this.#more || this.#bell.rung ? 0 : busy ? PATIENCE_MS.busy : PATIENCE_MS.idle
    this.#bell.answer()
    const { undecided, heldBytes } = this.#parts.settings
    const room = this.#inbox.bytes < INBOX_BYTES && this.#book.bytes < heldBytes ? undecided - this.#inbox.size : 0
    if (room <= 0) {
      await this.#bell.sleep(patience, this.#session.signal)
      return
    }
    for (const { records } of await this.#session.poll({ topics: [REQUESTS], maxRecords: room, timeoutMs: patience })) {
      for (const record of records) if (!this.#halted) this.#takeIn(record)
    }
  }

  #takeIn(record: Parameters<RequestInbox['add']>[0]): void {
    try {
      this.#inbox.add(record)
    } catch (error) {
      this.#halted = { error }
    }
  }

  /** One transaction at most, and then the calls that it allows. */
  async #pass(): Promise<void> {
    const pass = new Pass()
    await this.#settlement.settle(pass)
    this.#settlement.takeLeftStops(pass)
    if (this.#decisions.hasWork(this.#parts.clock.now()) && (await this.#askRedis())) {
      const mayDecide = this.#parts.stops.known && !this.#halted && !this.#session.stopping
      if (mayDecide) this.#decisions.decide(pass, this.#parts.clock.now())
    }
    this.#more = pass.full
    try {
      await this.#commit(pass)
    } catch (error) {
      for (const call of pass.calls) this.#calls.withdraw(call)
      throw error
    }
    for (const call of pass.calls) {
      const { held } = call
      if (this.#session.signal.aborted) {
        this.#calls.withdraw(call)
      } else if (!this.#maySend(held)) {
        // Stopped while the intent was committed.
        this.#calls.withdraw(call)
        this.#book.hold(notAttempted(held))
      } else if (isInTime(held, this.#parts.clock.now())) {
        this.#calls.start({ ...call, mayGo: () => this.#maySend(held) && isInTime(held, this.#parts.clock.now()) })
      } else {
        // The commit took too long. An intent without a call does no harm: the request is open, as after a crash.
        this.#calls.withdraw(call)
        this.#book.hold(held)
      }
    }
    this.#setGauges()
  }

  /** Whether it is known that the partner is not stopped. */
  #maySend({ partner }: LaneRequest): boolean {
    const { stops } = this.#parts
    return stops.known && !stops.isStopped(partner)
  }

  /** Claims the numbers of new requests; false where Redis can't be relied on. */
  async #askRedis(): Promise<boolean> {
    if (performance.now() < this.#redisAwayUntil) return false
    const { logger, metrics } = this.#parts
    try {
      await Promise.all([this.#session.requireTrust(), this.#claim()])
      return true
    } catch (error) {
      if (!isRedisAway(error)) throw error
      this.#redisAwayUntil = performance.now() + REDIS_PAUSE_MS
      metrics.add('egress_redis_away_total', { reason: error.code })
      logger.warn({ lane: this.#session.name, err: error }, 'nothing is sent while Redis is away or not trusted')
      return false
    }
  }

  async #claim(): Promise<void> {
    const requests = this.#inbox.unclaimed
    if (requests.length === 0) return
    const outcomes = await claimRequests(requests, this.#parts.stateStore.claims)
    for (const request of requests) {
      try {
        checkClaim(request, outcomes.get(request))
        this.#inbox.claimed(request)
      } catch (error) {
        // It stays in the inbox: the offset stays at it.
        this.#halted = { error }
        return
      }
    }
  }

  async #commit(pass: Pass): Promise<void> {
    const offset = this.#inbox.offset(this.#session.position(REQUESTS))
    const advanced = offset > this.#committed && this.#inbox.takeProgress()
    if (pass.records.length === 0 && !advanced) return
    await this.#session.commit(pass.records, offset > this.#committed ? { [REQUESTS]: offset } : {})
    this.#stops.written(pass.stops)
    this.#committed = Math.max(offset, this.#committed)
  }

  /** Stopping: no new intents; answers of calls under way are still committed, as long as the session lasts. */
  async #finishCalls(): Promise<void> {
    while (this.#calls.size > 0 && !this.#session.signal.aborted) {
      if (this.#calls.finishedCount === 0) await this.#bell.sleep(PATIENCE_MS.busy, this.#session.signal)
      this.#bell.answer()
      const pass = new Pass()
      await this.#settlement.settle(pass)
      await this.#commit(pass)
    }
  }

  #setGauges(): void {
    const { metrics } = this.#parts
    const lane = this.#session.name
    metrics.set('egress_requests', { lane, status: 'deferred' }, this.#book.count('deferred'))
    metrics.set('egress_requests', { lane, status: 'in_doubt' }, this.#book.count('in_doubt') + this.#calls.size)
    metrics.set('egress_request_bytes', { lane }, this.#book.bytes)
  }

  #clearGauges(): void {
    const { metrics } = this.#parts
    const lane = this.#session.name
    for (const status of ['deferred', 'in_doubt']) metrics.remove('egress_requests', { lane, status })
    metrics.remove('egress_request_bytes', { lane })
  }
}

/** Whether a call whose intent is committed may still be made at `now`, UTC milliseconds. */
function isInTime(request: LaneRequest, now: number): boolean {
  return request.kind === 'batch' ? mayBeSent(request.payDate, now) : now < request.endsAt
}
