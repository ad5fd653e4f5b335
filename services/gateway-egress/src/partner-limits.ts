/** Who wants a slot: one lane. */
export interface SlotWaiter {
  /** Called when a slot may have come free. */
  wake(): void
}

/**
 * How many calls of a partner may be under way at once in this process, over all its lanes. A lane that finds no slot stands in
 * line, so that one with much to do doesn't keep the others from theirs.
 */
export class PartnerLimits {
  readonly #limitOf: (alias: string) => number
  readonly #taken = new Map<string, number>()
  readonly #lines = new Map<string, Set<SlotWaiter>>()

  constructor(limitOf: (alias: string) => number) {
    this.#limitOf = limitOf
  }

  /** Takes a slot, or stands in line for one. A slot is given back by `release`. */
  take(alias: string, waiter: SlotWaiter): boolean {
    const line = this.#lines.get(alias)
    const free = this.#limitOf(alias) - (this.#taken.get(alias) ?? 0)
    if (placeInLine(line, waiter) < free) {
      line?.delete(waiter)
      this.#taken.set(alias, (this.#taken.get(alias) ?? 0) + 1)
      return true
    }
    if (line === undefined) this.#lines.set(alias, new Set([waiter]))
    else line.add(waiter)
    return false
  }

  release(alias: string): void {
    const taken = (this.#taken.get(alias) ?? 0) - 1
    if (taken > 0) this.#taken.set(alias, taken)
    else this.#taken.delete(alias)
    this.#wakeFirst(alias)
  }

  /** Leaves all lines but those of the partners named: who doesn't want a slot any more lets the next one on. */
  wantOnly(waiter: SlotWaiter, aliases: ReadonlySet<string>): void {
    for (const [alias, line] of this.#lines) {
      if (aliases.has(alias) || !line.delete(waiter)) continue
      if (line.size === 0) this.#lines.delete(alias)
      else this.#wakeFirst(alias)
    }
  }

  /** How many calls of the partner are under way. */
  underWay(alias: string): number {
    return this.#taken.get(alias) ?? 0
  }

  #wakeFirst(alias: string): void {
    for (const first of this.#lines.get(alias) ?? []) {
      first.wake()
      return
    }
  }
}

function placeInLine(line: ReadonlySet<SlotWaiter> | undefined, waiter: SlotWaiter): number {
  let place = 0
  for (const other of line ?? []) {
    if (other === waiter) break
    place++
  }
  return place
}
