import { setTimeout as sleep } from 'node:timers/promises'

/** A start that has not ended so long after a stop is left behind. */
const GIVE_UP_MS = 1_000
/** What it had opened gets so long to close. */
const CLOSE_MS = 2_000

/** The start of one service, and its end wherever the start stands. */
export class Start<Running extends { stop(): Promise<void> }> {
  #running: Promise<Running> | undefined
  readonly #opened: (() => Promise<void>)[] = []

  readonly #left = Promise.withResolvers<never>()

  constructor() {
    this.#left.promise.catch(() => undefined)
  }

  /** Begins it. @throws what `start` throws; AbortError when it is left behind */
  run(start: (opened: (close: () => Promise<void>) => void) => Promise<Running>): Promise<Running> {
    this.#running = start((close) => this.#opened.push(close))
    return Promise.race([this.#running, this.#left.promise])
  }

  /** Stops what runs. Where the start has failed, or does not end by itself, what it had opened is closed. */
  async end(): Promise<void> {
    const started = this.#running?.catch(() => undefined)
    const running = await Promise.race([started, sleep(GIVE_UP_MS, undefined, { ref: false })])
    if (running !== undefined) return running.stop()
    this.#left.reject(new DOMException('the start was given up', 'AbortError'))
    // It may come to its end after all.
    started?.then((late) => late?.stop()).catch(() => undefined)
    const closed = Promise.allSettled(this.#opened.toReversed().map((close) => close()))
    await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })])
  }
}
