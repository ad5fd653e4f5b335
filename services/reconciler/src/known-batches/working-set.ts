import type { StateChange, States } from '@payout/runtime/redis/port'
import type { PayoutState } from '../payout-state/payout-state.ts'
import { formatBatch, parseBatch } from './batch-form.ts'
import type { BatchState } from './batch-state.ts'
import type { KeptBatch, LaneBatches } from './kept-batches.ts'
import type { KnownBatch } from './known-batch.ts'
import { settledBatches } from './retention-groups.ts'
import { batchClaimName, batchKey, parseBatchKey, payoutClaimName, payoutName } from './state-keys.ts'

/** The payouts of a batch's lines. */
export interface BatchPayouts {
  get(payoutId: string): PayoutState | undefined
  /** One that was not known becomes at home in this batch, which has to be set too. */
  set(payoutId: string, state: PayoutState): void
}

/**
 * The states that one chunk needs: read together, changed in memory, written back together where nobody changed them
 * meanwhile (S6.1 asks for one atomic step a payout).
 */
export class WorkingSet {
  readonly #states: States
  readonly #kept: LaneBatches
  /** What was loaded, by key; undefined: not there. */
  readonly #loaded = new Map<string, KeptBatch | undefined>()
  /** By name, of payouts that were looked for by name or are at home elsewhere: the key of their home, if they have one. */
  readonly #homes = new Map<string, string | undefined>()
  readonly #batches = new Map<string, BatchState>()
  /** By key of their home, then by id. */
  readonly #payouts = new Map<string, Map<string, PayoutState>>()

  constructor(states: States, kept: LaneBatches) {
    this.#states = states
    this.#kept = kept
  }

  /** Loads batches and the payouts of their lines, wherever these are at home. */
  async loadBatches(ids: Iterable<{ readonly partner: string; readonly batchNo: string }>): Promise<void> {
    const keys = new Set<string>()
    for (const { partner, batchNo } of ids) keys.add(batchKey(partner, batchNo))
    await this.#load(keys)
    const homes = new Set<string>()
    for (const key of keys) {
      const elsewhere = this.#loaded.get(key)?.known.elsewhere
      if (elsewhere === undefined || elsewhere.size === 0) continue
      const { partner } = parseBatchKey(key)
      for (const home of elsewhere.values()) homes.add(batchKey(partner, home))
    }
    await this.#load(homes)
  }

