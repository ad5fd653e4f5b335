import { chinaDate, type PayDate } from '@payout/mapi/values/china-time'
import type { Logger } from '@payout/runtime/observability/logging'
import type { Codec } from '@payout/schemas/codec'
import type { ResendPolicy } from '../gateway/classify-response.ts'
import type { EgressMetrics } from '../metrics.ts'
import { AttemptPermits, type PermitDependencies } from '../permit/attempt-permits.ts'
import type { SlotWaiter } from '../permit/slots.ts'
import { forgetAtOf, TOO_OLD_MS } from '../request/closed-life.ts'
import { decodeRequest, isFileRequest, type LaneRequest, nameOf } from '../request/lane-request.ts'
import type { RequestBook } from '../request/request-book.ts'
import type { FreshRequest, RequestInbox } from '../request/request-inbox.ts'
import type { EgressRecords } from '../transaction/egress-records.ts'
import type { TransactionDraft } from '../transaction/transaction-draft.ts'
import { planBatch } from './batch-plan.ts'
import { type Decision, holdsPartner, permitted, type RequestPlan } from './decision.ts'
import { isNearMidnight, startOfSending } from './midnight.ts'
import { planService } from './service-plan.ts'

/** What a record adds to the request that it carries, at most. */
const RECORD_BYTES = 1_024

export interface DecisionSettings {
  readonly resend: ResendPolicy
  /**
   * So many requests of one partner may wait for a slot in a lane before they are written to `gateway.attempts` as
   * deferred.
   */
  readonly queuedPerPartner: number
  /** Requests that a lane has read and not yet decided about. */
  readonly undecided: number
}

export interface DecisionDependencies extends PermitDependencies {
  readonly codec: Codec
  readonly logger: Pick<Logger, 'warn'>
  readonly metrics: EgressMetrics
  readonly settings: DecisionSettings
}

/** One run of decisions: what they go into, what attempts need, and when they are made (UTC milliseconds). */
interface Run {
  readonly draft: TransactionDraft
  readonly permits: AttemptPermits
  readonly now: number
}

/** A decision about a request; `fresh` where it comes from the topic. */
interface Decided {
  readonly decision: Decision
  readonly request: LaneRequest
  readonly fresh?: FreshRequest
}

/** Decides about the requests of one lane, and puts what follows into a transaction draft. */
export class LaneDecisions {
  readonly #dependencies: DecisionDependencies
  readonly #records: EgressRecords
  readonly #book: RequestBook
  readonly #inbox: RequestInbox
  readonly #waiter: SlotWaiter
  #today: PayDate | undefined
  #retired: string[] = []

  constructor(
    dependencies: DecisionDependencies,
    lane: { records: EgressRecords; book: RequestBook; inbox: RequestInbox; waiter: SlotWaiter },
  ) {
    this.#dependencies = dependencies
    this.#records = lane.records
    this.#book = lane.book
    this.#inbox = lane.inbox
    this.#waiter = lane.waiter
  }

  /** Whether there is anything to decide about at `now` (UTC milliseconds). */
  hasWork(now: number): boolean {
    const today = chinaDate(now)
    if (today !== this.#today) this.#retired = this.#book.forgettable(now)
    this.#today = today
    return this.#inbox.size > 0 || this.#retired.length > 0 || this.#book.hasWork(now)
  }

  /**
   * Decides about all that can be decided now: first requests whose time is over, then those on record, then new ones.
   */
  decide(draft: TransactionDraft, now: number): void {
    const permits = new AttemptPermits(this.#dependencies, this.#waiter)
    const run = { draft, permits, now }
    this.#forgetOldOnes(draft)
    this.#decideOver(run)
    this.#decideDue(run)
    this.#decideFresh(run)
    permits.leaveOtherLines()
  }

  /** The lane decides about nothing any more: it wants no slot. */
  end(): void {
    new AttemptPermits(this.#dependencies, this.#waiter).leaveOtherLines()
  }

  #decideOver(run: Run): void {
    for (const request of this.#book.over(run.now)) {
      if (!run.draft.hasRoom(request.framed.length)) break
      this.#apply({ decision: this.#decide(request, 'record', run), request }, run)
    }
  }

  #decideDue(run: Run): void {
    for (const [, requests] of this.#book.due(run.now)) {
      for (const request of requests) {
        if (!run.draft.hasRoom(request.framed.length + RECORD_BYTES)) break
        const decision = this.#decide(request, 'record', run)
        this.#apply({ decision, request }, run)
        // The partner's other requests would wait for the same.
        if (holdsPartner(decision)) break
      }
    }
  }

  #decideFresh(run: Run): void {
    const { undecided, queuedPerPartner } = this.#dependencies.settings
    const inboxFull = this.#inbox.size >= undecided
    const queued = new Map<string, number>()
    for (const fresh of this.#inbox) {
      const { request } = fresh
      const { key, partner } = request
      // One request of a number at a time (S5.3): this one waits until the other has ended.
      if (this.#book.isUnderWay(key)) continue
      if (!run.draft.hasRoom(request.framed.length + RECORD_BYTES)) break
      const decision = this.#decide(request, 'topic', run)
      if (decision.kind === 'wait' && decision.code === 'PARTNER_BUSY' && !inboxFull) {
        const before = queued.get(partner) ?? 0
        queued.set(partner, before + 1)
        if (before < queuedPerPartner) continue
      }
      this.#apply({ decision, request, fresh }, run)
      this.#inbox.processed(fresh)
    }
  }

  /** Only where nothing else stands in the way is a permit asked for. */
  #decide(request: LaneRequest, from: 'topic' | 'record', { draft, permits, now }: Run): Decision {
    const plan = this.#plan(request, from, now)
    if (plan.kind !== 'intend') return plan
    const acquisition = permits.tryAcquire(request.partner, { file: isFileRequest(request) })
    if (acquisition.kind === 'acquired') draft.own(acquisition.permit)
    return permitted(plan, acquisition)
  }

