/** Aborts when nothing has happened for a while; each `touch()` begins the while anew. */
export class Idle {
  readonly #controller = new AbortController()
  readonly #ms: number | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param ms undefined: never */
  constructor(ms: number | undefined) {
    this.#ms = ms
    this.touch()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  touch(): void {
    clearTimeout(this.#timer)
    if (this.#ms !== undefined) this.#timer = setTimeout(() => this.#controller.abort(), this.#ms)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
