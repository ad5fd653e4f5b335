import type { LogRecord } from '@payout/runtime/event-log/port'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import type { ClaimOutcome, Claims } from '@payout/runtime/redis/port'
import { reportId } from '@payout/schemas/event-id'
import type {
  GatewayAnswer,
  GatewayDecision,
  GatewayNotify,
  GatewayNotSigned,
  GatewayRequest,
  GatewayReturnRows,
  GatewayTimer,
  PayoutEvidenceKind,
} from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import { StateMissingError } from '../errors.ts'
import type { BatchPayouts, WorkingSet } from '../known-batches/working-set.ts'
import type { LaneOutputs } from '../lane/lane-outputs.ts'
import type { BatchRecord } from '../lane/lane-record.ts'
import { causeOf } from '../payout-state/cause.ts'
import { eventOf, type Proof, strayMismatch } from '../payout-state/event-of.ts'
import { type Finding, isOutcome, type ReportedMoney } from '../payout-state/finding.ts'
import { hasCaused, type PayoutState } from '../payout-state/payout-state.ts'
import { standingOf } from '../payout-state/standing.ts'
import { type Applied, apply, repeat } from '../payout-state/transitions.ts'
import type { ReconcilerDependencies } from '../reconciler-dependencies.ts'
import { answerFinding } from './answer-finding.ts'
import { contradictionOf, unknownBatch, unknownSerial, withoutPayee } from './contradiction.ts'
import { decisionVerdict } from './decision-verdict.ts'
import { loadForRequests, makeKnown } from './known-request.ts'
import { provedByLine } from './later-batch.ts'
import { notSignedFinding, unsignedBatch } from './not-signed.ts'
import { moneyOfAll, reportedLines } from './notify-lines.ts'
import { resubmission } from './resubmission.ts'
import { claimRows, heldAgainst, moneyOfRow, returnedRows, strayReturn } from './return-rows.ts'
import { timerFinding } from './timer-finding.ts'

/** What becomes of payouts, whose states are in Redis, in one transaction. */
export class PayoutProcessor {
  readonly #dependencies: ReconcilerDependencies
  readonly #outputs: LaneOutputs
  readonly #set: WorkingSet
  #repeatedNotifies: ReadonlySet<LogRecord> = new Set()
  #rowClaims: ReadonlyMap<LogRecord, readonly ClaimOutcome[]> = new Map()
  /** Timers of the requests that were read. */
  readonly timers: { readonly member: string; readonly at: number }[] = []

  constructor(dependencies: ReconcilerDependencies, set: WorkingSet, outputs: LaneOutputs) {
    this.#dependencies = dependencies
    this.#outputs = outputs
    this.#set = set
  }

  /** Loads what these records are about, and claims what may come twice. */
  async load(records: readonly BatchRecord[]): Promise<void> {
    await this.#set.loadBatches(records.map(({ value }) => value))
    // Others are about lines of their batches, with which their payouts are loaded.
    const payouts: { partner: string; payoutId: string }[] = []
    const requests: GatewayRequest[] = []
    for (const { kind, value } of records) {
      const { partner } = value
      if (kind === 'request') requests.push(value)
      else if (kind === 'decision') payouts.push({ partner, payoutId: value.payoutId })
      else if (kind === 'not-signed') for (const { payoutId } of value.lines) payouts.push({ partner, payoutId })
    }
    await loadForRequests(this.#set, requests)
    await this.#set.loadPayouts(payouts)
    this.#repeatedNotifies = await repeatedNotifies(records, this.#dependencies.stateStore.claims)
    this.#rowClaims = await claimRows(records, this.#dependencies.stateStore.claims)
  }

  /** Processes a record that is loaded. */
  async process(entry: BatchRecord): Promise<void> {
    switch (entry.kind) {
      case 'request':
        return this.#request(entry.value)
      case 'answer':
        return this.#answer(entry.value, entry.record)
      case 'notify':
        return this.#notify(entry.value, entry.record)
      case 'decision':
        return this.#decision(entry.value, entry.record)
      case 'timer':
        return this.#timer(entry.value, entry.record)
      case 'not-signed':
        return this.#notSigned(entry.value, entry.record)
      case 'return-rows':
        return this.#returnRows(entry.value, entry.record)
    }
  }

  /** Writes the states as they became. False: somebody else changed one of them, and nothing of this may be used. */
  save(): Promise<boolean> {
    return this.#set.save()
  }

  #request(request: GatewayRequest): void {
    this.timers.push(makeKnown(this.#set, request, this.#dependencies.settings.overdueAfterMs))
  }

  async #answer(answer: GatewayAnswer, record: LogRecord): Promise<void> {
    const { partner, batchNo } = answer
    const proof = this.#proof('answer', `${batchNo}/${answer.attempt}`, record, answer.answeredAt, answer.answeredAt)
    const batch = this.#set.batch(partner, batchNo)
    if (!batch) return this.#stray(partner, batchNo, null, unknownBatch(batchNo), proof)
    if (answer.final && !batch.closed) this.#set.setBatch(partner, batchNo, { ...batch, closed: true })
    if (answer.final) this.#set.renew(partner, batchNo)
    const finding = answerFinding(answer)
    const about = this.#about(partner, batchNo)
    for (const [, payoutId] of batch.lines) await this.#apply(about, payoutId, finding, proof)
  }

  async #notify(notify: GatewayNotify, record: LogRecord): Promise<void> {
    if (this.#repeatedNotifies.has(record)) {
      this.#dependencies.metrics.add('reconciler_repeated_notifies_total', {})
      return
    }
    const { partner, batchNo, notifyId, receivedAt } = notify
    const proof = this.#proof('notify', notifyId, record, receivedAt, receivedAt)
    const batch = this.#set.batch(partner, batchNo)
    const lines = reportedLines(notify)
    if (!batch) return this.#stray(partner, batchNo, null, unknownBatch(batchNo), proof, moneyOfAll(lines))
    const ids = new Map(batch.lines)
    const about = this.#about(partner, batchNo)
    for (const line of lines) {
      const payoutId = line.serial === null ? undefined : ids.get(line.serial)
      if (payoutId === undefined) {
        const finding = line.finding.event === 'mismatched' ? line.finding : unknownSerial(line.serial)
        await this.#stray(partner, batchNo, line.serial, finding, proof, line.money)
        continue
      }
      const payout = stateOf(about, payoutId)
      const finding =
        (line.reported && contradictionOf(payout.line, line.reported)) ??
        provedByLine(withoutPayee(line.finding, payout.line), batchNo, payout)
      await this.#apply(about, payoutId, finding, proof, line.money)
    }
  }

