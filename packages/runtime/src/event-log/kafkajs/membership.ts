/** Whether a consumer is in its group, as far as it can know. */
import type { Consumer } from 'kafkajs'
import { LogUnavailableError } from '../errors.ts'

/** Neither a heartbeat nor a join nor an attempt to come back in this time: kafkajs hangs. */
const SILENT_MS = 300_000

interface Asker {
  /** Heartbeats that have to be answered from now on; the first one may have been under way already. */
  missing: number
  readonly resolve: () => void
}

export class Membership {
  readonly #sessionTimeoutMs: number
  readonly #askers = new Set<Asker>()
  readonly #watchdog: NodeJS.Timeout
  #isJoined = false
  #confirmedAt = 0
  #lastSignAt = Date.now()
  readonly #tellSilent: (error: LogUnavailableError) => void

  /** `tellSilent` is called when the consumer gives no sign of life for five minutes. */
  constructor(consumer: Consumer, sessionTimeoutMs: number, tellSilent: (error: LogUnavailableError) => void) {
    this.#sessionTimeoutMs = sessionTimeoutMs
    this.#tellSilent = tellSilent
    const { GROUP_JOIN, HEARTBEAT, FETCH_START, CRASH, STOP } = consumer.events
    consumer.on(GROUP_JOIN, () => {
      this.#isJoined = true
      this.#confirm(2)
    })
    consumer.on(HEARTBEAT, () => this.#confirm(1))
    consumer.on(FETCH_START, () => {
      this.#lastSignAt = Date.now()
    })
    consumer.on(STOP, () => {
      this.#isJoined = false
    })
    consumer.on(CRASH, () => {
      this.#isJoined = false
      this.#lastSignAt = Date.now()
    })
    this.#watchdog = setInterval(() => this.#watch(), SILENT_MS / 10)
    this.#watchdog.unref()
  }

  /** True between a join and a crash or stop: only then can partitions be paused and sought. */
  get isJoined(): boolean {
    return this.#isJoined
  }

  /** True while the group has heard of this member within a session timeout. */
  get isMember(): boolean {
    return this.#isJoined && Date.now() - this.#confirmedAt < this.#sessionTimeoutMs
  }

  /** Resolves when the group has answered a heartbeat that was sent from now on, or has taken the member in; rejects with the signal. */
  confirm(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const asker: Asker = { missing: 2, resolve }
      this.#askers.add(asker)
      signal.addEventListener(
        'abort',
        () => {
          this.#askers.delete(asker)
          reject(signal.reason)
        },
        { once: true },
      )
    })
  }

  close(): void {
    this.#isJoined = false
    clearInterval(this.#watchdog)
  }

  #confirm(answers: number): void {
    this.#confirmedAt = Date.now()
    this.#lastSignAt = this.#confirmedAt
    for (const asker of this.#askers) {
      asker.missing -= answers
      if (asker.missing > 0) continue
      this.#askers.delete(asker)
      asker.resolve()
    }
  }

  #watch(): void {
    if (Date.now() - this.#lastSignAt < SILENT_MS) return
    this.#tellSilent(new LogUnavailableError(`the consumer has given no sign of life for ${SILENT_MS} ms`))
  }
}
