/**
 * Work of which, for one key, only one piece is under way at a time in this process: who comes while it is under way gets its result,
 * good or bad. After its end the key is forgotten.
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
