import { chinaDate, type PayDate } from '@payout/mapi/values/china-time'
import type { EgressParts } from '../egress-parts.ts'
import { type BatchPlan, planBatch } from '../plan/batch-plan.ts'
import { forgetAtOf, TOO_OLD_MS } from '../plan/closed-life.ts'
import { isNearMidnight, startOfSending } from '../plan/midnight.ts'
import { FILE, PassGates } from '../plan/pass-gates.ts'
import { planService, type ServicePlan } from '../plan/service-plan.ts'
import type { SlotWaiter } from '../plan/slots.ts'
import { decodeRequest, type LaneRequest, nameOf, type SignedRequest } from '../request/lane-request.ts'
import type { RequestBook } from '../request/request-book.ts'
import type { FreshRequest, RequestInbox } from '../request/request-inbox.ts'
import type { EgressRecords } from './egress-records.ts'
import type { LaneCalls } from './lane-calls.ts'
import type { Pass } from './pass.ts'

/** What a record adds to the request that it carries, at most. */
const RECORD_BYTES = 1_024
/** What shuts the gate to one request of a partner, and so to all of them. */
const PARTNER_WAITS: ReadonlySet<string> = new Set<RequestPlanCode>([
  'PARTNER_UNKNOWN',
  'PARTNER_STOPPED',
  'BREAKER_OPEN',
  'PARTNER_BUSY',
])

type RequestPlan = BatchPlan | ServicePlan
type RequestPlanCode = Extract<RequestPlan, { kind: 'wait' }>['code']

/** Decides about the requests of one lane, and puts what follows into a pass. */
export class LaneDecisions {
  readonly #parts: EgressParts
  readonly #records: EgressRecords
  readonly #book: RequestBook
  readonly #inbox: RequestInbox
  readonly #calls: LaneCalls
  readonly #waiter: SlotWaiter
  #today: PayDate | undefined
  #retired: string[] = []

