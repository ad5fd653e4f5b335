/** Lets one caller wait for a call of `wake`. A `wake` that nobody waits for makes the next wait return at once. */
export class Waiter {
  #isWoken = false
  #resolve: (() => void) | undefined

  wake(): void {
    this.#isWoken = true
    this.#resolve?.()
  }

  /** Resolves when woken, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.#isWoken && ms > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#resolve = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#resolve = undefined
    }
    this.#isWoken = false
  }
}
