import { PARTNER_AGREEMENT_BIZ_TYPE, QUERY_CUSTOMER_PROTOCOL } from '@payout/mapi/interfaces/query-customer-protocol'
import { checkBusinessParameters, type ServiceName } from '@payout/mapi/interfaces/services'
import { chinaDate } from '@payout/mapi/values/china-time'
import { makeRequestId } from '@payout/mapi/values/request-id'
import type { AgreementEvent } from '@payout/runtime/record/domain-event'
import type {
  GatewayAgreementState,
  GatewayCoordinates,
  GatewayFormToSign,
  GatewayOpenOperation,
  GatewayParameter,
  GatewayServiceToSign,
} from '@payout/schemas/generated/records'
import { MINUTE_MS } from '@payout/schemas/units'
import type { AgreementSettings } from '../settings.ts'
import { type AgreementCause, type AgreementNews, agreementEvent } from './agreement-event.ts'

/** A question is sent for at least so long. */
const LEAST_QUESTION_MS = MINUTE_MS
/**
 * A cancelling is sent for so long: the next word on it comes from a question, or from the same parameters under
 * another id.
 */
const CANCELLING_MS = 10 * MINUTE_MS

/** What an input meets. */
export interface AgreementContext {
  /** UTC milliseconds. */
  readonly now: number
  /** The agreement's lane: it stands in the ids of its requests. */
  readonly lane: number
  /** Whether the partners file has the partner: without it nothing can be signed. */
  readonly hasPartner: boolean
  readonly settings: AgreementSettings
}

/** What the signer is asked for. */
export type AgreementToSign =
  | { readonly kind: 'form'; readonly value: GatewayFormToSign }
  | { readonly kind: 'service'; readonly value: GatewayServiceToSign }

/** What came of an input. */
export interface AgreementStep {
  /** The same object where nothing changed. */
  readonly state: GatewayAgreementState
  /** In the order in which they have to be written. */
  readonly toSign: readonly AgreementToSign[]
  readonly events: readonly AgreementEvent[]
}

/** What one input does to an agreement: the state as it becomes, and what has to be written. */
export class AgreementTurn {
  readonly context: AgreementContext
  #state: GatewayAgreementState
  readonly #toSign: AgreementToSign[] = []
  readonly #events: AgreementEvent[] = []

  constructor(state: GatewayAgreementState, context: AgreementContext) {
    this.#state = state
    this.context = context
  }

  get state(): GatewayAgreementState {
    return this.#state
  }

