import type { KnownBatch } from './known-batch.ts'

/** A known batch as it stands in Redis, if it still has this revision there. */
export interface KeptBatch {
  readonly revision: string
  readonly known: KnownBatch
}

/**
 * What the lanes of a process have read or written last, so that they need not read it again. It decides nothing: what
 * is computed from it counts only where Redis still has the revision (S6.1).
 */
export class KeptBatches {
  readonly #mostPayouts: number
  readonly #batches = new Map<string, KeptBatch>()
  #payouts = 0
  #lanes = 0

  /** @param mostPayouts bounds its memory: some 1.5 KB each. */
  constructor(mostPayouts: number) {
    this.#mostPayouts = mostPayouts
  }

  /** For a lane, from the moment on in which it is owned: nothing of what an earlier owner has kept is in it. */
  lane(): LaneBatches {
    this.#lanes += 1
    const name = (key: string) => `${lane} ${key}`
    const lane = this.#lanes
    return {
      get: (key) => this.#get(name(key)),
      keep: (key, batch) => this.#keep(name(key), batch),
      forget: (key) => this.#forget(name(key)),
    }
  }

  #get(name: string): KeptBatch | undefined {
    const batch = this.#batches.get(name)
    if (batch === undefined) return undefined
    // To the end: what was not asked for the longest goes first.
    this.#batches.delete(name)
    this.#batches.set(name, batch)
    return batch
  }

  #keep(name: string, batch: KeptBatch): void {
    this.#forget(name)
    this.#batches.set(name, batch)
    this.#payouts += weight(batch)
    for (const oldest of this.#batches.keys()) {
      if (this.#payouts <= this.#mostPayouts) break
      this.#forget(oldest)
    }
  }

  #forget(name: string): void {
    const batch = this.#batches.get(name)
    if (batch === undefined) return
    this.#batches.delete(name)
    this.#payouts -= weight(batch)
  }
}

/** What one lane keeps, by the keys of the batches. */
export interface LaneBatches {
  get(key: string): KeptBatch | undefined
  keep(key: string, batch: KeptBatch): void
  forget(key: string): void
}

/** A batch has lines too, also where its payouts have another home. */
function weight({ known }: KeptBatch): number {
  return Math.max(known.payouts.size, known.elsewhere.size, 1)
}
