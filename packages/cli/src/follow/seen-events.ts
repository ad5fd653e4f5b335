/** Event ids are remembered for this many events: a repetition comes soon after the first, when a service was started again. */
const REMEMBERED = 100_000

/** Tells whether an event was seen before: a `ce_id` that comes again is the same event. */
export class SeenEvents {
  readonly #ids = new Set<string>()

  /** True at the first time only. */
  isNew(eventId: string): boolean {
    if (this.#ids.has(eventId)) return false
    this.#ids.add(eventId)
    if (this.#ids.size > REMEMBERED) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest)
        break
      }
    }
    return true
  }
}
