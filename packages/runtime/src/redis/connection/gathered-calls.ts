interface Waiting<T, A> {
  readonly item: T
  readonly resolve: (answer: A) => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes one call of what comes for single items, so that many at once cost one write to Redis and one answer from it.
 * Where nobody may wait, what comes in one turn of the event loop goes together.
 */
export class GatheredCalls<T, A> {
  readonly #call: (items: readonly T[]) => Promise<readonly A[]>
  readonly #most: number
  readonly #waitMs: number
  #waiting: Waiting<T, A>[] = []

  /**
   * @param call gives an answer for each item, in their order; where it rejects, each of them does
   * @param most how many items one call takes
   * @param waitMs how long the first of them waits for others, in milliseconds; 0: to the end of this turn
   */
  constructor(call: (items: readonly T[]) => Promise<readonly A[]>, most: number, waitMs = 0) {
    this.#call = call
    this.#most = most
    this.#waitMs = waitMs
  }

  /** The answer for this item. Rejects as the call does. */
  add(item: T): Promise<A> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ item, resolve, reject }) > 1) return
      if (this.#waitMs > 0) setTimeout(() => this.#callAll(), this.#waitMs)
      else setImmediate(() => this.#callAll())
    })
  }

  #callAll(): void {
    const all = this.#waiting
    this.#waiting = []
    for (let from = 0; from < all.length; from += this.#most) void this.#callOnce(all.slice(from, from + this.#most))
  }

  async #callOnce(waiting: readonly Waiting<T, A>[]): Promise<void> {
    try {
      const answers = await this.#call(waiting.map(({ item }) => item))
      if (answers.length !== waiting.length) {
        throw new Error(`${waiting.length} items were asked about, and ${answers.length} answers came`)
      }
      for (const [at, answer] of answers.entries()) waiting[at]?.resolve(answer)
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }
}
