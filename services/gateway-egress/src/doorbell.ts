import { setImmediate as nextTurn } from 'node:timers/promises'

/** Wakes one sleeper; a ring while nobody sleeps is remembered. */
export class Doorbell {
  #rung = false
  #wake: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Whether it rang since it was last answered. */
  get rung(): boolean {
    return this.#rung
  }

  answer(): void {
    this.#rung = false
  }

  /**
   * Until it rings, the signal aborts, or the time is over (milliseconds). It ends a turn of the event loop later: a
   * call that ends rings before its answer is at hand, and both belong into one transaction.
   */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#rung || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.#wake = resolve
    const wake = (): void => resolve()
    signal.addEventListener('abort', wake, { once: true })
    await promise
    signal.removeEventListener('abort', wake)
    clearTimeout(timer)
    this.#wake = undefined
    await nextTurn()
  }
}