  get result(): AgreementStep {
    return { state: this.#state, toSign: this.#toSign, events: this.#events }
  }

  /** The signing or cancelling that is open. */
  get open(): GatewayOpenOperation | undefined {
    return this.#state.operations.find(({ action }) => action !== 'status')
  }

  /**
   * Whether a question about the account can be asked at all: it is an e-mail address (in the least of the character
   * sets).
   */
  get canAsk(): boolean {
    try {
      const parameters = questionOf(this.#state).map(({ name, value }) => [name, value] as const)
      checkBusinessParameters(QUERY_CUSTOMER_PROTOCOL, parameters, 'gb2312')
      return true
    } catch {
      return false
    }
  }

  change(changes: Partial<GatewayAgreementState>): void {
    this.#state = { ...this.#state, ...changes }
  }

  add(operation: GatewayOpenOperation): void {
    this.change({ operations: [...this.#state.operations, operation] })
  }

  changeOperation(commandId: string, changes: Partial<GatewayOpenOperation>): void {
    this.change({
      operations: this.#state.operations.map((one) => (one.commandId === commandId ? { ...one, ...changes } : one)),
    })
  }

  /** When the operation's next request is due: the pause doubles with each that was sent. */
  later({ polls, giveUpAt }: Pick<GatewayOpenOperation, 'polls' | 'giveUpAt'>): number {
    return Math.min(this.context.now + this.pause(polls), giveUpAt)
  }

  pause(polls: number): number {
    const { firstPollMs, maxPollMs } = this.context.settings
    return Math.min(firstPollMs * 2 ** Math.min(polls, 30), maxPollMs)
  }

  /** Says what became of a command. Each event has the next version, but for a refusal, which has none. */
  say(commandId: string, cause: AgreementCause, news: AgreementNews): void {
    if (news.event !== 'refused') this.change({ version: this.#state.version + 1 })
    this.#events.push(agreementEvent(this.#state, commandId, cause, news))
  }

  /** Says how a command ended; nothing of it is left, and its form is withdrawn. */
  end(operation: GatewayOpenOperation, cause: AgreementCause, news: AgreementNews): void {
    const { commandId, parameters, form } = operation
    this.say(commandId, cause, news)
    this.change({ operations: this.#state.operations.filter((one) => one.commandId !== commandId) })
    if (form !== null) this.#askForForm({ ...form, commandId, parameters, withdrawn: true, source: cause.source })
  }

  /** Makes a form, in place of one that the command has already. */
  makeForm({ commandId, parameters, giveUpAt }: GatewayOpenOperation, source: GatewayCoordinates): void {
    const { now, settings } = this.context
    const requestId = this.#newId(commandId, source)
    const version = this.#state.version + 1
    const form = { requestId, version, expiresAt: Math.min(now + settings.formLifeMs, giveUpAt) }
    this.change({ version, cancelled: false, status: 'form_ready' })
    this.changeOperation(commandId, { form })
    this.#askForForm({ ...form, commandId, parameters, withdrawn: false, source })
  }

  /** Asks Alipay how the agreement stands, for all that wait for it. */
  ask(): void {
    const { now } = this.context
    const asking = this.#state.operations.filter(({ step }) => step === 'ask')
    const [first] = asking
    if (!first) return
    const pauses = asking.map(({ polls }) => this.pause(polls + 1))
    const sendBefore = now + Math.max(LEAST_QUESTION_MS, Math.min(...pauses))
    this.#send('query_customer_protocol', first, questionOf(this.#state), sendBefore)
    for (const { commandId, nextAt, polls } of asking) {
      const isDue = nextAt !== null && nextAt <= now
      this.changeOperation(commandId, { nextAt: null, polls: isDue ? polls + 1 : polls })
    }
  }

  /** Cancels the agreement, with the command's own parameters. */
  cancel(operation: GatewayOpenOperation): void {
    const { commandId, parameters, polls } = operation
    this.#send('customer_unsign', operation, parameters, this.context.now + CANCELLING_MS)
    this.changeOperation(commandId, { nextAt: null, polls: polls + 1 })
  }

  #send(
    service: ServiceName,
    { commandId, source }: GatewayOpenOperation,
    parameters: readonly GatewayParameter[],
    sendBefore: number,
  ): void {
    const requestId = this.#newId(commandId, source)
    this.change({ request: { requestId, service } })
    const { partner } = this.#state
    this.#toSign.push({ kind: 'service', value: { partner, requestId, service, parameters, sendBefore } })
  }

  #askForForm(
    form: Pick<
      GatewayFormToSign,
      'requestId' | 'version' | 'expiresAt' | 'commandId' | 'parameters' | 'withdrawn' | 'source'
    >,
  ): void {
    const { partner, agreementId } = this.#state
    this.#toSign.push({ kind: 'form', value: { partner, agreementId, ...form } })
  }

  /** Never given twice: it counts, and the command's place keeps it apart should the count be lost. */
  #newId(commandId: string, { topic, partition, offset }: GatewayCoordinates): string {
    const { partner, agreementId, requests } = this.#state
    this.change({ requests: requests + 1 })
    const about = ['agreement', partner, agreementId, commandId, topic, partition, offset, requests + 1]
    const { now, lane } = this.context
    return makeRequestId({ day: chinaDate(now), lane, about })
  }
}

/** The business parameters of query_customer_protocol. */
function questionOf({ account }: Pick<GatewayAgreementState, 'account'>): GatewayParameter[] {
  return [
    { name: 'biz_type', value: PARTNER_AGREEMENT_BIZ_TYPE },
    { name: 'user_email', value: account },
  ]
}
