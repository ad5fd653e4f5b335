/** Whether a consumer is in its group, as far as it can know. */
import type { Consumer } from 'kafkajs'
import { LogUnavailableError } from '../../errors.ts'

export interface MembershipDependencies {
  readonly sessionTimeoutMs: number
  /**
   * Nothing was answered to the consumer for so long, though Kafka answers others: it hangs, or it tries and gets
   * nowhere.
   */
  readonly stuckMs: number
  /** Whether Kafka answers somebody else, by connections of their own. */
  readonly isAnswering: () => Promise<boolean>
  /** Called when the consumer is stuck. */
  readonly onStuck: (error: LogUnavailableError) => void
}

interface Asker {
  /** Heartbeats that have to be answered from now on; the first one may have been under way already. */
  missing: number
  readonly resolve: () => void
}

export class Membership {
  readonly #dependencies: MembershipDependencies
  readonly #askers = new Set<Asker>()
  readonly #watchdog: NodeJS.Timeout
  #isJoined = false
  #confirmedAt = 0
  /** When Kafka has answered the consumer last. */
  #answeredAt = Date.now()

  constructor(consumer: Consumer, dependencies: MembershipDependencies) {
    this.#dependencies = dependencies
    const { GROUP_JOIN, HEARTBEAT, FETCH, CRASH, STOP } = consumer.events
    consumer.on(GROUP_JOIN, () => {
      this.#isJoined = true
      this.#confirm(2)
    })
    consumer.on(HEARTBEAT, () => this.#confirm(1))
    // An attempt is no answer: a consumer whose every request waits for its time limit begins one fetch after the
    // other.
    consumer.on(FETCH, () => {
      this.#answeredAt = Date.now()
    })
    consumer.on(STOP, () => {
      this.#isJoined = false
    })
    consumer.on(CRASH, () => {
      this.#isJoined = false
    })
    this.#watchdog = setInterval(() => void this.#watch(), dependencies.stuckMs / 10)
    this.#watchdog.unref()
  }

  /** True between a join and a crash or stop: only then can partitions be paused and sought. */
  get isJoined(): boolean {
    return this.#isJoined
  }

  /** True while the group has heard of this member within a session timeout. */
  get isMember(): boolean {
    return this.#isJoined && Date.now() - this.#confirmedAt < this.#dependencies.sessionTimeoutMs
  }

  /**
   * Resolves when the group has answered a heartbeat that was sent from now on, or has taken the member in; rejects
   * with the signal.
   */
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
    this.#answeredAt = this.#confirmedAt
    for (const asker of this.#askers) {
      asker.missing -= answers
      if (asker.missing > 0) continue
      this.#askers.delete(asker)
      asker.resolve()
    }
  }

  async #watch(): Promise<void> {
    const { stuckMs, isAnswering, onStuck } = this.#dependencies
    const answeredAt = this.#answeredAt
    if (Date.now() - answeredAt < stuckMs) return
    // While Kafka is away nobody gets anywhere, and that passes.
    const isStuck = (await isAnswering()) && this.#answeredAt === answeredAt
    if (!isStuck) return
    clearInterval(this.#watchdog)
    onStuck(new LogUnavailableError(`Kafka answers others, and has not answered the consumer for ${stuckMs} ms`))
  }
}
