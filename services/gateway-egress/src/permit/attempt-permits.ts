import type { Admission, PartnerBreakers } from './partner-breakers.ts'
import type { PartnerStops } from './partner-stops.ts'
import type { Slots, SlotWaiter } from './slots.ts'

/** The name of the one slot for return files. */
const FILE = 'return-file'

/** Why no request of the partner may be sent now. */
export type PartnerDenialCode =
  /** The partners file lacks it. */
  | 'PARTNER_UNKNOWN'
  | 'PARTNER_STOPPED'
  | 'BREAKER_OPEN'
  /** As many calls as the partner may have are under way. */
  | 'PARTNER_BUSY'

export type DenialCode =
  | PartnerDenialCode
  /** A return file is fetched in this process already. */
  | 'FILE_BUSY'

/** What came of asking for a permit. */
export type Acquisition =
  | { readonly kind: 'acquired'; readonly permit: AttemptPermit }
  | { readonly kind: 'denied'; readonly code: DenialCode }

export interface PermitDependencies {
  /** Whether the partners file has this alias. */
  readonly knowsPartner: (alias: string) => boolean
  /** Which partners are stopped. */
  readonly stops: PartnerStops
  readonly breakers: PartnerBreakers
  /** The slots of each partner, by alias. */
  readonly partnerSlots: Slots
  /** The slot for return files: a process fetches and reads one at a time. */
  readonly fileSlots: Slots
}

/**
 * Gives the permits for the attempts of one transaction draft. A partner that was denied one is denied all others of
 * the draft, so that its requests keep their order.
 */
export class AttemptPermits {
  readonly #dependencies: PermitDependencies
  readonly #waiter: SlotWaiter
  readonly #denied = new Map<string, PartnerDenialCode>()
  #fileBusy = false

  /** @param waiter the lane, which stands in line for each slot that it does not get */
  constructor(dependencies: PermitDependencies, waiter: SlotWaiter) {
    this.#dependencies = dependencies
    this.#waiter = waiter
  }

  /**
   * Takes all that an attempt needs, or nothing: the partner's slot, its breaker's admission, and the slot for return
   * files where it is about one. Whoever gets the permit runs it or withdraws it.
   * @param partner the alias
   */
  tryAcquire(partner: string, { file }: { readonly file: boolean }): Acquisition {
    const before = this.#denied.get(partner)
    if (before !== undefined) return { kind: 'denied', code: before }
    const { fileSlots } = this.#dependencies
    if (file) {
      this.#fileBusy ||= !fileSlots.take(FILE, this.#waiter)
      if (this.#fileBusy) return { kind: 'denied', code: 'FILE_BUSY' }
    }
    const code = this.#denialOf(partner)
    if (code === undefined) return { kind: 'acquired', permit: new Permit(this.#dependencies, { partner, file }) }
    this.#denied.set(partner, code)
    if (file) fileSlots.release(FILE)
    return { kind: 'denied', code }
  }

  /**
   * At the end of the draft: the lane stays in line for the slots that it was denied in it, and leaves all other lines.
   */
  leaveOtherLines(): void {
    const busy = [...this.#denied].filter(([, code]) => code === 'PARTNER_BUSY').map(([partner]) => partner)
    this.#dependencies.partnerSlots.wantOnly(this.#waiter, new Set(busy))
    this.#dependencies.fileSlots.wantOnly(this.#waiter, new Set(this.#fileBusy ? [FILE] : []))
  }

  /** Where there is no denial, a slot of the partner is taken. */
  #denialOf(partner: string): PartnerDenialCode | undefined {
    const { knowsPartner, stops, breakers, partnerSlots } = this.#dependencies
    if (!knowsPartner(partner)) return 'PARTNER_UNKNOWN'
    if (stops.isStopped(partner)) return 'PARTNER_STOPPED'
    if (!breakers.of(partner).admits) return 'BREAKER_OPEN'
    return partnerSlots.take(partner, this.#waiter) ? undefined : 'PARTNER_BUSY'
  }
}

/** The right to make one call of the gateway, with all that it has taken. Only `tryAcquire` makes one. */
export type AttemptPermit = Permit

class Permit {
  readonly #dependencies: PermitDependencies
  readonly #partner: string
  readonly #admission: Admission
  #hasFileSlot: boolean

  constructor(dependencies: PermitDependencies, { partner, file }: { partner: string; file: boolean }) {
    this.#dependencies = dependencies
    this.#partner = partner
    this.#admission = dependencies.breakers.of(partner).admit()
    this.#hasFileSlot = file
  }

  /**
   * Makes the call, then gives the partner's slot back. The slot for return files stays taken until `releaseFileSlot`.
   */
  async run<T extends { readonly unknown: boolean }>(call: () => Promise<T>): Promise<T> {
    const { breakers, partnerSlots } = this.#dependencies
    try {
      return await breakers.of(this.#partner).run(this.#admission, call)
    } finally {
      partnerSlots.release(this.#partner)
    }
  }

  /** The call is not made: gives everything back. */
  withdraw(): void {
    const { breakers, partnerSlots } = this.#dependencies
    breakers.of(this.#partner).withdraw(this.#admission)
    partnerSlots.release(this.#partner)
    this.releaseFileSlot()
  }

  /** Gives the slot for return files back, if it is still taken. */
  releaseFileSlot(): void {
    if (!this.#hasFileSlot) return
    this.#hasFileSlot = false
    this.#dependencies.fileSlots.release(FILE)
  }
}
