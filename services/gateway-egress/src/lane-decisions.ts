import { chinaDate, type PayDate } from '@payout/mapi/china-time'
import type { PartnerStop } from '@payout/runtime/redis/port'
import type { GatewayRequest } from '@payout/schemas/generated/records'
import { decodeRequest } from './attempt-log.ts'
import type { BatchBook, HeldBatch } from './batch-book.ts'
import { type BatchPlan, type LastWordCode, planBatch } from './batch-plan.ts'
import type { EgressParts } from './egress-parts.ts'
import type { EgressRecords } from './egress-records.ts'
import type { LaneCalls } from './lane-calls.ts'
import { isNearMidnight, startOfSending } from './midnight.ts'
import type { SlotWaiter } from './partner-limits.ts'
import type { Pass } from './pass.ts'
import { PassGates } from './pass-gates.ts'
import type { FreshRequest, RequestInbox } from './request-inbox.ts'

/** Records of last words are removed after so long. */
const CLOSED_LIFE_MS = 60 * 86_400_000
/** Requests of a day so long ago may have had a last word that is removed already. */
const TOO_OLD_MS = CLOSED_LIFE_MS - 86_400_000
/** What a record adds to the request that it carries, at most. */
const RECORD_BYTES = 1_024

/** A request to be decided about: fresh from the topic, or on record. */
type Candidate = Pick<HeldBatch, 'key' | 'partner' | 'batchNo' | 'payDate' | 'request' | 'traceparent'>

/** Decides about the requests of one lane, and puts what follows into a pass. */
export class LaneDecisions {
  readonly #parts: EgressParts
  readonly #records: EgressRecords
  readonly #book: BatchBook
  readonly #inbox: RequestInbox
  readonly #calls: LaneCalls
  readonly #waiter: SlotWaiter
  #retired: string[] = []

  constructor(
    parts: EgressParts,
    lane: { records: EgressRecords; book: BatchBook; inbox: RequestInbox; calls: LaneCalls; waiter: SlotWaiter },
  ) {
    this.#parts = parts
    this.#records = lane.records
    this.#book = lane.book
    this.#inbox = lane.inbox
    this.#calls = lane.calls
    this.#waiter = lane.waiter
  }

