/** Who wants a slot: one lane. */
export interface SlotWaiter {
  /** Called when a slot may have come free. */
  wake(): void
}

/**
 * How many calls of a name may be under way at once in this process, over all its lanes: of a partner, by its alias, or
 * of what there is only one of. A lane that finds no slot stands in line, so that one with much to do doesn't keep the
 * others from theirs.
 */
export class Slots {
  readonly #limitOf: (name: string) => number
  readonly #taken = new Map<string, number>()
  readonly #lines = new Map<string, Set<SlotWaiter>>()

  constructor(limitOf: (name: string) => number) {
    this.#limitOf = limitOf
  }

  /** Takes a slot, or stands in line for one. A slot is given back by `release`. */
  take(name: string, waiter: SlotWaiter): boolean {
    const line = this.#lines.get(name)
    const free = this.#limitOf(name) - (this.#taken.get(name) ?? 0)
    if (placeInLine(line, waiter) < free) {
      line?.delete(waiter)
      this.#taken.set(name, (this.#taken.get(name) ?? 0) + 1)
      return true
    }
    if (line === undefined) this.#lines.set(name, new Set([waiter]))
    else line.add(waiter)
    return false
  }

  release(name: string): void {
    const taken = (this.#taken.get(name) ?? 0) - 1
    if (taken > 0) this.#taken.set(name, taken)
    else this.#taken.delete(name)
    this.#wakeFirst(name)
  }

  /** Leaves all lines but those named: who doesn't want a slot any more lets the next one on. */
  wantOnly(waiter: SlotWaiter, names: ReadonlySet<string>): void {
    for (const [name, line] of this.#lines) {
      if (names.has(name) || !line.delete(waiter)) continue
      if (line.size === 0) this.#lines.delete(name)
      else this.#wakeFirst(name)
    }
  }

  /** How many calls are under way. */
  underWay(name: string): number {
    return this.#taken.get(name) ?? 0
  }

  #wakeFirst(name: string): void {
    for (const first of this.#lines.get(name) ?? []) {
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
