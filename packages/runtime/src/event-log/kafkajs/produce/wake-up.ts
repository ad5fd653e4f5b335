/** Calls at the end of this turn of the event loop, and at times: each once, however often it is asked for. */
export class WakeUp {
  readonly #call: () => void
  #isSoon = false
  #timer: NodeJS.Timeout | undefined
  #time = Number.POSITIVE_INFINITY

  constructor(call: () => void) {
    this.#call = call
  }

  /** At the end of this turn, so that what comes in one turn is seen together. */
  soon(): void {
    if (this.#isSoon) return
    this.#isSoon = true
    setImmediate(() => {
      this.#isSoon = false
      this.#call()
    })
  }

  /** At that time (`Date.now()`), unless it is called at an earlier one, and asked for this one again then. */
  at(time: number): void {
    if (time >= this.#time) return
    clearTimeout(this.#timer)
    this.#time = time
    // A timer may come a millisecond early.
    const waitMs = Math.max(0, time - Date.now()) + 1
    this.#timer = setTimeout(() => {
      this.#time = Number.POSITIVE_INFINITY
      this.#call()
    }, waitMs)
  }

  cancel(): void {
    clearTimeout(this.#timer)
  }
}