  #plan(request: LaneRequest, from: 'topic' | 'record', now: number): RequestPlan {
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
          resend: this.#dependencies.settings.resend,
          partnerKnown: this.#dependencies.knowsPartner(request.partner),
        })
      }
      case 'service': {
        const { endsAt } = request
        const tooOld = endsAt <= now - TOO_OLD_MS.service
        return planService({ known: this.#book.known(request.key), from, sendBefore: endsAt, now, tooOld })
      }
    }
  }

  #apply({ decision, request, fresh }: Decided, { draft, now }: Run): void {
    switch (decision.kind) {
      case 'skip':
        return
      case 'sign-again':
        this.#signAgain(request, decision.notBefore, { draft, now })
        return
      case 'give-up':
        this.#giveUp(request, decision, { draft, now })
        return
      case 'wait': {
        const { code, attempts } = decision
        const state = attempts > 0 ? 'in_doubt' : 'deferred'
        const dueAt = request.kind === 'batch' && code === 'PAY_DATE_AHEAD' ? startOfSending(request.payDate) : now
        // Never in place of an attempt: an attempted request stays in doubt, with its attempts (S5.7).
        if (fresh) draft.add(this.#records.held(request, state, { attempts, code, at: now }))
        if (fresh || dueAt > now) this.#book.hold({ ...request, state, attempts, dueAt })
        return
      }
      case 'intend': {
        const { attempt: attempts, permit } = decision
        const held = { ...request, state: 'in_doubt', attempts, dueAt: now } as const
        const signed = fresh?.signed ?? decodeRequest(this.#dependencies.codec, request.framed)
        const intent = this.#records.held(request, 'in_doubt', { attempts, code: null, at: now })
        draft.intend(intent, { held, signed, permit })
        this.#book.begin(request.key)
      }
    }
  }

  /** Of batches only: whoever asked for a service request asks anew. */
  #signAgain(request: LaneRequest, notBefore: PayDate, { draft, now }: Pick<Run, 'draft' | 'now'>): void {
    const { key, partner, id: batchNo, framed } = request
    const { value } = this.#dependencies.codec.decode(framed, ['gateway.GatewayRequest'])
    const { payer, lines, resubmission, signing } = value
    const reason = 'expired'
    const toSign = { partner, batchNo, notBefore, signing: signing + 1, reason, payer, lines, resubmission } as const
    draft.add(this.#records.toSign(request, toSign, now))
    if (this.#book.known(key) !== undefined) draft.add(this.#records.forget(key))
    this.#book.forget(key)
    this.#dependencies.metrics.add('egress_signed_again_total', { partner })
  }

  #giveUp(
    request: LaneRequest,
    { code, attempts }: { readonly code: string; readonly attempts: number },
    { draft, now }: Pick<Run, 'draft' | 'now'>,
  ): void {
    const note = { code, attempts, at: now }
    draft.add(this.#records.lastWord(request, note))
    const forgetAt = forgetAtOf(request, now)
    draft.add(this.#records.closed(request, note, forgetAt))
    this.#book.close(request.key, forgetAt)
    this.#dependencies.metrics.add('egress_given_up_total', { partner: request.partner, reason: code })
    const logFields = { ...nameOf(request), code, attempts }
    this.#dependencies.logger.warn(
      logFields,
      'a request is given up: nobody knows what became of it, or it was never sent',
    )
  }

  /**
   * So that neither the topic nor the memory of the process grows without end, last words are removed after their life,
   * once a day.
   */
  #forgetOldOnes(draft: TransactionDraft): void {
    for (const key of this.#retired.splice(0, 1_000)) {
      draft.add(this.#records.forget(key))
      this.#book.forget(key)
    }
  }
}