  /** Loads payouts of which only the ids are known, with their homes. */
  async loadPayouts(ids: Iterable<{ readonly partner: string; readonly payoutId: string }>): Promise<void> {
    const names = new Set<string>()
    for (const { partner, payoutId } of ids) names.add(payoutName(partner, payoutId))
    const looked = [...names].filter((name) => !this.#homes.has(name))
    const holders = looked.length === 0 ? [] : await this.#states.holders(looked)
    for (const [index, name] of looked.entries()) this.#homes.set(name, holders[index])
    // Also homes that a batch has named which was itself loaded for another payout's sake.
    await this.#load(new Set([...names].flatMap((name) => this.#homes.get(name) ?? [])))
  }

  /** The payouts of a batch's lines, wherever they are at home. */
  payoutsOf(partner: string, batchNo: string): BatchPayouts {
    const key = batchKey(partner, batchNo)
    return {
      get: (payoutId) => this.#at(key, payoutId) ?? this.#at(this.#homes.get(payoutName(partner, payoutId)), payoutId),
      set: (payoutId, state) => {
        if (this.#at(key, payoutId) !== undefined) return this.#set(key, payoutId, state)
        const name = payoutName(partner, payoutId)
        const home = this.#homes.get(name) ?? key
        this.#homes.set(name, home)
        this.#set(home, payoutId, state)
      },
    }
  }

  /** A payout that was loaded by its id. */
  payout(partner: string, payoutId: string): PayoutState | undefined {
    const name = payoutName(partner, payoutId)
    if (!this.#homes.has(name)) throw new RangeError(`${name} was not loaded by its id`)
    return this.#at(this.#homes.get(name), payoutId)
  }

  batch(partner: string, batchNo: string): BatchState | undefined {
    const key = batchKey(partner, batchNo)
    if (!this.#loaded.has(key)) throw new RangeError(`batch ${key} was not loaded`)
    return this.#batches.get(key) ?? this.#loaded.get(key)?.known.batch
  }

  setBatch(partner: string, batchNo: string, state: BatchState): void {
    if (this.batch(partner, batchNo) !== state) this.#batches.set(batchKey(partner, batchNo), state)
  }

  /**
   * Writes a batch once more where it has an end: it and its whole group live equally long from now on. For a record
   * that comes again and changes nothing more: before a crash it may have been written for some of them only.
   */
  renew(partner: string, batchNo: string): void {
    const key = batchKey(partner, batchNo)
    const known = this.#loaded.get(key)?.known
    if (known?.settled && !this.#batches.has(key)) this.#batches.set(key, known.batch)
  }

  /**
   * Writes what changed, and with what ends thereby the whole group that it belongs to: from now on all of it lives
   * equally long. What was only read is compared too: it may have been kept in memory. False when somebody else changed
   * one of them: then nothing that was computed from this set may be used.
   */
  async save(): Promise<boolean> {
    const changed = new Map([...this.#batches.keys(), ...this.#payouts.keys()].map((key) => [key, this.#changed(key)]))
    const settled = await settledBatches(changed.keys(), {
      load: (keys) => this.#load(new Set(keys)),
      get: (key) => changed.get(key) ?? this.#loaded.get(key)?.known,
    })
    for (const key of settled) {
      const known = this.#loaded.get(key)?.known
      if (known && !changed.has(key)) changed.set(key, known)
    }
    const written = new Map<string, KnownBatch>()
    const changes: StateChange[] = []
    for (const [key, known] of changed) {
      const after = { ...known, settled: settled.has(key) }
      written.set(key, after)
      changes.push(stateChange(key, this.#loaded.get(key), after))
    }
    for (const [key, before] of this.#loaded)
      if (!written.has(key)) changes.push({ key, before: before?.revision, after: undefined })
    if (changes.length === 0) return true
    const revisions = await this.#states.swap(changes)
    if (revisions.includes(undefined)) {
      for (const { key } of changes) this.#kept.forget(key)
      return false
    }
    for (const [index, { key }] of changes.entries()) {
      const known = written.get(key)
      const revision = revisions[index]
      if (known && revision !== undefined) this.#kept.keep(key, { revision, known })
    }
    return true
  }

  async #load(keys: ReadonlySet<string>): Promise<void> {
    const missing = [...keys].filter((key) => !this.#loaded.has(key) && !this.#take(key, this.#kept.get(key)))
    if (missing.length === 0) return
    const stored = await this.#states.read(missing)
    for (const [index, key] of missing.entries()) {
      const state = stored[index]
      const batch = state && { revision: state.revision, known: parseBatch(key, state.value) }
      if (batch) this.#kept.keep(key, batch)
      if (!this.#take(key, batch)) this.#loaded.set(key, undefined)
    }
  }

  /** False: there is nothing to be taken. */
  #take(key: string, batch: KeptBatch | undefined): boolean {
    if (batch === undefined) return false
    this.#loaded.set(key, batch)
    if (batch.known.elsewhere.size > 0) {
      const { partner } = parseBatchKey(key)
      for (const [payoutId, home] of batch.known.elsewhere)
        this.#homes.set(payoutName(partner, payoutId), batchKey(partner, home))
    }
    return true
  }

  #at(home: string | undefined, payoutId: string): PayoutState | undefined {
    if (home === undefined) return undefined
    return this.#payouts.get(home)?.get(payoutId) ?? this.#loaded.get(home)?.known.payouts.get(payoutId)
  }

  #set(home: string, payoutId: string, state: PayoutState): void {
    if (this.#at(home, payoutId) === state) return
    const payouts = this.#payouts.get(home)
    if (payouts) payouts.set(payoutId, state)
    else this.#payouts.set(home, new Map([[payoutId, state]]))
  }

  /** A batch as it has become. */
  #changed(key: string): KnownBatch {
    const loaded = this.#loaded.get(key)?.known
    const batch = this.#batches.get(key) ?? loaded?.batch
    if (batch === undefined) throw new RangeError(`a payout of ${key} was set, and not the batch`)
    const { partner } = parseBatchKey(key)
    const payouts = new Map(loaded?.payouts)
    for (const [payoutId, state] of this.#payouts.get(key) ?? []) payouts.set(payoutId, state)
    const elsewhere = new Map<string, string>()
    for (const [, payoutId] of batch.lines) {
      if (payouts.has(payoutId)) continue
      const home = this.#homes.get(payoutName(partner, payoutId))
      if (home !== undefined) elsewhere.set(payoutId, parseBatchKey(home).batchNo)
    }
    return { batch, payouts, elsewhere, settled: loaded?.settled ?? false }
  }
}

/** The change of a batch; its claims and names are named where their life changes, or begins. */
function stateChange(key: string, before: KeptBatch | undefined, after: KnownBatch): StateChange {
  const { partner } = parseBatchKey(key)
  const known = before?.known.payouts
  const livesAnew = before === undefined || before.known.settled || after.settled
  const ids = [...after.payouts.keys()]
  const isNew = (payoutId: string) => !known?.has(payoutId)
  const living = livesAnew ? ids : ids.filter(isNew)
  return {
    key,
    before: before?.revision,
    after: formatBatch(key, after),
    settled: after.settled,
    claims: [
      ...(livesAnew ? [batchClaimName(key)] : []),
      ...living.map((payoutId) => payoutClaimName(partner, payoutId)),
    ],
    names: living.filter((payoutId) => !isNew(payoutId)).map((payoutId) => payoutName(partner, payoutId)),
    takes: ids.filter(isNew).map((payoutId) => payoutName(partner, payoutId)),
  }
}
