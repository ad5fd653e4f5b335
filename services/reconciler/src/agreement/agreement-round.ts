import type { LogRecord } from '@payout/runtime/event-log/port'
import type {
  GatewayAgreementCommand,
  GatewayAgreementState,
  GatewayServiceAnswer,
  GatewayServiceNotSigned,
} from '@payout/schemas/generated/records'
import type { LaneOutputs } from '../lane/lane-outputs.ts'
import { coordinatesOf } from '../lane/lane-record.ts'
import type { StagedStates } from '../lane/staged-states.ts'
import { hasPartner, type ReconcilerParts } from '../reconciler-parts.ts'
import { type AgreementInput, agreementStep, unknownAgreement } from './agreement-state.ts'

/** What a round does to agreements. */
export class AgreementRound {
  readonly #parts: ReconcilerParts
  readonly #staged: StagedStates
  readonly #outputs: LaneOutputs
  readonly #lane: number

  constructor(parts: ReconcilerParts, lane: number, staged: StagedStates, outputs: LaneOutputs) {
    this.#parts = parts
    this.#lane = lane
    this.#staged = staged
    this.#outputs = outputs
  }

  command(command: GatewayAgreementCommand): Promise<void> {
    const { partner, agreementId } = command
    const state = this.#staged.agreement(partner, agreementId) ?? unknownAgreement(command)
    return this.#step(state, { kind: 'command', command })
  }

  async answer(answer: GatewayServiceAnswer, record: LogRecord): Promise<void> {
    const waiting = this.#staged.waitsFor(answer.requestId)
    if (waiting?.name !== 'gateway.GatewayAgreementState') return
    await this.#step(waiting.value, { kind: 'answer', answer, source: coordinatesOf(record) })
  }

  /** A form that can't be signed. */
  async formNotSigned(form: GatewayServiceNotSigned, record: LogRecord): Promise<void> {
    const state = form.agreementId === null ? undefined : this.#staged.agreement(form.partner, form.agreementId)
    if (state) await this.#step(state, { kind: 'form-not-signed', form, source: coordinatesOf(record) })
  }

  time(state: GatewayAgreementState): Promise<void> {
    return this.#step(state, { kind: 'time' })
  }

  async #step(before: GatewayAgreementState, input: AgreementInput): Promise<void> {
    const now = this.#parts.clock.now()
    const { partners, settings } = this.#parts
    const { state, toSign, events } = agreementStep(before, input, {
      now,
      lane: this.#lane,
      hasPartner: hasPartner(partners, before.partner),
      settings: settings.agreements,
    })
    // A refusal may leave everything as it is.
    if (state !== before) this.#staged.setAgreement({ ...state, updatedAt: now })
    for (const one of toSign) {
      if (one.kind === 'form') this.#outputs.form(one.value, now)
      else this.#outputs.service(one.value, now)
    }
    for (const event of events) {
      await this.#outputs.event(event)
      this.#parts.metrics.add('reconciler_agreement_events_total', {
        partner: state.partner,
        outcome: event.name.slice('agreement.Agreement'.length),
      })
    }
  }
}
