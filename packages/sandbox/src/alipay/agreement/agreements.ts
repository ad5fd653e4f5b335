import type { GatewayServiceName } from '../gateway/gateway-service.ts'
import type { SeededChance } from '../seeded-chance.ts'

/** What a user has agreed to: automatic payment (`charge_agent`) and automatic refund (`refund_charge`). */
export interface Consent {
  readonly chargeAgent: boolean
  readonly refundCharge: boolean
}

/** How often each service was called about an account. */
export type AgreementRequests = Readonly<Partial<Record<GatewayServiceName, number>>>

/** What the books say about one account of a user with one partner. */
export interface Agreement extends Consent {
  readonly alias: string
  /** The account as it was first written; case does not count. */
  readonly account: string
  /** `customer_code`: the agreement's own number, 20 digits. */
  readonly customerCode: string
  /** `signed`: both parts; `partly`: one of them, as no user of the signing page can leave it; `unsigned`: none. */
  readonly state: 'signed' | 'partly' | 'unsigned'
  /** How often it became `signed`, and how often `unsigned` after that or after `partly`. */
  readonly timesSigned: number
  readonly timesUnsigned: number
  /** Since the start of the sandbox. */
  readonly requests: AgreementRequests
}

/** A signing page that a user was shown. */
export interface Signing {
  readonly id: string
  readonly alias: string
  readonly account: string
}

/** What must survive a restart. */
export type AgreementRecord =
  | ({ readonly kind: 'signing' } & Signing)
  | { readonly kind: 'signing-over'; readonly id: string }
  | ({ readonly kind: 'agreement'; readonly alias: string; readonly account: string } & Consent)

interface Entry {
  readonly alias: string
  readonly account: string
  consent: Consent
  timesSigned: number
  timesUnsigned: number
  readonly requests: Map<GatewayServiceName, number>
}

const NOTHING: Consent = { chargeAgent: false, refundCharge: false }

/** The agreements of users with partners, and the signing pages that are open. */
export class Agreements {
  readonly #entries = new Map<string, Entry>()
  readonly #signings = new Map<string, Signing>()
  readonly #chance: SeededChance
  readonly #write: (record: AgreementRecord) => void

  /** @param write called with what must survive a restart, before it is so */
  constructor(chance: SeededChance, write: (record: AgreementRecord) => void) {
    this.#chance = chance
    this.#write = write
  }

  /** What the user has agreed to; nothing for an account that nobody has signed with. */
  consentOf(alias: string, account: string): Consent {
    return this.#entries.get(keyOf(alias, account))?.consent ?? NOTHING
  }

  /** The account whose agreement has this number (`customer_code`). */
  accountNumbered(alias: string, customerCode: string): string | undefined {
    for (const entry of this.#entries.values()) {
      if (entry.alias === alias && this.#numberOf(entry) === customerCode) return entry.account
    }
    return undefined
  }

  set(alias: string, account: string, consent: Consent): void {
    this.#write({ kind: 'agreement', alias, account, ...consent })
    this.#apply(alias, account, consent)
  }

  /** Notes a call about an account; none for an empty one. */
  countRequest(alias: string, account: string, service: GatewayServiceName): void {
    if (account === '') return
    const { requests } = this.#entry(alias, account)
    requests.set(service, (requests.get(service) ?? 0) + 1)
  }

  openSigning(signing: Signing): void {
    this.#write({ kind: 'signing', ...signing })
    this.#signings.set(signing.id, signing)
  }

  /** A signing page that was shown and has not been answered. */
  signing(id: string): Signing | undefined {
    return this.#signings.get(id)
  }

  /** The user has answered: the page is used up. */
  closeSigning(id: string): void {
    this.#write({ kind: 'signing-over', id })
    this.#signings.delete(id)
  }

  /** Takes what a former life of the sandbox has written, in order. */
  restore(record: AgreementRecord): void {
    switch (record.kind) {
      case 'signing':
        this.#signings.set(record.id, { id: record.id, alias: record.alias, account: record.account })
        return
      case 'signing-over':
        this.#signings.delete(record.id)
        return
      case 'agreement': {
        const { chargeAgent, refundCharge } = record
        this.#apply(record.alias, record.account, { chargeAgent, refundCharge })
      }
    }
  }

  /** Every account that a request or a user has named, in the order in which it was named first. */
  *all(): Iterable<Agreement> {
    for (const entry of this.#entries.values()) {
      const { alias, account, consent, timesSigned, timesUnsigned } = entry
      const [customerCode, state] = [this.#numberOf(entry), stateOf(consent)]
      const requests: AgreementRequests = Object.fromEntries(entry.requests)
      yield { alias, account, customerCode, state, ...consent, timesSigned, timesUnsigned, requests }
    }
  }

  #apply(alias: string, account: string, consent: Consent): void {
    const entry = this.#entry(alias, account)
    const [before, after] = [stateOf(entry.consent), stateOf(consent)]
    if (after === 'signed' && before !== 'signed') entry.timesSigned += 1
    if (after === 'unsigned' && before !== 'unsigned') entry.timesUnsigned += 1
    entry.consent = consent
  }

  #entry(alias: string, account: string): Entry {
    const key = keyOf(alias, account)
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const entry: Entry = { alias, account, consent: NOTHING, timesSigned: 0, timesUnsigned: 0, requests: new Map() }
    this.#entries.set(key, entry)
    return entry
  }

  #numberOf({ alias, account }: Entry): string {
    const digits = BigInt(`0x${this.#chance.hex('customer-code', alias, account.toLowerCase()).slice(0, 16)}`)
    return digits.toString().padStart(20, '0').slice(-20)
  }
}

function stateOf({ chargeAgent, refundCharge }: Consent): Agreement['state'] {
  if (chargeAgent && refundCharge) return 'signed'
  return chargeAgent || refundCharge ? 'partly' : 'unsigned'
}

// An alias has no blank in it, so that two parts can't run together.
function keyOf(alias: string, account: string): string {
  return `${alias} ${account.toLowerCase()}`
}
