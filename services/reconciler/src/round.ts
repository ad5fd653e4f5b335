import type { PayoutEvent } from '@payout/runtime/domain-event'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import { reportId } from '@payout/schemas/event-id'
import type {
  GatewayAnswer,
  GatewayDecision,
  GatewayDue,
  GatewayNotify,
  GatewayRequest,
  PayoutEvidenceKind,
} from '@payout/schemas/generated/records'
import { answerMeaning } from './answer-meaning.ts'
import { decisionMeaning } from './decision-meaning.ts'
import { dueMeaning } from './due-meaning.ts'
import { StateMissingError } from './errors.ts'
import { eventOf, type Proof, strayMismatch } from './event-of.ts'
import { contradictionOf, reportedLines, unknownBatch, unknownSerial } from './evidence.ts'
import { loadForRequests, makeKnown } from './known-request.ts'
import type { LaneRecord } from './lane-record.ts'
import { apply, causeOf, type Finding, hasCaused, isOutcome, type PayoutState } from './payout-state.ts'
import type { ReconcilerParts } from './reconciler-parts.ts'
import { resubmission } from './resubmission.ts'
import { seenNotifies } from './seen-notifies.ts'
import { WorkingSet } from './working-set.ts'

/** What a round has to write. */
export interface RoundResult {
  readonly outputs: OutgoingRecord[]
  /** Due dates of the requests that were read. */
  readonly due: { readonly member: string; readonly at: number }[]
}

/** How many payouts each piece of evidence is about, as far as its batch is known; undefined where it is not: its request may still be unread. */
export async function payoutsOf(
  evidence: readonly LaneRecord[],
  { memory }: Pick<ReconcilerParts, 'memory'>,
): Promise<(number | undefined)[]> {
  const set = new WorkingSet(memory.states)
  await set.loadBatches(evidence.map(({ value }) => value))
  return evidence.map(({ value }) => set.batch(value.partner, value.batchNo)?.lines.length)
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
  #seenNotifies: ReadonlySet<LogRecord> = new Set()
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
    this.#seenNotifies = await seenNotifies(records, this.#parts.memory.claims)
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

  #request(request: GatewayRequest): void {
    this.result.due.push(makeKnown(this.#set, request, this.#parts.settings.overdueAfterMs))
  }

  async #answer(answer: GatewayAnswer, record: LogRecord): Promise<void> {
    const { partner, batchNo } = answer
    const proof = this.#proof('answer', `${batchNo}/${answer.attempt}`, record, answer.answeredAt, answer.answeredAt)
    const batch = this.#set.batch(partner, batchNo)
    if (!batch) return this.#stray(partner, batchNo, null, unknownBatch(batchNo), proof)
    if (answer.final && !batch.closed) {
      this.#set.setBatch(partner, batchNo, { ...batch, closed: true })
      // Written even where nothing changes: a payout must be remembered as long as its batch.
      for (const [, payoutId] of batch.lines)
        this.#set.setPayout(partner, payoutId, { ...this.#payout(partner, payoutId, batchNo) })
    }
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
        (line.reported && contradictionOf(asked, line.reported)) ?? line.finding,
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
    if (state && hasCaused(state, causeOf(record))) {
      // What it did before, it does again; the finding is in the list, so the one given here is never used.
      return this.#apply(partner, payoutId, batchNo, { event: 'accepted' }, proof)
    }
    // Of two decisions in one round, the second may find a batch number that the first one has made.
    if (last !== undefined) await this.#set.loadBatches([{ partner, batchNo: last }])
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
    for (const [, payoutId] of batch.lines) {
      const state = this.#payout(partner, payoutId, batchNo)
      // What it caused before it repeats: then the finding is in the list already.
      const finding =
        dueMeaning(due, batch, state) ??
        (hasCaused(state, causeOf(record)) ? ({ event: 'overdue', dueAt } as const) : undefined)
      if (finding) await this.#apply(partner, payoutId, batchNo, finding, proof)
    }
  }

  async #apply(partner: string, payoutId: string, batchNo: string, finding: Finding, proof: Proof): Promise<void> {
    const before = this.#payout(partner, payoutId, batchNo)
    const { state, emitted } = apply(before, causeOf(proof.evidence.source), batchNo, finding)
    this.#set.setPayout(partner, payoutId, state)
    for (const transition of emitted) {
      await this.#emit(eventOf(partner, payoutId, state, transition, proof))
      const { finding: said } = transition
      if (said.event === 'resubmitted') {
        const previous = this.#set.batch(partner, said.previousBatchNo)
        if (!previous) throw new StateMissingError(said.previousBatchNo)
        const { line } = state
        this.result.outputs.push(resubmission({ partner, payoutId, line }, said, previous, this.#parts, proof.seenAt))
      }
      const { event } = said
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