  async #decision(decision: GatewayDecision, record: LogRecord): Promise<void> {
    const { partner, payoutId, batchNo, source } = decision
    const proof = this.#proof('decision', placeOf(source), record, decision.lookedAt, source.timestamp)
    const state = this.#set.payout(partner, payoutId)
    const last = state?.batchNos.at(-1)
    const about = this.#about(partner, state?.batchNos[0] ?? batchNo, batchNo)
    if (state && hasCaused(state, causeOf(record))) return this.#repeat(about, payoutId, state, proof)
    // Of two decisions in one chunk, the second may find a batch number that the first one has made.
    if (last !== undefined) await this.#set.loadBatches([{ partner, batchNo: last }])
    const lastBatch = last === undefined ? undefined : this.#set.batch(partner, last)
    const { lanes } = this.#dependencies.settings
    const verdict = decisionVerdict(decision, state, lastBatch, { now: this.#dependencies.clock.now(), lanes })
    if ('finding' in verdict) return this.#apply(about, payoutId, verdict.finding, proof)
    await this.#outputs.event({
      name: 'payout.PayoutRefused',
      value: {
        eventId: reportId('payout.refused', partner, payoutId, source),
        payoutId,
        partner,
        occurredAt: source.timestamp,
        seenAt: source.timestamp,
        evidence: proof.evidence,
        reason: verdict.refusal.code,
        explanation: verdict.refusal.explanation,
        heldBy: null,
        standing: state ? standingOf(state) : null,
      },
    })
  }

  /** Payouts of a batch that can't be signed (decision 045). */
  async #notSigned(value: GatewayNotSigned, record: LogRecord): Promise<void> {
    const { partner, batchNo, signing, lines, at } = value
    const batch = unsignedBatch(value, this.#set.batch(partner, batchNo))
    if (batch) this.#set.setBatch(partner, batchNo, batch)
    this.#set.renew(partner, batchNo)
    const proof = this.#proof('request', `${batchNo}/${signing}`, record, at, at)
    const about = this.#about(partner, batchNo)
    for (const line of lines)
      await this.#apply(about, line.payoutId, notSignedFinding(value, line, stateOf(about, line.payoutId)), proof)
  }

  /**
   * Payouts that came back, each reported once (RFD-7); mostly none of ours: the file is about payouts to banks, which
   * are uploaded elsewhere.
   */
  async #returnRows(value: GatewayReturnRows, record: LogRecord): Promise<void> {
    const { partner, batchNo } = value
    const ids = new Map(this.#set.batch(partner, batchNo)?.lines)
    const about = this.#about(partner, batchNo)
    for (const returned of returnedRows(value, record, this.#rowClaims.get(record) ?? [])) {
      const { row, proof, finding } = returned
      if (!finding) continue
      const payoutId = ids.get(row.serial)
      if (payoutId !== undefined) {
        const asked = stateOf(about, payoutId).line
        await this.#apply(
          about,
          payoutId,
          withoutPayee(heldAgainst(asked, returned) ?? finding, asked),
          proof,
          moneyOfRow(row),
        )
      } else if (finding.event === 'mismatched') {
        await this.#stray(partner, batchNo, row.serial, finding, proof, moneyOfRow(row))
      } else {
        this.#dependencies.metrics.add('reconciler_reports_total', { partner, outcome: 'returned' })
        await this.#outputs.event(strayReturn(partner, batchNo, row.serial, finding, proof))
      }
    }
  }

  /** The outcome of a signing is due (S6.4). */
  async #timer(timer: GatewayTimer, record: LogRecord): Promise<void> {
    const { partner, batchNo, signing, dueAt } = timer
    const batch = this.#set.batch(partner, batchNo)
    if (!batch) return
    const proof = this.#proof('due', `${batchNo}/${signing}`, record, dueAt, record.timestamp)
    const about = this.#about(partner, batchNo)
    for (const [, payoutId] of batch.lines) {
      const state = stateOf(about, payoutId)
      if (hasCaused(state, causeOf(record))) {
        await this.#repeat(about, payoutId, state, proof)
        continue
      }
      const finding = timerFinding(timer, batch, state)
      if (finding) await this.#apply(about, payoutId, finding, proof)
    }
  }

  /** @param loaded a batch of theirs whose payouts are loaded. */
  #about(partner: string, loaded: string, batchNo: string = loaded): Evidence {
    return { partner, batchNo, payouts: this.#set.payoutsOf(partner, loaded) }
  }

  async #apply(
    about: Evidence,
    payoutId: string,
    finding: Finding,
    proof: Proof,
    money?: ReportedMoney,
  ): Promise<void> {
    const before = stateOf(about, payoutId)
    const applied = apply(before, causeOf(proof.evidence.source), about.batchNo, finding, money)
    await this.#emit(about, payoutId, applied, proof)
  }

  /** What a record did before, it does again. */
  #repeat(about: Evidence, payoutId: string, before: PayoutState, proof: Proof): Promise<void> {
    return this.#emit(about, payoutId, repeat(before, causeOf(proof.evidence.source)), proof)
  }

  async #emit(
    { partner, payouts }: Evidence,
    payoutId: string,
    { state, emitted }: Applied,
    proof: Proof,
  ): Promise<void> {
    payouts.set(payoutId, state)
    for (const transition of emitted) {
      await this.#outputs.event(eventOf(partner, payoutId, state, transition, proof))
      const { finding: said } = transition
      if (said.event === 'resubmitted') {
        const previous = this.#set.batch(partner, said.previousBatchNo)
        if (!previous) throw new StateMissingError(said.previousBatchNo)
        const { line } = state
        this.#outputs.add(resubmission({ partner, payoutId, line }, said, previous, this.#dependencies, proof.seenAt))
      }
      const { event } = said
      this.#dependencies.metrics.add(isOutcome(event) ? 'reconciler_outcomes_total' : 'reconciler_reports_total', {
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
    money?: ReportedMoney,
  ): Promise<void> {
    this.#dependencies.metrics.add('reconciler_reports_total', { partner, outcome: 'mismatched' })
    await this.#outputs.event(strayMismatch(partner, batchNo, serial, money ? { ...finding, money } : finding, proof))
  }

  #proof(kind: PayoutEvidenceKind, id: string, record: LogRecord, occurredAt: number, seenAt: number): Proof {
    return { evidence: { kind, id, source: coordinatesOf(record) }, occurredAt, seenAt }
  }
}

/** What a record is about. */
interface Evidence {
  readonly partner: string
  readonly batchNo: string
  readonly payouts: BatchPayouts
}

/** @throws StateMissingError */
function stateOf({ batchNo, payouts }: Evidence, payoutId: string): PayoutState {
  const state = payouts.get(payoutId)
  if (!state) throw new StateMissingError(batchNo)
  return state
}

/**
 * Notifies that were seen under other coordinates, and say nothing new (S2.6); the same id with other content is new
 * evidence.
 */
async function repeatedNotifies(records: readonly BatchRecord[], claims: Claims): Promise<ReadonlySet<LogRecord>> {
  const notifies = records.flatMap((entry) => (entry.kind === 'notify' ? [entry] : []))
  if (notifies.length === 0) return new Set()
  const outcomes = await claims.claim(
    'notify',
    'reconciler',
    notifies.map(({ value: { partner, notifyId, contentHash }, record }) => ({
      key: `${partner}/${notifyId}/${contentHash}`,
      contentHash,
      coordinates: coordinatesOf(record),
    })),
  )
  return new Set(
    notifies.flatMap(({ record }, index) => {
      const kind = outcomes[index]?.kind
      return kind === 'duplicate' || kind === 'stale' ? [record] : []
    }),
  )
}
