import type { EgressParts } from '../egress-parts.ts'
import type { Gate } from './batch-plan.ts'
import type { Admission } from './partner-breakers.ts'
import type { ServiceGate } from './service-plan.ts'
import type { SlotWaiter } from './slots.ts'

/** The one slot for return files. */
export const FILE = 'return-file'

/** What a call has taken, to be given back by whoever makes it or does not make it. */
export interface Leave {
  readonly admission: Admission
  /** The slot for return files is taken too. */
  readonly file: boolean
}

type GateParts = Pick<EgressParts, 'knowsPartner' | 'stops' | 'breakers' | 'limits' | 'files'>

/** Each partner's gate in one pass. A gate that was found shut stays shut for the pass, so that requests keep their order. */
export class PassGates {
  readonly #parts: GateParts
  readonly #waiter: SlotWaiter
  readonly #shut = new Map<string, Gate>()
  #fileBusy = false
  #leave: Leave | undefined

  constructor(parts: GateParts, waiter: SlotWaiter) {
    this.#parts = parts
    this.#waiter = waiter
  }

  /** With `go` a slot and an admission of the partner are taken: `leave` must be called next. */
  ask(partner: string): Gate {
    const shut = this.#shut.get(partner)
    if (shut !== undefined) return shut
    const gate = this.#look(partner)
    if (gate !== 'go') this.#shut.set(partner, gate)
    return gate
  }

  /** The same for a return file, of which one at a time is fetched. */
  askForFile(partner: string): ServiceGate {
    const shut = this.#shut.get(partner)
    if (shut !== undefined) return shut
    this.#fileBusy ||= !this.#parts.files.take(FILE, this.#waiter)
    if (this.#fileBusy) return 'file-busy'
    const gate = this.ask(partner)
    if (gate === 'go') this.#leave = { ...this.leave(), file: true }
    else this.#parts.files.release(FILE)
    return gate
  }

  /** What the last `go` took. */
  leave(): Leave {
    const leave = this.#leave
    if (leave === undefined) throw new TypeError('no gate was passed')
    this.#leave = undefined
    return leave
  }

  /** Partners of whom something stands in line for a slot. */
  get busy(): ReadonlySet<string> {
    return new Set([...this.#shut].filter(([, gate]) => gate === 'busy').map(([partner]) => partner))
  }

  /** Whether a return file stands in line. */
  get fileBusy(): boolean {
    return this.#fileBusy
  }

  #look(partner: string): Gate {
    const { knowsPartner, stops, breakers, limits } = this.#parts
    if (!knowsPartner(partner)) return 'partner-unknown'
    if (stops.isStopped(partner)) return 'partner-stopped'
    const breaker = breakers.of(partner)
    if (!breaker.admits) return 'breaker-open'
    if (!limits.take(partner, this.#waiter)) return 'busy'
    this.#leave = { admission: breaker.admit(), file: false }
    return 'go'
  }
}