  constructor(
    parts: EgressParts,
    lane: { records: EgressRecords; book: RequestBook; inbox: RequestInbox; calls: LaneCalls; waiter: SlotWaiter },
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
    const today = chinaDate(now)
    if (today !== this.#today) this.#retired = this.#book.forgettable(now)
    this.#today = today
    return this.#inbox.size > 0 || this.#retired.length > 0 || this.#book.hasWork(now)
  }

  /** Decides about all that can be decided now: first requests whose time is over, then those on record, then new ones. */
  decide(pass: Pass, now: number): void {
    const gates = new PassGates(this.#parts, this.#waiter)
    this.#forgetOldOnes(pass)
    for (const held of this.#book.over(now)) {
      if (!pass.hasRoom(held.framed.length)) break
      this.#apply(this.#plan(held, 'memory', gates, now), held, pass, gates, now)
    }
    for (const [, requests] of this.#book.due(now)) {
      for (const held of requests) {
        if (!pass.hasRoom(held.framed.length + RECORD_BYTES)) break
        const plan = this.#plan(held, 'memory', gates, now)
        this.#apply(plan, held, pass, gates, now)
        if (plan.kind === 'wait' && PARTNER_WAITS.has(plan.code)) break
      }
    }
    this.#decideFresh(pass, gates, now)
    this.#parts.limits.wantOnly(this.#waiter, gates.busy)
    this.#parts.files.wantOnly(this.#waiter, new Set(gates.fileBusy ? [FILE] : []))
  }

  #decideFresh(pass: Pass, gates: PassGates, now: number): void {
    const { undecided, queuedPerPartner } = this.#parts.settings
    const inboxFull = this.#inbox.size >= undecided
    const queued = new Map<string, number>()
    for (const fresh of this.#inbox) {
      const { request } = fresh
      const { key, partner } = request
      // One request of a number at a time (S5.3): this one waits until the other has ended.
      if (this.#calls.isUnderWay(key)) continue
      if (!pass.hasRoom(request.framed.length + RECORD_BYTES)) break
      const plan = this.#plan(request, 'topic', gates, now)
      if (plan.kind === 'wait' && plan.code === 'PARTNER_BUSY' && !inboxFull) {
        const before = queued.get(partner) ?? 0
        queued.set(partner, before + 1)
        if (before < queuedPerPartner) continue
      }
      this.#apply(plan, request, pass, gates, now, fresh)
      this.#inbox.processed(fresh)
    }
  }

  #plan(request: LaneRequest, from: 'topic' | 'memory', gates: PassGates, now: number): RequestPlan {
    const { partner } = request
    switch (request.kind) {
      case 'batch': {
        const { payDate } = request
        return planBatch({
          known: this.#book.knownBatch(request.key),
          from,
          payDate,
          today: chinaDate(now),
          nearMidnight: isNearMidnight(now),
          tooOld: payDate <= chinaDate(now - TOO_OLD_MS.batch),
          resend: this.#parts.settings.resend,
          partnerKnown: this.#parts.knowsPartner(partner),
          gate: () => gates.ask(partner),
        })
      }
      case 'service': {
        const { service, endsAt } = request
        return planService({
          known: this.#book.known(request.key),
          from,
          sendBefore: endsAt,
          now,
          tooOld: endsAt <= now - TOO_OLD_MS.service,
          gate: () => (service === 'bptb_refund_file' ? gates.askForFile(partner) : gates.ask(partner)),
        })
      }
    }
  }

  /** Carries a plan out. `fresh` where the request comes from the topic. */
  #apply(
    plan: RequestPlan,
    request: LaneRequest,
    pass: Pass,
    gates: PassGates,
    now: number,
    fresh?: FreshRequest,
  ): void {
    switch (plan.kind) {
      case 'skip':
        return
      case 'sign-again':
        this.#signAgain(request, plan.notBefore, pass, now)
        return
      case 'give-up':
        this.#giveUp(request, plan, pass, now)
        return
      case 'wait': {
        const { code, attempts } = plan
        const state = attempts > 0 ? 'in_doubt' : 'deferred'
        const dueAt = request.kind === 'batch' && code === 'PAY_DATE_AHEAD' ? startOfSending(request.payDate) : now
        // Never in place of an attempt: an attempted request stays open, with its attempts (S5.7).
        if (fresh) pass.add(this.#records.held(request, state, { attempts, code, at: now }))
        if (fresh || dueAt > now) this.#book.hold({ ...request, state, attempts, dueAt })
        return
      }
      case 'intend': {
        const { attempt: attempts } = plan
        const held = { ...request, state: 'in_doubt', attempts, dueAt: now } as const
        const call = { held, signed: this.#signedOf(request, fresh), leave: gates.leave() }
        pass.add(this.#records.held(request, 'in_doubt', { attempts, code: null, at: now }))
        pass.calls.push(call)
        this.#book.take(request.key)
        this.#calls.intend(call)
      }
    }
  }

  /** Of batches only: who asked for a service asks anew. */
  #signAgain(request: LaneRequest, notBefore: PayDate, pass: Pass, now: number): void {
    const { key, partner, id: batchNo, framed } = request
    const { value } = this.#parts.codec.decode(framed, ['gateway.GatewayRequest'])
    const { payer, lines, resubmission, signing } = value
    const reason = 'expired'
    const toSign = { partner, batchNo, notBefore, signing: signing + 1, reason, payer, lines, resubmission } as const
    pass.add(this.#records.toSign(request, toSign, now))
    if (this.#book.known(key) !== undefined) pass.add(this.#records.forget(key))
    this.#book.forget(key)
    this.#parts.metrics.add('egress_signed_again_total', { partner })
  }

  #giveUp(request: LaneRequest, { code, attempts }: { code: string; attempts: number }, pass: Pass, now: number): void {
    const note = { code, attempts, at: now }
    pass.add(this.#records.lastWord(request, note))
    const forgetAt = forgetAtOf(request, now)
    pass.add(this.#records.closed(request, note, forgetAt))
    this.#book.close(request.key, forgetAt)
    this.#parts.metrics.add('egress_given_up_total', { partner: request.partner, reason: code })
    const told = { ...nameOf(request), code, attempts }
    this.#parts.logger.warn(told, 'a request is given up: nobody knows what became of it, or it was never sent')
  }

  #signedOf(request: LaneRequest, fresh: FreshRequest | undefined): SignedRequest {
    return fresh?.signed ?? decodeRequest(this.#parts.codec, request.framed)
  }

  /** So that neither the topic nor the memory grows without end, last words are removed after their life, once a day. */
  #forgetOldOnes(pass: Pass): void {
    for (const key of this.#retired.splice(0, 1_000)) {
      pass.add(this.#records.forget(key))
      this.#book.forget(key)
    }
  }
}
