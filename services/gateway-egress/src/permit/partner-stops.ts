import type { Clock } from '@payout/runtime/clock'
import { partnerScope } from '@payout/runtime/switches/switch-record'
import type { SwitchReading, SwitchView } from '@payout/runtime/switches/switches'
import type { GatewaySwitch } from '@payout/schemas/generated/records'
import { answerId } from '../request/lane-request.ts'

/**
 * A marker comes to its partition at the latest so long after its commit: whoever reads after that has read the record,
 * or it was written over.
 */
const SURELY_READ_MS = 10_000

/** A stop that an answer has caused, from the moment at which it is classified until it is read back from the log. */
export interface BegunStop {
  readonly partner: string
  readonly value: GatewaySwitch & { readonly cause: NonNullable<GatewaySwitch['cause']> }
}

interface Begun {
  readonly stop: BegunStop
  /** How the same switch stood in the log then. */
  readonly before: GatewaySwitch | undefined
  /**
   * `lane`: a session of this process will commit it. `left`: its session has ended before that was known. A number:
   * committed at this monotonic time.
   */
  state: 'lane' | 'left' | number
}

/**
 * Which partners this process may send for (S5.6): what `gateway.switches` says, and the stops that began here and do
 * not stand there yet. These hold from the moment at which an answer is classified, so that no other batch of the
 * partner is sent from here, whatever becomes of the transaction with that answer. Where it fails, the next lane of
 * this process that commits anything writes the stop, unless the same switch has been thrown in the log since.
 */
export class PartnerStops {
  readonly #switches: SwitchView
  readonly #clock: Clock
  readonly #monotonic: () => number
  readonly #begun = new Map<string, Begun>()

  constructor(switches: SwitchView, clock: Clock, monotonic: () => number = () => performance.now()) {
    this.#switches = switches
    this.#clock = clock
    this.#monotonic = monotonic
    switches.onReading((reading) => this.#read(reading))
  }

  /** Whether it is known which partners are stopped; where it is not, nothing may be sent. */
  get known(): boolean {
    return this.#switches.known
  }

  /** Says nothing unless `known`. */
  isStopped(partner: string): boolean {
    if (this.#switches.isStopped(partner)) return true
    const now = this.#clock.now()
    return [...this.#begun.values()].some(
      ({ stop }) => stop.partner === partner && (stop.value.until === null || stop.value.until > now),
    )
  }

  /** What one session of a lane does with stops. */
  forLane(): LaneStops {
    return new LaneStops({
      begin: (stop) => {
        const { scope, origin } = stop.value
        this.#begun.set(idOf(stop), { stop, before: this.#switches.find(scope, origin), state: 'lane' })
      },
      takeLeft: () => this.#takeLeft(),
      written: (stop) => this.#change(stop, this.#monotonic()),
      leave: (stop) => this.#change(stop, 'left'),
    })
  }

  #change(stop: BegunStop, state: Begun['state']): void {
    const begun = this.#begun.get(idOf(stop))
    if (begun !== undefined) begun.state = state
  }

  /** Those that nobody else will write, for the caller to write. */
  #takeLeft(): BegunStop[] {
    const taken: BegunStop[] = []
    for (const [id, begun] of this.#begun) {
      if (begun.state !== 'left') continue
      const { scope, origin, at } = begun.stop.value
      const standing = this.#switches.find(scope, origin)
      // Both, since the clocks of two machines differ, and what was read since may have been said before.
      if (standing !== undefined && standing !== begun.before && standing.at > at) {
        this.#begun.delete(id)
      } else {
        begun.state = 'lane'
        taken.push(begun.stop)
      }
    }
    return taken
  }

  #read({ began, values }: SwitchReading): void {
    for (const { cause } of values) if (cause !== null) this.#begun.delete(cause.id)
    for (const [id, { state }] of this.#begun)
      if (typeof state === 'number' && began > state + SURELY_READ_MS) this.#begun.delete(id)
  }
}

interface Keeper {
  readonly begin: (stop: BegunStop) => void
  readonly takeLeft: () => BegunStop[]
  readonly written: (stop: BegunStop) => void
  readonly leave: (stop: BegunStop) => void
}

/** The stops that one session of a lane has to commit. */
export class LaneStops {
  readonly #keeper: Keeper
  readonly #unwritten = new Set<BegunStop>()
  #isOver = false

  constructor(keeper: Keeper) {
    this.#keeper = keeper
  }

  /** Stops the partner, at once and for the whole process. */
  begin(stop: BegunStop): void {
    this.#keeper.begin(stop)
    if (this.#isOver) this.#keeper.leave(stop)
    else this.#unwritten.add(stop)
  }

  /** What sessions that have ended did not commit, for this one to commit. */
  takeLeft(): BegunStop[] {
    const taken = this.#keeper.takeLeft()
    for (const stop of taken) this.#unwritten.add(stop)
    return taken
  }

  /** They are committed. */
  written(stops: readonly BegunStop[]): void {
    for (const stop of stops) {
      this.#unwritten.delete(stop)
      this.#keeper.written(stop)
    }
  }

  /** The session is over: what it did not commit another one has to. */
  end(): void {
    this.#isOver = true
    for (const stop of this.#unwritten) this.#keeper.leave(stop)
    this.#unwritten.clear()
  }
}

function idOf({ value }: BegunStop): string {
  return value.cause.id
}

/** The record of a stop by an answer. */
export function stopByAnswer(
  {
    partner,
    key,
    lane,
    attempt,
  }: { readonly partner: string; readonly key: string; readonly lane: number; readonly attempt: number },
  { code, until, at }: { readonly code: string; readonly until: number | undefined; readonly at: number },
): BegunStop {
  const cause = { topic: 'gateway.answers', partition: lane, key, id: answerId(key, attempt) }
  const value = {
    scope: partnerScope(partner),
    origin: until === undefined ? 'automatic' : 'timed',
    state: 'stopped',
    at,
    by: 'gateway-egress',
    why: code,
    until: until ?? null,
    cause,
  } as const
  return { partner, value }
}
