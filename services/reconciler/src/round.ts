/**
 * One round of the reconciler's work: some records of a lane, and what comes of them. Computed from the states as they were read; when
 * somebody else changed one of them meanwhile, the round is computed again (S6.1).
 */
import { laneOf } from '@payout/mapi/batch-no'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { PayoutEvent } from '@payout/runtime/payout-event'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import { reportId } from '@payout/schemas/event-id'
import type {
  GatewayAnswer,
  GatewayDecision,
  GatewayDue,
  GatewayNotify,
  GatewayRequest,
  GatewayToSign,
  PayoutEvidenceKind,
} from '@payout/schemas/generated/records'
import { answerMeaning } from './answer-meaning.ts'
import { decisionMeaning } from './decision-meaning.ts'
import { StateMissingError } from './errors.ts'
import { eventOf, type Proof, strayMismatch } from './event-of.ts'
import { reportedLines } from './evidence.ts'
import { loadForRequests, makeKnown, requestLine } from './known-request.ts'
import {
  apply,
  type Finding,
  hasCaused,
  isOutcome,
  type PayoutLine,
  type PayoutState,
  type Transition,
} from './payout-state.ts'
import type { ReconcilerParts } from './reconciler-parts.ts'
import { WorkingSet } from './working-set.ts'

/** A record of the lane, decoded. */
export type LaneRecord =
  | { readonly kind: 'request'; readonly record: LogRecord; readonly value: GatewayRequest }
  | { readonly kind: 'answer'; readonly record: LogRecord; readonly value: GatewayAnswer }
  | { readonly kind: 'notify'; readonly record: LogRecord; readonly value: GatewayNotify }
  | { readonly kind: 'decision'; readonly record: LogRecord; readonly value: GatewayDecision }
  | { readonly kind: 'due'; readonly record: LogRecord; readonly value: GatewayDue }

/** What a round has to write. */
export interface RoundResult {
  readonly outputs: OutgoingRecord[]
  /** Due dates of the requests that were read. */
  readonly due: { readonly member: string; readonly at: number }[]
}

/** Batch numbers among the evidence that the lane does not know yet: their requests may still be unread. */
export async function unknownBatches(records: readonly LaneRecord[], parts: ReconcilerParts): Promise<string[]> {
  const evidence = records.filter(
    ({ kind }) => kind === 'answer' || kind === 'notify' || kind === 'due' || kind === 'decision',
  )
  if (evidence.length === 0) return []
  const set = new WorkingSet(parts.memory.states)
  await set.loadBatches(evidence.map(({ value }) => value))
  return evidence.filter(({ value }) => !set.batch(value.partner, value.batchNo)).map(({ value }) => value.batchNo)
}

/** Computes one round and writes the states. False: the states changed under it, and it has to be computed again. */
export async function tryRound(records: readonly LaneRecord[], parts: ReconcilerParts): Promise<RoundResult | false> {
  const round = new Round(parts)
  await round.load(records)
  for (const record of records) await round.take(record)
  return (await round.save()) && round.result
}

