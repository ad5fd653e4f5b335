import type { States } from '@payout/runtime/redis/port'
import { StateUnreadableError } from '../errors.ts'
import type { BatchState } from './batch-state.ts'
import type { PayoutState } from './payout-state.ts'
import { RetentionGroups } from './retention-groups.ts'
import { batchKey, claimOf, payoutKey } from './state-keys.ts'

/** Version of the states' form in Redis. */
const FORM = 1

/**
 * The states that one chunk needs: read together, changed in memory, written back together where nobody changed
 * them meanwhile (S6.1 asks for one atomic step a payout).
 */
export class WorkingSet {
  readonly #states: States
  readonly #before = new Map<string, string | undefined>()
  readonly #values = new Map<string, PayoutState | BatchState>()
  readonly #changed = new Set<string>()

  constructor(states: States) {
    this.#states = states
  }

  loadPayouts(ids: Iterable<{ readonly partner: string; readonly payoutId: string }>): Promise<void> {
    return this.#load([...ids].map(({ partner, payoutId }) => payoutKey(partner, payoutId)))
  }

  loadBatches(ids: Iterable<{ readonly partner: string; readonly batchNo: string }>): Promise<void> {
    return this.#load([...ids].map(({ partner, batchNo }) => batchKey(partner, batchNo)))
  }

  payout(partner: string, payoutId: string): PayoutState | undefined {
    return this.#get(payoutKey(partner, payoutId)) as PayoutState | undefined
  }

  batch(partner: string, batchNo: string): BatchState | undefined {
    return this.#get(batchKey(partner, batchNo)) as BatchState | undefined
  }

  setPayout(partner: string, payoutId: string, state: PayoutState): void {
    this.#set(payoutKey(partner, payoutId), state)
  }

  setBatch(partner: string, batchNo: string, state: BatchState): void {
    this.#set(batchKey(partner, batchNo), state)
  }

  /**
   * Writes what changed, and with what ends thereby the whole group that it belongs to: from now on all of it lives
   * equally long. False when somebody else changed one of them: then nothing that was computed from this set may be
   * used.
   */
  async save(): Promise<boolean> {
    const groups = new RetentionGroups({ load: (keys) => this.#load(keys), get: (key) => this.#values.get(key) })
    const settled = await groups.settled(this.#changed)
    // What is settled comes first, a batch before its payouts: they must not end before it.
    const changes = [...settled.union(this.#changed)].flatMap((key) => {
      const value = this.#values.get(key)
      if (value === undefined) return []
      return [
        {
          key,
          before: this.#before.get(key),
          after: formatState(value),
          settled: settled.has(key),
          claim: claimOf(key),
        },
      ]
    })
    if (changes.length === 0) return true
    return (await this.#states.swap(changes)).every(Boolean)
  }

  async #load(keys: readonly string[]): Promise<void> {
    const missing = [...new Set(keys)].filter((key) => !this.#before.has(key))
    if (missing.length === 0) return
    const texts = await this.#states.read(missing)
    for (const [index, key] of missing.entries()) {
      const text = texts[index]
      this.#before.set(key, text)
      if (text !== undefined) this.#values.set(key, parseState(key, text) as PayoutState | BatchState)
    }
  }

  #get(key: string): PayoutState | BatchState | undefined {
    if (!this.#before.has(key)) throw new RangeError(`${key} was not loaded`)
    return this.#values.get(key)
  }

  #set(key: string, value: PayoutState | BatchState): void {
    if (this.#get(key) === value) return
    this.#values.set(key, value)
    this.#changed.add(key)
  }
}

/** A state as it stands in Redis. */
function formatState(value: unknown): string {
  return JSON.stringify([FORM, value])
}

/** @throws StateUnreadableError */
export function parseState(key: string, text: string): unknown {
  try {
    const [form, value] = JSON.parse(text)
    if (form === FORM) return value
  } catch {
    // Falls through to the named error: the text may hold personal data, so it is not repeated.
  }
  throw new StateUnreadableError(key)
}
