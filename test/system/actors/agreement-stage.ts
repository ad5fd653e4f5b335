import { attemptsOf, serviceRequestsOf } from '../records.ts'
import type { System } from '../system.ts'
import { askAgreement, sign, status } from './commands.ts'

const SHOP = 'shop-md5-utf8'

/** An account that stands nowhere else. */
export function emailOf(name: string): string {
  return `signer.${name.toLowerCase()}@example.com`
}

/** What upstream, the user and Alipay do and see of agreements. */
export class AgreementStage {
  readonly #system: System
  #neighbours = 0

  constructor(system: System) {
    this.#system = system
  }

  /** Events that name a command, in their order. */
  eventsOf(commandId: string) {
    return this.#system.events.agreements.filter(({ value }) => value.commandId === commandId)
  }

  /** Their types, each with its reason where it has one. */
  story(...commandIds: string[]): string[][] {
    return commandIds.map((commandId) =>
      this.eventsOf(commandId).map(({ type, value }) => {
        const word = type.replace('agreement.', '')
        return 'reason' in value ? `${word} ${value.reason}` : word
      }),
    )
  }

  untilReported(commandId: string, word: string, times = 1): Promise<void> {
    const { events } = this.#system
    const count = () => events.ofCommand(commandId).filter((type) => type === word).length
    return events.until(() => count() >= times, `${commandId} is ${word}`)
  }

  /** What is reported of a command's forms, in the order in which they were made. */
  formsOf(commandId: string) {
    return this.eventsOf(commandId).flatMap((event) =>
      event.name === 'agreement.AgreementFormReady' ? [event.value] : [],
    )
  }

  /** Begins a signing; gives the address of its form. */
  async signing(commandId: string, email: string, partner = SHOP): Promise<string> {
    await askAgreement(this.#system, sign(commandId, email, partner))
    await this.untilReported(commandId, 'form_ready')
    return this.formsOf(commandId)[0]?.url ?? ''
  }

  /**
   * The user's way through form and signing page; gives how it ended. Nobody waits first: an address is good once its
   * event can be read.
   */
  async decide(formUrl: string, decision: 'agree' | 'cancel'): Promise<string> {
    const { consent } = await this.#system.gateway.control({ action: 'consent', formUrl, decision })
    return consent?.outcome ?? 'nothing'
  }

  /** An agreement that was signed elsewhere. */
  async agree(account: string, alias = SHOP): Promise<void> {
    await this.#system.gateway.control({ action: 'agreement', alias, account, chargeAgent: true, refundCharge: true })
  }

  /** Calls of the gateway about an account. */
  async callsAbout(email: string, service: string) {
    const calls = await this.#system.gateway.requests()
    return calls.filter((call) => call.account === email && call.service === service)
  }

  /** What Alipay's books say of an account. */
  async bookOf(email: string) {
    return (await this.#system.gateway.agreements()).find(({ account }) => account === email)
  }

  /**
   * Asks about an account of nobody: once that is reported, every command before it in its partition was processed by
   * the signer.
   */
  async neighbourIsTold(): Promise<void> {
    const id = `neighbour-${this.#neighbours++}`
    await askAgreement(this.#system, status(id, emailOf(id)))
    await this.untilReported(id, 'not_signed')
  }

  /** Whether egress has written down that a request about this account waits for its partner. */
  async isWaiting(email: string): Promise<boolean> {
    const requests = await serviceRequestsOf(this.#system)
    const named = requests.filter(({ body }) => body.toString('latin1').includes(encodeURIComponent(email)))
    const ids = new Set(named.map(({ requestId }) => requestId))
    const records = await attemptsOf(this.#system)
    return records.some(
      ({ batchNo, state, code }) => ids.has(batchNo) && state === 'deferred' && code === 'PARTNER_STOPPED',
    )
  }
}
