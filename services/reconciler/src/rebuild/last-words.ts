import { ERROR_CODES } from '@payout/mapi/error-codes'
import type { PartnerStop } from '@payout/runtime/redis/port'
import type { GatewayAnswer } from '@payout/schemas/generated/records'

/** What Alipay said last to each partner. */
export class LastWords {
  readonly #answers = new Map<string, GatewayAnswer>()

  /** Only last words on a batch number count. */
  note(answer: GatewayAnswer): void {
    const last = this.#answers.get(answer.partner)
    if (answer.final && answer.answeredAt >= (last?.answeredAt ?? 0)) this.#answers.set(answer.partner, answer)
  }

  /**
   * Partners whose last answer was that the contract, the account, the key or the balance is wrong: they are stopped again (S5.6), and a person lets
   * them go on.
   */
  stops(): { alias: string; stop: PartnerStop }[] {
    return [...this.#answers].flatMap(([alias, { outcome, code, answeredAt }]) => {
      const stops = outcome === 'refused' && code !== null && ERROR_CODES.get(code)?.stopsPartner
      return stops ? [{ alias, stop: { reason: code, since: answeredAt } }] : []
    })
  }
}
