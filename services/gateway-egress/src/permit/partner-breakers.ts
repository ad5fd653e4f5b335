import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhenResult, isBrokenCircuitError } from 'cockatiel'

export interface BreakerSettings {
  /** So many unknown answers one after the other open it. */
  readonly unknowns: number
  /** How long it stays open before one request is let through, milliseconds. */
  readonly openMs: number
}

export type BreakerState = 'closed' | 'half-open' | 'open'

/** The right to make one call. */
export interface Admission {
  /** True for the one request that an open breaker lets through after its time. */
  readonly probe: boolean
}

/** What a breaker judges. */
interface Judged {
  readonly unknown: boolean
}

/** One circuit breaker a partner, over all lanes of the process (S5.7). */
export class PartnerBreakers {
  readonly #settings: BreakerSettings
  readonly #onChange: (alias: string, state: BreakerState) => void
  readonly #breakers = new Map<string, PartnerBreaker>()

  constructor(settings: BreakerSettings, onChange: (alias: string, state: BreakerState) => void) {
    this.#settings = settings
    this.#onChange = onChange
  }

  /** The partner's breaker. */
  of(alias: string): PartnerBreaker {
    let breaker = this.#breakers.get(alias)
    if (breaker === undefined) {
      breaker = new PartnerBreaker(this.#settings, (state) => this.#onChange(alias, state))
      this.#breakers.set(alias, breaker)
    }
    return breaker
  }
}

/** One partner's breaker. */
export class PartnerBreaker {
  readonly #settings: BreakerSettings
  readonly #policy
  #openedAt = 0
  /** A request was let through, and its answer is awaited. */
  #probing = false

  constructor(settings: BreakerSettings, onChange: (state: BreakerState) => void) {
    this.#settings = settings
    this.#policy = circuitBreaker(
      handleWhenResult((result) => isUnknown(result)),
      { halfOpenAfter: settings.openMs, breaker: new ConsecutiveBreaker(settings.unknowns) },
    )
    this.#policy.onStateChange((state) => {
      if (state === CircuitState.Open) this.#openedAt = Date.now()
      onChange(state === CircuitState.Closed ? 'closed' : state === CircuitState.HalfOpen ? 'half-open' : 'open')
    })
  }

  /** Whether a request may be intended now; where it is open, only one may, once its time is over. */
  get admits(): boolean {
    if (this.#policy.state === CircuitState.Closed) return true
    return !this.#probing && Date.now() - this.#openedAt >= this.#settings.openMs
  }

  /** Admits a request; `run` must follow, or `withdraw`. */
  admit(): Admission {
    const probe = this.#policy.state !== CircuitState.Closed
    if (probe) this.#probing = true
    return { probe }
  }

  /** The call that was admitted is not made. */
  withdraw(admission: Admission): void {
    if (admission.probe) this.#probing = false
  }

  /** Makes the call, once, even if the breaker has opened since it was admitted: its intent stands. */
  async run<T extends Judged>(admission: Admission, call: () => Promise<T>): Promise<T> {
    if (!admission.probe && this.#policy.state !== CircuitState.Closed) return call()
    try {
      return await this.#policy.execute(call)
    } catch (error) {
      if (!isBrokenCircuitError(error)) throw error
      return call()
    } finally {
      this.withdraw(admission)
    }
  }
}

function isUnknown(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'unknown' in result && result.unknown === true
}
