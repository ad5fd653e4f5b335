import { type DomainEvent, isPayoutEvent } from '@payout/runtime/record/domain-event'
import type { PayoutRow } from '../payout-file/payout-csv.ts'

/** A command to pay that was written, and its place. */
export interface WrittenPayout {
  readonly row: PayoutRow
  /** `payout.commands/3@17` */
  readonly place: string
}

/** Collects the first event of each command to pay that was just written. */
export class PayoutAnswers {
  /** By where they stand. */
  readonly #open = new Map<string, WrittenPayout>()
  /** By payout: two commands may ask for one. */
  readonly #ofPayout = new Map<string, WrittenPayout[]>()
  #taken = 0
  #notTaken = 0

  constructor(written: readonly WrittenPayout[]) {
    for (const each of written) {
      const { partner, id } = each.row
      this.#open.set(each.place, each)
      const key = `${partner}/${id}`
      const same = this.#ofPayout.get(key)
      if (same) same.push(each)
      else this.#ofPayout.set(key, [each])
    }
  }

  /** Commands that no event has answered yet. */
  get open(): readonly WrittenPayout[] {
    return [...this.#open.values()]
  }

  /** How many these are. */
  get left(): number {
    return this.#open.size
  }

  /** Payouts that go on, or are paid. */
  get taken(): number {
    return this.#taken
  }

  /** Commands that were refused, and payouts that failed. */
  get notTaken(): number {
    return this.#notTaken
  }

  /**
   * The commands that the event answers. A refusal names its command. Every other event answers all commands for that
   * payout.
   */
  take(event: DomainEvent): readonly WrittenPayout[] {
    if (!isPayoutEvent(event)) return []
    const { partner, payoutId, evidence } = event.value
    const isRefusal = event.name === 'payout.PayoutRefused'
    const about = this.#ofPayout.get(`${partner}/${payoutId}`) ?? []
    const answered = about.filter(({ place }) => this.#open.has(place) && (!isRefusal || place === evidence.id))
    for (const { place } of answered) this.#open.delete(place)
    if (isRefusal || event.name === 'payout.PayoutFailed') this.#notTaken += answered.length
    else this.#taken += answered.length
    return answered
  }
}
