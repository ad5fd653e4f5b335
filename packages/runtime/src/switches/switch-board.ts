import { printableJson } from '@payout/mapi/text/printable-text'
import type { Codec } from '@payout/schemas/codec'
import { PipelineError } from '@payout/schemas/error'
import type { GatewaySwitch } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import type { LogRecord } from '../event-log/port.ts'
import { SWITCHES, type SwitchOrigin, scopeOf, switchKey } from './switch-record.ts'

/** A switch as it stands. */
export type StandingSwitch =
  | { readonly kind: 'readable'; readonly key: string; readonly offset: number; readonly value: GatewaySwitch }
  /** Its record says something that this release can't read: it counts as a stop. */
  | { readonly kind: 'unreadable'; readonly key: string; readonly offset: number; readonly error: PipelineError }

/** The record's value does not belong under its key. */
export class SwitchKeyError extends PipelineError {
  constructor(key: string, named: string) {
    super(
      'SWITCH_KEY',
      `a record of gateway.switches has the key ${printableJson(key.slice(0, 100))} and is about ${printableJson(named.slice(0, 100))}: its key must be its scope and origin`,
    )
  }
}

/**
 * How all switches stand, by what was read of `gateway.switches`. Of a key the record with the highest offset counts,
 * in whatever order records come: one of a transaction that was committed late is older than what stands behind it,
 * as it is for whoever reads the topic anew.
 */
export class SwitchBoard {
  readonly #codec: Codec
  readonly #switches = new Map<string, StandingSwitch>()
  /** The same, of each partner. */
  readonly #ofPartner = new Map<string, Map<string, StandingSwitch>>()
  /** The highest offset of each key, also of one whose record was taken away. */
  readonly #offsets = new Map<string, number>()

  constructor(codec: Codec) {
    this.#codec = codec
  }

  /** Takes a record in; gives how its switch stands now. A record without value takes the switch away. */
  take({ key, value, offset }: LogRecord): StandingSwitch | undefined {
    const name = key?.toString() ?? ''
    if (offset < (this.#offsets.get(name) ?? 0)) return this.#switches.get(name)
    this.#offsets.set(name, offset)
    if (value === null) {
      this.#switches.delete(name)
      this.#partnersOf(name)?.delete(name)
      return undefined
    }
    const standing = this.#read(name, value, offset)
    this.#switches.set(name, standing)
    this.#partnersOf(name)?.set(name, standing)
    return standing
  }

  /** All that are known, in no order, those that let go too. */
  get all(): readonly StandingSwitch[] {
    return [...this.#switches.values()]
  }

  /** The stops of a partner that are in force at `now`, UTC milliseconds. */
  stopsOf(alias: string, now: number): readonly StandingSwitch[] {
    return [...(this.#ofPartner.get(alias)?.values() ?? [])].filter((each) => isInForce(each, now))
  }

  /** The stops of everything that are in force at `now`, and so those that this release does not know. */
  stopsOfEverything(now: number): readonly StandingSwitch[] {
    return this.all.filter((each) => scopeOf(each.key).kind === 'everything' && isInForce(each, now))
  }

  /** The partners that are stopped at `now`. */
  stoppedPartners(now: number): ReadonlySet<string> {
    return new Set([...this.#ofPartner.keys()].filter((alias) => this.stopsOf(alias, now).length > 0))
  }

  /** What stands under scope and origin, where it can be read. */
  find(scope: string, origin: SwitchOrigin): GatewaySwitch | undefined {
    const standing = this.#switches.get(switchKey({ scope, origin }))
    return standing?.kind === 'readable' ? standing.value : undefined
  }

  /** The switches of the partner that a key is about; undefined where it is about everything. */
  #partnersOf(key: string): Map<string, StandingSwitch> | undefined {
    const scope = scopeOf(key)
    if (scope.kind !== 'partner') return undefined
    const known = this.#ofPartner.get(scope.alias) ?? new Map<string, StandingSwitch>()
    this.#ofPartner.set(scope.alias, known)
    return known
  }

  #read(key: string, bytes: Buffer, offset: number): StandingSwitch {
    try {
      const { value } = this.#codec.decode(bytes, ['gateway.GatewaySwitch'])
      if (switchKey(value) !== key) throw new SwitchKeyError(key, switchKey(value))
      return { kind: 'readable', key, offset, value }
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      return { kind: 'unreadable', key, offset, error }
    }
  }
}

/** Where the record of a switch stands, in words: `gateway.switches` has one partition. */
export function switchPlace({ offset }: StandingSwitch): string {
  return placeOf({ topic: SWITCHES, partition: 0, offset })
}

/** Whether a switch stops something at `now`, UTC milliseconds. */
function isInForce(standing: StandingSwitch, now: number): boolean {
  if (standing.kind === 'unreadable') return true
  const { state, until } = standing.value
  return state === 'stopped' && (until === null || until > now)
}
