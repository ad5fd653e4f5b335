import type { Logger } from '@payout/runtime/observability/logging'
import { isRedisAway } from '@payout/runtime/redis/errors'
import type { StateStore } from '@payout/runtime/redis/port'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import type { Codec } from '@payout/schemas/codec'
import { MIB } from '@payout/schemas/units'
import { CallSettlement, type SettlementDependencies } from './call/call-settlement.ts'
import { type CallDependencies, GatewayCalls } from './call/gateway-calls.ts'
import { Doorbell } from './doorbell.ts'
import type { AnswerPolicy } from './gateway/classify-response.ts'
import type { LaneStops } from './permit/partner-stops.ts'
import { type DecisionDependencies, type DecisionSettings, LaneDecisions } from './plan/lane-decisions.ts'
import { mayBeSent } from './plan/midnight.ts'
import type { LaneRequest } from './request/lane-request.ts'
import { notAttempted, type RequestBook, readRequestBook } from './request/request-book.ts'
import { RequestInbox } from './request/request-inbox.ts'
import { REQUESTS } from './topology.ts'
import { EgressRecords } from './transaction/egress-records.ts'
import { type IntendedCall, TransactionDraft } from './transaction/transaction-draft.ts'

/** How long a lane waits for something to happen, milliseconds: with requests on record, and without. */
const PATIENCE_MS = { busy: 250, idle: 1_000 } as const
/** How long Redis is left alone after it was found away. */
const REDIS_PAUSE_MS = 250
/** Bytes of requests read and not yet decided about. */
const INBOX_BYTES = 32 * MIB

/** What egress works with, over all lanes of the process. */
export interface EgressDependencies extends DecisionDependencies, CallDependencies, SettlementDependencies {
  readonly namespace: string
  readonly codec: Codec
  readonly stateStore: Pick<StateStore, 'claims'>
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  readonly settings: EgressSettings
}

export type EgressSettings = AnswerPolicy &
  DecisionSettings &
  SettlementDependencies['settings'] & {
    /** Bytes of deferred requests and of those in doubt above which a lane reads no new ones. */
    readonly backlogMaxBytes: number
  }

/**
 * One session of one lane (S4, S5). What happens to a request, a batch or one of another service:
 *
 * 1. It is read into the inbox, and its batch number or request id is claimed in Redis (`request/`).
 * 2. It is decided about (`plan/`): skipped, deferred, given up, handed back to be signed for another day, or intended,
 *    for which it needs a permit (`permit/`).
 * 3. The intent is committed in the draft's transaction (`transaction/`), together with answers and the offset; only
 *    then is the call made, once (`call/`). What comes in answer to a request for a return file is kept as evidence and
 *    read as part of the call, beside the loop (`return-file/`).
 * 4. The answer is committed, with the rows of a return file, and with the request's closing record where it is the
 *    last word; else the request is tried again later.
 *
 * Nothing is intended unless Redis was asked for the same draft and is trusted (S7.1), and unless it is known which
 * partners are stopped (S5.6); answers of calls made are committed all the same. Whether the partner is stopped is
 * looked at three times: before the intent, right before the call, and when its connection stands.
 */
export class Egress {
  readonly #dependencies: EgressDependencies
  readonly #session: CheckpointedSession
  readonly #book: RequestBook
  readonly #inbox: RequestInbox
  readonly #records: EgressRecords
  readonly #calls: GatewayCalls
  readonly #stops: LaneStops
  readonly #decisions: LaneDecisions
  readonly #settlement: CallSettlement
  readonly #bell = new Doorbell()
  #committed: number
  #redisAwayUntil = 0
  #more = false

  private constructor(dependencies: EgressDependencies, session: CheckpointedSession, book: RequestBook) {
    this.#dependencies = dependencies
    this.#session = session
    this.#book = book
    this.#inbox = new RequestInbox(dependencies.codec)
    const { partition } = session
    const records = new EgressRecords(dependencies.codec, dependencies.namespace, partition)
    this.#records = records
    this.#stops = dependencies.stops.forLane()
    this.#calls = new GatewayCalls(dependencies, { partition, stops: this.#stops }, () => this.wake())
    this.#decisions = new LaneDecisions(dependencies, { records, book, inbox: this.#inbox, waiter: this })
    this.#settlement = new CallSettlement(dependencies, { records, book })
    this.#committed = session.committed(REQUESTS) ?? session.beginning(REQUESTS)
  }

  /**
   * Works on the lane until the process stops or the session ends.
   * @throws TaskEndedError, RedisUnavailableError, RedisNotTrustedError: the next session goes on.
   *   BatchNumberTakenError, UnknownSchemaError and the like: somebody has to look at the lane.
   */
  static async run(dependencies: EgressDependencies, session: CheckpointedSession): Promise<void> {
    const book = await readRequestBook(session, dependencies.codec)
    if (session.stopping) return
    await new Egress(dependencies, session, book).#run()
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
      while (!this.#session.stopping && this.#inbox.fault === undefined) {
        await this.#read()
        await this.#transact()
      }
      await this.#finishCalls()
    } finally {
      this.#session.signal.removeEventListener('abort', giveUp)
      this.#calls.giveUp()
      this.#stops.end()
      this.#decisions.end()
      this.#clearGauges()
    }
    if (this.#inbox.fault) throw this.#inbox.fault.error
  }

