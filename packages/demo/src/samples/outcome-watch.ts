import { eventKind } from '@payout/cli/follow/event-words'
import { contentOf, type PayoutRow } from '@payout/cli/payout-file/payout-csv'
import type { PayoutEvent } from '@payout/runtime/record/domain-event'
import { isOutcome } from '../audit/outcome.ts'

/** Counts events as they come, and knows what is still missing. */
export class OutcomeWatch {
  readonly #withoutOutcome = new Set<string>()
  readonly #counts = new Map<string, number>()
  #missingRefusals = 0

  /** @param asked every command, in the order in which they are written */
  constructor(asked: readonly PayoutRow[]) {
    const contents = new Map<string, string>()
    for (const row of asked) {
      const key = `${row.partner}/${row.id}`
      const content = contentOf(row)
      const known = contents.get(key)
      contents.set(key, known ?? content)
      this.#withoutOutcome.add(key)
      if (known !== undefined && known !== content) this.#missingRefusals += 1
    }
  }

  take(event: PayoutEvent): void {
    const kind = eventKind(event.name)
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    if (isOutcome(event)) this.#withoutOutcome.delete(`${event.value.partner}/${event.value.payoutId}`)
    if (event.name === 'payout.PayoutRefused') this.#missingRefusals -= 1
  }

  /** Payouts that have no outcome yet. */
  get open(): number {
    return this.#withoutOutcome.size
  }

  /** Everything that is due has come. */
  get isDone(): boolean {
    return this.#withoutOutcome.size === 0 && this.#missingRefusals <= 0
  }

  /** `accepted 180, succeeded 120, failed 9; 71 open`. */
  get summary(): string {
    const counts = [...this.#counts].map(([kind, count]) => `${kind} ${count}`).join(', ')
    return `${counts || 'no event yet'}; ${this.open} open`
  }
}
