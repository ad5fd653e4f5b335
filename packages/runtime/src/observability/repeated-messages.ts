const FIRST_MS = 10_000
const MOST_MS = 600_000

/**
 * When something that goes on and on is to be said again: at once, then after 10 s, 20 s, 40 s and so on, at the most
 * every ten minutes. What is said anew, by its key, is said at once. Keys are few: error codes, not messages.
 */
export class RepeatedWords {
  readonly #now: () => number
  readonly #said = new Map<string, { at: number; pauseMs: number }>()

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Whether it is to be said now; who asks and hears true says it. */
  isDue(key: string): boolean {
    const now = this.#now()
    const last = this.#said.get(key)
    if (last !== undefined && now - last.at < last.pauseMs) return false
    this.#said.set(key, { at: now, pauseMs: last === undefined ? FIRST_MS : Math.min(last.pauseMs * 2, MOST_MS) })
    return true
  }

  /** It is over: when it comes again it is news. Gives whether it was ever said. */
  isOver(key: string): boolean {
    return this.#said.delete(key)
  }
}
