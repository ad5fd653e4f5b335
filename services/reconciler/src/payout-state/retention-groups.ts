import type { BatchState } from './batch-state.ts'
import { isOutcome } from './finding.ts'
import type { PayoutState } from './payout-state.ts'
import { batchKey, isPayoutKey, partnerOf, payoutKey } from './state-keys.ts'

/** States, as far as they are loaded. */
export interface LoadedStates {
  load(keys: readonly string[]): Promise<void>
  get(key: string): PayoutState | BatchState | undefined
}

/** Lines of a batch that are looked at together: mostly one of them is open, and then no other counts. */
const LINES = 50

/**
 * A batch, its payouts, and the batches in which a payout of it was sent again are one group, and remembered together:
 * evidence about a batch number is held against all its payouts. While one payout of a group has no outcome, none of
 * it is forgotten (S2.7).
 */
export class RetentionGroups {
  readonly #states: LoadedStates
  /** Keys whose group is known to be open. */
  readonly #open = new Set<string>()
  readonly #settled = new Set<string>()

  constructor(states: LoadedStates) {
    this.#states = states
  }

  /**
   * The keys of all groups to which one of `changed` belongs and in which nothing is open; the batch of each before
   * its payouts.
   */
  async settled(changed: Iterable<string>): Promise<ReadonlySet<string>> {
    const keys = [...changed].filter((key) => !this.#isOpen(key))
    await this.#load(keys.flatMap((key) => [key, ...this.#batchesOf(key)]))
    const batches = new Set(keys.flatMap((key) => (isPayoutKey(key) ? this.#batchesOf(key) : [key])))
    await this.#load([...batches].flatMap((key) => this.#linesOf(key).slice(0, LINES)))
    for (const key of keys) if (!this.#open.has(key) && !this.#settled.has(key)) await this.#visit(key)
    return this.#settled
  }

  /** Finds out whether the group of this key is open, going on from batch to payouts to batches. */
  async #visit(first: string): Promise<void> {
    const group = new Set(isPayoutKey(first) ? [...this.#batchesOf(first), first] : [first])
    for (const key of group) {
      for (let from = 0; ; from += LINES) {
        const next = isPayoutKey(key) ? this.#batchesOf(key) : this.#linesOf(key)
        const some = next.slice(from, from + LINES)
        await this.#load(some)
        for (const other of some) group.add(other)
        if (some.some((other) => this.#open.has(other) || this.#isOpen(other))) {
          for (const known of group) this.#open.add(known)
          return
        }
        if (some.length < LINES) break
      }
    }
    for (const key of group) this.#settled.add(key)
  }

  #isOpen(key: string): boolean {
    const state = this.#states.get(key)
    return state !== undefined && 'status' in state && !isOutcome(state.status)
  }

  #batchesOf(key: string): string[] {
    const state = this.#states.get(key)
    if (state === undefined || !('batchNos' in state)) return []
    return state.batchNos.map((batchNo) => batchKey(partnerOf(key), batchNo))
  }

  #linesOf(key: string): string[] {
    const state = this.#states.get(key)
    if (state === undefined || !('lines' in state)) return []
    return state.lines.map(([, payoutId]) => payoutKey(partnerOf(key), payoutId))
  }

  #load(keys: readonly string[]): Promise<void> {
    return this.#states.load(keys)
  }
}