  /** Waits for new requests, or for anything else to happen. */
  async #read(): Promise<void> {
    const busy = this.#book.size + this.#inbox.size > 0
    const patience = this.#more || this.#bell.rung ? 0 : busy ? PATIENCE_MS.busy : PATIENCE_MS.idle
    this.#bell.answer()
    const { undecided, backlogMaxBytes } = this.#dependencies.settings
    const room =
      this.#inbox.bytes < INBOX_BYTES && this.#book.bytes < backlogMaxBytes ? undecided - this.#inbox.size : 0
    if (room <= 0) {
      await this.#bell.sleep(patience, this.#session.signal)
      return
    }
    for (const { records } of await this.#session.poll({ topics: [REQUESTS], maxRecords: room, timeoutMs: patience })) {
      for (const record of records) this.#inbox.add(record)
    }
  }

  /** One transaction at most, and then the calls that it allows. */
  async #transact(): Promise<void> {
    const draft = new TransactionDraft()
    try {
      await this.#settleCalls(draft)
      this.#takeLeftStops(draft)
      await this.#decide(draft)
      this.#more = draft.full
      await this.#commit(draft)
    } catch (error) {
      draft.abandon()
      throw error
    }
    for (const call of draft.calls) this.#startOrPutBack(call)
    this.#setGauges()
  }

  /** Puts the answers of all calls that have ended into the draft. */
  async #settleCalls(draft: TransactionDraft): Promise<void> {
    for (const call of this.#calls.takeFinished()) {
      await this.#settlement.settle(call, draft)
      this.#calls.settled(call)
    }
  }

  /** Puts stops into the draft that sessions of this process have left without knowing that they are committed. */
  #takeLeftStops(draft: TransactionDraft): void {
    for (const stop of this.#stops.takeLeft()) draft.stop(this.#records.switched(stop.value), stop)
  }

  async #decide(draft: TransactionDraft): Promise<void> {
    const { clock, stops } = this.#dependencies
    if (!this.#decisions.hasWork(clock.now()) || !(await this.#claimRequests())) return
    if (stops.known && this.#inbox.fault === undefined && !this.#session.stopping) {
      this.#decisions.decide(draft, clock.now())
    }
  }

  /** Claims the numbers of new requests; false where Redis can't be relied on. */
  async #claimRequests(): Promise<boolean> {
    if (performance.now() < this.#redisAwayUntil) return false
    const { logger, metrics, stateStore } = this.#dependencies
    try {
      await Promise.all([this.#session.requireTrust(), this.#inbox.claim(stateStore.claims)])
      return true
    } catch (error) {
      if (!isRedisAway(error)) throw error
      this.#redisAwayUntil = performance.now() + REDIS_PAUSE_MS
      metrics.add('egress_redis_away_total', { reason: error.code })
      logger.warn({ lane: this.#session.name, err: error }, 'nothing is sent while Redis is away or not trusted')
      return false
    }
  }

  async #commit({ records, stops }: TransactionDraft): Promise<void> {
    const offset = this.#inbox.offset(this.#session.position(REQUESTS))
    const advanced = offset > this.#committed && this.#inbox.takeProgress()
    if (records.length === 0 && !advanced) return
    await this.#session.commit(records, offset > this.#committed ? { [REQUESTS]: offset } : {})
    this.#stops.written(stops)
    this.#committed = Math.max(offset, this.#committed)
  }

  /**
   * Starts a call whose intent is committed, if it may still be made: the session, the partner's stop and the time are
   * looked at once more.
   */
  #startOrPutBack(call: IntendedCall): void {
    const { held, permit } = call
    const inTime = (): boolean => isInTime(held, this.#dependencies.clock.now())
    if (this.#session.signal.aborted) {
      permit.withdraw()
    } else if (!this.#maySend(held)) {
      // Stopped while the intent was committed.
      permit.withdraw()
      this.#book.hold(notAttempted(held))
    } else if (inTime()) {
      this.#calls.start({ ...call, mayGo: () => this.#maySend(held) && inTime() })
    } else {
      // The commit took too long. An intent without a call does no harm: the request is in doubt, as after a crash.
      permit.withdraw()
      this.#book.hold(held)
    }
  }

  /** Whether it is known that the partner is not stopped. */
  #maySend({ partner }: LaneRequest): boolean {
    const { stops } = this.#dependencies
    return stops.known && !stops.isStopped(partner)
  }

  /** Stopping: no new intents; answers of calls under way are still committed, as long as the session lasts. */
  async #finishCalls(): Promise<void> {
    while (this.#calls.size > 0 && !this.#session.signal.aborted) {
      if (this.#calls.finishedCount === 0) await this.#bell.sleep(PATIENCE_MS.busy, this.#session.signal)
      this.#bell.answer()
      const draft = new TransactionDraft()
      await this.#settleCalls(draft)
      await this.#commit(draft)
    }
  }

  #setGauges(): void {
    const { metrics } = this.#dependencies
    const lane = this.#session.name
    metrics.set('egress_requests', { lane, status: 'deferred' }, this.#book.count('deferred'))
    metrics.set('egress_requests', { lane, status: 'in_doubt' }, this.#book.count('in_doubt') + this.#calls.size)
    metrics.set('egress_request_bytes', { lane }, this.#book.bytes)
  }

  #clearGauges(): void {
    const { metrics } = this.#dependencies
    const lane = this.#session.name
    for (const status of ['deferred', 'in_doubt']) metrics.remove('egress_requests', { lane, status })
    metrics.remove('egress_request_bytes', { lane })
  }
}

/** Whether a call whose intent is committed may still be made at `now`, UTC milliseconds. */
function isInTime(request: LaneRequest, now: number): boolean {
  return request.kind === 'batch' ? mayBeSent(request.payDate, now) : now < request.endsAt
}
