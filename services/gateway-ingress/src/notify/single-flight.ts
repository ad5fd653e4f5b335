/**
 * Runs work for a key only once at a time in this process: callers that come while it is under way get its result or
 * its error. After its end the key is forgotten.
 */
export class SingleFlight<T> {
  readonly #underWay = new Map<string, Promise<T>>()

  /** Runs `work`, or waits for what is under way for the key; `first` says which. Rejects as the work does. */
  async run(key: string, work: () => Promise<T>): Promise<{ result: T; first: boolean }> {
    const earlier = this.#underWay.get(key)
    if (earlier) return { result: await earlier, first: false }
    const own = work().finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, own)
    return { result: await own, first: true }
  }
}