  /** Whether there is anything to decide about at `now` (UTC milliseconds). */
  hasWork(now: number): boolean {
    if (this.#book.turnTo(chinaDate(now))) this.#retired = this.#book.closedBefore(now - CLOSED_LIFE_MS)
    return this.#inbox.size > 0 || this.#retired.length > 0 || this.#book.hasWork(now)
  }

  /**
   * Decides about all that can be decided now: first batches whose day is over, then those on record, then new ones.
   * @param stops the stops in force, which Redis told just now.
   */
  decide(pass: Pass, stops: ReadonlyMap<string, PartnerStop>, now: number): void {
    const gates = new PassGates(this.#parts, stops, this.#waiter)
    this.#forgetOldOnes(pass)
    for (const batch of this.#book.expired) {
      if (!pass.hasRoom(batch.request.length)) break
      this.#apply(this.#plan(batch, 'memory', gates, now), batch, pass, gates, now)
    }
    for (const [, batches] of this.#book.due(now)) {
      for (const batch of batches) {
        if (!pass.hasRoom(batch.request.length + RECORD_BYTES)) break
        const plan = this.#plan(batch, 'memory', gates, now)
        this.#apply(plan, batch, pass, gates, now)
        // What shuts the gate to this one shuts it to all of the partner's.
        if (plan.kind === 'wait' && plan.code !== 'PAY_DATE_AHEAD') break
      }
    }
    this.#decideFresh(pass, gates, now)
    this.#parts.limits.wantOnly(this.#waiter, gates.busy)
  }

  #decideFresh(pass: Pass, gates: PassGates, now: number): void {
    const { undecided, queuedPerPartner } = this.#parts.settings
    const inboxFull = this.#inbox.size >= undecided
    const queued = new Map<string, number>()
    for (const fresh of this.#inbox) {
      // One request of a batch number at a time (S5.3): this one waits until the other has ended.
      if (this.#calls.isUnderWay(fresh.key)) continue
      if (!pass.hasRoom(fresh.framed.length + RECORD_BYTES)) break
      const { partner, batchNo } = fresh.request
      const { key, payDate, framed: request, traceparent } = fresh
      const candidate = { key, partner, batchNo, payDate, request, traceparent }
      const plan = this.#plan(candidate, 'topic', gates, now)
      if (plan.kind === 'wait' && plan.code === 'PARTNER_BUSY' && !inboxFull) {
        const before = queued.get(partner) ?? 0
        queued.set(partner, before + 1)
        if (before < queuedPerPartner) continue
      }
      this.#apply(plan, candidate, pass, gates, now, fresh)
      this.#inbox.workedOff(fresh)
    }
  }

  #plan(candidate: Candidate, from: 'topic' | 'memory', gates: PassGates, now: number): BatchPlan {
    return planBatch({
      known: this.#book.known(candidate.key),
      from,
      payDate: candidate.payDate,
      today: chinaDate(now),
      nearMidnight: isNearMidnight(now),
      tooOld: candidate.payDate <= chinaDate(now - TOO_OLD_MS),
      resend: this.#parts.settings.resend,
      gate: () => gates.ask(candidate.partner),
    })
  }

  /** Carries a plan out. `fresh` where the request comes from the topic. */
  #apply(plan: BatchPlan, candidate: Candidate, pass: Pass, gates: PassGates, now: number, fresh?: FreshRequest): void {
    switch (plan.kind) {
      case 'skip':
        return
      case 'sign-again':
        this.#signAgain(candidate, plan.notBefore, this.#requestOf(candidate, fresh), pass, now)
        return
      case 'give-up':
        this.#giveUp(candidate, plan, this.#requestOf(candidate, fresh), pass, now)
        return
      case 'wait': {
        const state = plan.attempts > 0 ? 'open' : 'waiting'
        const dueAt = plan.code === 'PAY_DATE_AHEAD' ? startOfSending(candidate.payDate) : now
        // Never in place of an attempt: an attempted batch stays open, with its attempts (S5.7).
        if (fresh) pass.add(this.#attempt(candidate, state, plan.attempts, plan.code, now))
        if (fresh || dueAt > now) this.#book.hold({ ...candidate, state, attempts: plan.attempts, dueAt })
        return
      }
      case 'intend': {
        const batch: HeldBatch = { ...candidate, state: 'open', attempts: plan.attempt, dueAt: now }
        const call = { batch, request: this.#requestOf(candidate, fresh), admission: gates.admission() }
        pass.add(this.#attempt(candidate, 'open', plan.attempt, null, now))
        pass.calls.push(call)
        this.#book.take(candidate.key)
        this.#calls.intend(call)
      }
    }
  }

  #signAgain(candidate: Candidate, notBefore: PayDate, request: GatewayRequest, pass: Pass, now: number): void {
    const { key, partner, batchNo, traceparent } = candidate
    const { payer, lines, resubmission, signing } = request
    const reason = 'expired'
    pass.add(
      this.#records.toSign(
        { partner, batchNo, notBefore, signing: signing + 1, reason, payer, lines, resubmission },
        now,
        traceparent,
      ),
    )
    if (this.#book.known(key) !== undefined) pass.add(this.#records.forget(key))
    this.#book.forget(key)
    this.#parts.metrics.add('egress_signed_again_total', { partner })
  }

  #giveUp(
    candidate: Candidate,
    last: { code: LastWordCode; attempts: number },
    request: GatewayRequest,
    pass: Pass,
    now: number,
  ): void {
    const { key, partner, batchNo, payDate, traceparent } = candidate
    const { code, attempts } = last
    pass.add(
      this.#records.answer(
        {
          partner, batchNo, payDate, code,
          attempt: attempts, outcome: 'unknown', final: true, resubmission: request.resubmission,
          httpStatus: null, body: null, sentAt: null, answeredAt: now,
        }, // biome-ignore format: one thing after another
        traceparent,
      ),
    )
    pass.add(this.#records.closed({ partner, batchNo, attempts, code, at: now }, traceparent))
    this.#book.close(key, now)
    this.#parts.metrics.add('egress_given_up_total', { partner, reason: code })
    this.#parts.logger.warn({ partner, batchNo, code, attempts }, 'a batch is given up: nobody knows what became of it')
  }

  #attempt(candidate: Candidate, state: HeldBatch['state'], attempts: number, code: string | null, at: number) {
    const { partner, batchNo, request, payDate, traceparent } = candidate
    return this.#records.held({ partner, batchNo, state, attempts, request, code, at }, payDate, traceparent)
  }

  #requestOf(candidate: Candidate, fresh: FreshRequest | undefined): GatewayRequest {
    return fresh?.request ?? decodeRequest(this.#parts.codec, candidate.request)
  }

  /** So that neither the topic nor the memory grows without end, last words are removed after their life, once a day. */
  #forgetOldOnes(pass: Pass): void {
    for (const key of this.#retired.splice(0, 1_000)) {
      pass.add(this.#records.forget(key))
      this.#book.forget(key)
    }
  }
}
