/**
 * How often a task begins a transaction. Each costs Kafka, Redis and the stages behind it the same, whatever is in it;
 * so while work keeps coming a task waits a moment for more, and what comes after quiet goes at once.
 */
export class Pace {
  readonly #everyMs: number
  readonly #atOnce: number
  /** When the next one would begin, had each come `everyMs` after the one before, as `performance.now()`. */
  #due = Number.NEGATIVE_INFINITY

  /**
   * @param everyMs between two of them in the long run, in milliseconds
   * @param atOnce so many after quiet wait for nothing
   */
  constructor({ everyMs, atOnce }: { readonly everyMs: number; readonly atOnce: number }) {
    this.#everyMs = everyMs
    this.#atOnce = atOnce
  }

  /** Milliseconds until the next one may begin; 0: now. */
  waitMs(): number {
    return Math.max(0, this.#due - (this.#atOnce - 1) * this.#everyMs - performance.now())
  }

  /** One begins. */
  begin(): void {
    this.#due = Math.max(this.#due, performance.now()) + this.#everyMs
  }
}
