import type { PartnerStop } from '@payout/runtime/redis/port'
import type { Gate } from './batch-plan.ts'
import type { EgressParts } from './egress-parts.ts'
import type { Admission } from './partner-breakers.ts'
import type { SlotWaiter } from './partner-limits.ts'

/** Each partner's gate in one pass. A gate that was found shut stays shut for the pass, so that requests keep their order. */
export class PassGates {
  readonly #parts: Pick<EgressParts, 'knowsPartner' | 'breakers' | 'limits'>
  readonly #stops: ReadonlyMap<string, PartnerStop>
  readonly #waiter: SlotWaiter
  readonly #shut = new Map<string, Gate>()
  #admission: Admission | undefined

  /** `stops`: the stops in force, as Redis told them for this pass. */
  constructor(
    parts: Pick<EgressParts, 'knowsPartner' | 'breakers' | 'limits'>,
    stops: ReadonlyMap<string, PartnerStop>,
    waiter: SlotWaiter,
  ) {
    this.#parts = parts
    this.#stops = stops
    this.#waiter = waiter
  }

  /** With `go` a slot and an admission of the partner are taken: `admission` must be called next. */
  ask(partner: string): Gate {
    const shut = this.#shut.get(partner)
    if (shut !== undefined) return shut
    const gate = this.#look(partner)
    if (gate !== 'go') this.#shut.set(partner, gate)
    return gate
  }

  /** What the last `go` took. */
  admission(): Admission {
    const admission = this.#admission
    if (admission === undefined) throw new TypeError('no gate was passed')
    this.#admission = undefined
    return admission
  }

  /** Partners of whom something stands in line for a slot. */
  get busy(): ReadonlySet<string> {
    return new Set([...this.#shut].filter(([, gate]) => gate === 'busy').map(([partner]) => partner))
  }

  #look(partner: string): Gate {
    const { knowsPartner, breakers, limits } = this.#parts
    if (!knowsPartner(partner)) return 'partner-unknown'
    if (this.#stops.has(partner)) return 'partner-stopped'
    const breaker = breakers.of(partner)
    if (!breaker.admits) return 'breaker-open'
    if (!limits.take(partner, this.#waiter)) return 'busy'
    this.#admission = breaker.admit()
    return 'go'
  }
}