class Round {
  readonly #parts: ReconcilerParts
  readonly #set: WorkingSet
  readonly #seenNotifies = new Set<LogRecord>()
  readonly result: RoundResult = { outputs: [], due: [] }

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
    this.#set = new WorkingSet(parts.memory.states)
  }

  async load(records: readonly LaneRecord[]): Promise<void> {
    await loadForRequests(
      this.#set,
      records.flatMap(({ kind, value }) => (kind === 'request' ? [value] : [])),
    )
    await this.#set.loadBatches(records.map(({ value }) => value))
    const payouts: { partner: string; payoutId: string }[] = []
    for (const { kind, value } of records) {
      const { partner } = value
      if (kind === 'request') continue
      if (kind === 'decision') payouts.push({ partner, payoutId: value.payoutId })
      else
        for (const [, payoutId] of this.#set.batch(partner, value.batchNo)?.lines ?? [])
          payouts.push({ partner, payoutId })
    }
    await this.#set.loadPayouts(payouts)
    await this.#set.loadBatches(
      records.flatMap(({ kind, value }) => {
        if (kind !== 'decision') return []
        const last = this.#set.payout(value.partner, value.payoutId)?.batchNos.at(-1)
        return last ? [{ partner: value.partner, batchNo: last }] : []
      }),
    )
    await this.#claimNotifies(records)
  }

  async take(entry: LaneRecord): Promise<void> {
    switch (entry.kind) {
      case 'request':
        return this.#request(entry.value)
      case 'answer':
        return this.#answer(entry.value, entry.record)
      case 'notify':
        return this.#notify(entry.value, entry.record)
      case 'decision':
        return this.#decision(entry.value, entry.record)
      case 'due':
        return this.#due(entry.value, entry.record)
    }
  }

  save(): Promise<boolean> {
    return this.#set.save()
  }

  /** A notify that was seen under other coordinates says nothing new (S2.6); the same id with other content is new evidence. */
  async #claimNotifies(records: readonly LaneRecord[]): Promise<void> {
    const notifies = records.flatMap((entry) => (entry.kind === 'notify' ? [entry] : []))
    if (notifies.length === 0) return
    const outcomes = await this.#parts.memory.claims.claim(
      'notify',
      'reconciler',
      notifies.map(({ value, record }) => ({
        key: `${value.partner}/${value.notifyId}/${value.contentHash}`,
        contentHash: value.contentHash,
        coordinates: {
          topic: record.topic,
          partition: record.partition,
          offset: record.offset,
          line: 0,
          timestamp: record.timestamp,
        },
      })),
    )
    for (const [index, { record }] of notifies.entries()) {
      const kind = outcomes[index]?.kind
      if (kind === 'held' || kind === 'done') this.#seenNotifies.add(record)
    }
  }

  #request(request: GatewayRequest): void {
    this.result.due.push(makeKnown(this.#set, request, this.#parts.settings.overdueAfterMs))
  }

  async #answer(answer: GatewayAnswer, record: LogRecord): Promise<void> {
    const { partner, batchNo } = answer
    const proof = this.#proof('answer', `${batchNo}/${answer.attempt}`, record, answer.answeredAt, answer.answeredAt)
    const batch = this.#set.batch(partner, batchNo)
    if (!batch) return this.#stray(partner, batchNo, null, unknownBatch(batchNo), proof)
    if (answer.final && !batch.closed) this.#set.setBatch(partner, batchNo, { ...batch, closed: true })
    const finding = answerMeaning(answer)
    for (const [, payoutId] of batch.lines) await this.#apply(partner, payoutId, batchNo, finding, proof)
  }

  async #notify(notify: GatewayNotify, record: LogRecord): Promise<void> {
    if (this.#seenNotifies.has(record)) {
      this.#parts.metrics.add('reconciler_repeated_notifies_total', {})
      return
    }
    const { partner, batchNo, notifyId, receivedAt } = notify
    const proof = this.#proof('notify', notifyId, record, receivedAt, receivedAt)
    const batch = this.#set.batch(partner, batchNo)
    if (!batch) return this.#stray(partner, batchNo, null, unknownBatch(batchNo), proof)
    const ids = new Map(batch.lines)
    for (const line of reportedLines(notify)) {
      const payoutId = line.serial === null ? undefined : ids.get(line.serial)
      if (payoutId === undefined) {
        const finding = line.finding.event === 'mismatched' ? line.finding : unknownSerial(line.serial)
        await this.#stray(partner, batchNo, line.serial, finding, proof)
        continue
      }
      const asked = this.#payout(partner, payoutId, batchNo).line
      await this.#apply(
        partner,
        payoutId,
        batchNo,
        (line.reported && contradiction(asked, line.reported)) ?? line.finding,
        proof,
      )
    }
  }

  async #decision(decision: GatewayDecision, record: LogRecord): Promise<void> {
    const { partner, payoutId, batchNo, source } = decision
    const proof = this.#proof(
      'decision',
      `${source.topic}/${source.partition}@${source.offset}`,
      record,
      decision.lookedAt,
      source.timestamp,
    )
    const state = this.#set.payout(partner, payoutId)
    const last = state?.batchNos.at(-1)
    if (state && hasCaused(state, causeKey(record))) {
      // What it did before, it does again; the finding is in the list, so the one given here is never used.
      return this.#apply(partner, payoutId, batchNo, { event: 'accepted' }, proof)
    }
    const lastBatch = last === undefined ? undefined : this.#set.batch(partner, last)
    const { lanes } = this.#parts.settings
    const meaning = decisionMeaning(decision, state, lastBatch, { now: this.#parts.clock.now(), lanes })
    if ('finding' in meaning) return this.#apply(partner, payoutId, batchNo, meaning.finding, proof)
    await this.#emit({
      name: 'payout.PayoutRefused',
      value: {
        eventId: reportId('payout.refused', partner, payoutId, source),
        payoutId,
        partner,
        occurredAt: source.timestamp,
        seenAt: source.timestamp,
        evidence: proof.evidence,
        reason: meaning.refusal.code,
        explanation: meaning.refusal.explanation,
        heldBy: null,
      },
    })
  }

  /** The outcome of a signing is due (S6.4). */
  async #due(due: GatewayDue, record: LogRecord): Promise<void> {
    const { partner, batchNo, signing, dueAt } = due
    const batch = this.#set.batch(partner, batchNo)
    if (!batch) return
    const proof = this.#proof('due', `${batchNo}/${signing}`, record, dueAt, record.timestamp)
    const signedSince = batch.signing > signing
    const finding: Finding = signedSince
      ? {
          event: 'unresolved',
          reason: 'NOT_SENT',
          explanation:
            'signed more than a day ago, and not sent yet: its partner is stopped, or the gateway is not reached',
        }
      : { event: 'overdue', dueAt }
    for (const [, payoutId] of batch.lines) {
      const state = this.#payout(partner, payoutId, batchNo)
      if (state.batchNos.at(-1) !== batchNo && !hasCaused(state, causeKey(record))) continue
      if (signedSince && state.status !== 'signed' && !hasCaused(state, causeKey(record))) continue
      await this.#apply(partner, payoutId, batchNo, finding, proof)
    }
  }

  async #apply(partner: string, payoutId: string, batchNo: string, finding: Finding, proof: Proof): Promise<void> {
    const before = this.#payout(partner, payoutId, batchNo)
    const { state, emitted } = apply(before, causeKey(proof.evidence.source), batchNo, finding)
    this.#set.setPayout(partner, payoutId, state)
    for (const transition of emitted) {
      await this.#emit(eventOf(partner, payoutId, state, transition, proof))
      if (transition.finding.event === 'resubmitted')
        this.result.outputs.push(this.#toSign(partner, payoutId, state, transition, proof))
      const { event } = transition.finding
      this.#parts.metrics.add(isOutcome(event) ? 'reconciler_outcomes_total' : 'reconciler_reports_total', {
        partner,
        outcome: event,
      })
    }
  }

  async #stray(
    partner: string,
    batchNo: string,
    serial: string | null,
    finding: Extract<Finding, { event: 'mismatched' }>,
    proof: Proof,
  ): Promise<void> {
    this.#parts.metrics.add('reconciler_reports_total', { partner, outcome: 'mismatched' })
    await this.#emit(strayMismatch(partner, batchNo, serial, finding, proof))
  }

  async #emit(event: PayoutEvent): Promise<void> {
    this.result.outputs.push(await this.#parts.events.record(event))
  }

  /** The second batch of a payout that a person sends again. */
  #toSign(
    partner: string,
    payoutId: string,
    { line }: PayoutState,
    { finding }: Transition,
    proof: Proof,
  ): OutgoingRecord {
    if (finding.event !== 'resubmitted') throw new RangeError('only a resubmission is signed')
    const previous = this.#set.batch(partner, finding.previousBatchNo)
    if (!previous) throw new StateMissingError(finding.previousBatchNo)
    const batchNo = finding.batchNo as Parameters<typeof laneOf>[0]
    const toSign: GatewayToSign = {
      partner,
      batchNo,
      notBefore: batchNo.slice(0, 8),
      signing: 1,
      reason: 'again',
      payer: previous.payer,
      lines: [requestLine(payoutId, line)],
      resubmission: true,
    }
    const subject = `${partner}/${batchNo}`
    return {
      topic: 'gateway.to-sign',
      partition: laneOf(batchNo, this.#parts.settings.lanes),
      key: subject,
      value: this.#parts.codec.encode('gateway.GatewayToSign', toSign),
      headers: cloudEventHeaders({
        id: `${subject}/1`,
        type: eventType('gateway.GatewayToSign'),
        source: this.#parts.source,
        subject,
        time: proof.seenAt,
      }),
    }
  }

  #payout(partner: string, payoutId: string, batchNo: string): PayoutState {
    const state = this.#set.payout(partner, payoutId)
    if (!state) throw new StateMissingError(batchNo)
    return state
  }

  #proof(kind: PayoutEvidenceKind, id: string, record: LogRecord, occurredAt: number, seenAt: number): Proof {
    const { topic, partition, offset, timestamp } = record
    return { evidence: { kind, id, source: { topic, partition, offset, line: 0, timestamp } }, occurredAt, seenAt }
  }
}

/** What a record is known by in a payout's list of transitions; the partition is the lane's. */
function causeKey({ topic, offset }: { readonly topic: string; readonly offset: number }): string {
  return `${topic}@${offset}`
}

/** The line as it was asked for, against the line as it was reported (BTN-16). */
function contradiction(
  asked: PayoutLine,
  reported: { readonly account: string; readonly amount: number },
): Finding | undefined {
  if (asked.payeeAccount.toLowerCase() !== reported.account.toLowerCase()) {
    return { event: 'mismatched', mismatch: 'other-account', expected: asked.payeeAccount, reported: reported.account }
  }
  if (asked.amountFen !== reported.amount) {
    return {
      event: 'mismatched',
      mismatch: 'other-amount',
      expected: `${asked.amountFen} fen`,
      reported: `${reported.amount} fen`,
    }
  }
  return undefined
}

function unknownBatch(batchNo: string): Extract<Finding, { event: 'mismatched' }> {
  return { event: 'mismatched', mismatch: 'unknown-batch', expected: null, reported: batchNo }
}

function unknownSerial(serial: string | null): Extract<Finding, { event: 'mismatched' }> {
  return { event: 'mismatched', mismatch: 'unknown-serial', expected: null, reported: serial }
}
