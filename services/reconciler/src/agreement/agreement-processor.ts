import type { LogRecord } from '@payout/runtime/event-log/port'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import type {
  GatewayAgreementCommand,
  GatewayAgreementState,
  GatewayServiceAnswer,
  GatewayServiceNotSigned,
} from '@payout/schemas/generated/records'
import type { LaneOutputs } from '../lane/lane-outputs.ts'
import type { LaneStates } from '../lane/lane-states.ts'
import type { StagedStates } from '../lane/staged-states.ts'
import { hasPartner, type ReconcilerDependencies } from '../reconciler-dependencies.ts'
import { type AgreementInput, agreementStep, isDue, unknownAgreement } from './agreement-state.ts'

/** Agreements to which time does something in one transaction, at the most. */
const DUE_AT_ONCE = 200

/** What becomes of agreements in one transaction. */
export class AgreementProcessor {
  readonly #dependencies: ReconcilerDependencies
  readonly #staged: StagedStates
  readonly #outputs: LaneOutputs
  readonly #lane: number

  constructor(dependencies: ReconcilerDependencies, lane: number, staged: StagedStates, outputs: LaneOutputs) {
    this.#dependencies = dependencies
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

  /**
   * Does what time does, to so many as one transaction takes.
   * @param now UTC milliseconds.
   */
  async time(committed: LaneStates, now: number): Promise<void> {
    const { partners } = this.#dependencies
    const due = committed.openAgreements().filter((state) => isDue(state, now, hasPartner(partners, state.partner)))
    for (const state of due.take(DUE_AT_ONCE)) await this.#step(state, { kind: 'time' })
  }

  async #step(before: GatewayAgreementState, input: AgreementInput): Promise<void> {
    const now = this.#dependencies.clock.now()
    const { partners, settings } = this.#dependencies
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
      this.#dependencies.metrics.add('reconciler_agreement_events_total', {
        partner: state.partner,
        outcome: event.name.slice('agreement.Agreement'.length),
      })
    }
  }
}
