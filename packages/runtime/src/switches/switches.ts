import { setTimeout as sleep } from 'node:timers/promises'
import { escapeUnprintable } from '@payout/mapi/text/printable-text'
import type { Codec } from '@payout/schemas/codec'
import type { GatewaySwitch } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import type { Clock } from '../clock.ts'
import type { EventLog, Tail } from '../event-log/port.ts'
import { errorSummary, type Logger } from '../observability/logging.ts'
import type { Metrics, MetricTable } from '../observability/metrics.ts'
import { RepeatedWords } from '../observability/repeated-messages.ts'
import { SwitchBoard, switchPlace } from './switch-board.ts'
import { SWITCHES, type SwitchOrigin } from './switch-record.ts'

/** How often the topic is asked for more. */
const ASK_MS = 400
/** What was read longer ago is not relied on: whoever types a stop may trust that nothing is sent after that time. */
const FRESH_MS = 2_000
/** How often it is looked whether that has happened. */
const LOOK_MS = 250
/** A reading that can't end, since Kafka doesn't answer, is left behind. */
const CLOSE_MS = 1_500

/** Metrics of every process that obeys the switches. */
export const switchMetricTable = {
  switches_known: {
    type: 'gauge',
    help: '1 while this process knows what gateway.switches says; while it is 0, it sends and signs nothing.',
    labels: [],
  },
  switches_stopped: {
    type: 'gauge',
    help: '1 while a partner is stopped, by whomever.',
    labels: ['partner'],
  },
} as const satisfies MetricTable

export interface SwitchesDependencies {
  readonly log: Pick<EventLog, 'tail'>
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly metrics: Pick<Metrics<typeof switchMetricTable>, 'set' | 'remove'>
  /** A clock that never goes back, milliseconds; for tests. */
  readonly monotonic?: () => number
  /** How often the topic is asked for more, milliseconds; for tests. */
  readonly askMs?: number
}

/** One reading of what was new. */
export interface SwitchReading {
  /** When it began, milliseconds of the monotonic clock: what was committed before is in it, or in one before it. */
  readonly began: number
  readonly values: readonly GatewaySwitch[]
}

/** How the switches stand, for whoever acts by them. */
export interface SwitchView {
  /**
   * Whether what is asked here may be relied on: the topic was read to its end within the last two seconds, and
   * nothing in it stops everything.
   */
  readonly known: boolean
  /** Whether a partner is stopped now. Says nothing unless `known`. */
  isStopped(alias: string): boolean
  /** What stands under scope and origin, as it was read. */
  find(scope: string, origin: SwitchOrigin): GatewaySwitch | undefined
  /** Calls `listener` after every reading, once the view shows it. */
  onReading(listener: (reading: SwitchReading) => void): void
}

/**
 * The switches as one process knows them: it reads `gateway.switches` from its beginning to its end, and then again
 * and again what is new. Where it has not come to the end for two seconds it knows nothing, whatever the reason, and
 * whoever asks must not act (S5.6). The log and `switches_known` show it.
 */
export class Switches implements SwitchView {
  readonly #dependencies: SwitchesDependencies
  readonly #monotonic: () => number
  readonly #board: SwitchBoard
  readonly #stopping = new AbortController()
  readonly #followed: Promise<void>
  readonly #look: NodeJS.Timeout
  readonly #repeated = new RepeatedWords()
  readonly #listeners: ((reading: SwitchReading) => void)[] = []
  /** The partners that the gauge shows as stopped. */
  #shown: ReadonlySet<string> = new Set()
  #readAt = Number.NEGATIVE_INFINITY
  /** The same moment by the time of day: the other clock stands still while the machine sleeps. */
  #readAtDay = Number.NEGATIVE_INFINITY
  #heard: string | undefined

  /** Begins to read. */
  constructor(dependencies: SwitchesDependencies) {
    this.#dependencies = dependencies
    this.#monotonic = dependencies.monotonic ?? (() => performance.now())
    this.#board = new SwitchBoard(dependencies.codec)
    this.#look = setInterval(() => this.#tell(), LOOK_MS).unref()
    this.#followed = this.#follow(this.#stopping.signal)
  }

  get known(): boolean {
    return this.#fault() === undefined
  }

  /** True, or why nobody knows how the switches stand: for health checks. */
  get state(): true | string {
    return this.#fault() ?? true
  }

  isStopped(alias: string): boolean {
    return this.#board.stopsOf(alias, this.#dependencies.clock.now()).length > 0
  }

  find(scope: string, origin: SwitchOrigin): GatewaySwitch | undefined {
    return this.#board.find(scope, origin)
  }

  onReading(listener: (reading: SwitchReading) => void): void {
    this.#listeners.push(listener)
  }

  /** Resolves when it is known how the switches stand. @throws the signal's reason */
  async untilKnown(signal: AbortSignal): Promise<void> {
    while (!this.known) {
      signal.throwIfAborted()
      await sleep(LOOK_MS / 5, undefined, { ref: false })
    }
  }

  /** Ends the reading. */
  async close(): Promise<void> {
    clearInterval(this.#look)
    this.#stopping.abort()
    await Promise.race([this.#followed, sleep(CLOSE_MS, undefined, { ref: false })])
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { log, askMs = ASK_MS } = this.#dependencies
    const tail = log.tail(SWITCHES)
    while (!signal.aborted) {
      await this.#ask(tail, signal)
      await sleep(askMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #ask(tail: Tail, signal: AbortSignal): Promise<void> {
    const began = this.#monotonic()
    const beganAtDay = this.#dependencies.clock.now()
    try {
      const records = await tail.next({ signal })
      const values: GatewaySwitch[] = []
      for (const record of records) {
        const standing = this.#board.take(record)
        if (standing?.kind === 'readable') values.push(standing.value)
        if (standing?.kind !== 'unreadable' || standing.offset !== record.offset) continue
        const { error } = standing
        const key = escapeUnprintable(standing.key.slice(0, 100))
        const place = placeOf(record)
        this.#dependencies.logger.error(
          { err: error, key, place },
          'a switch cannot be read: what it is about is stopped',
        )
      }
      this.#readAt = began
      this.#readAtDay = beganAtDay
      this.#heard = undefined
      for (const listener of this.#listeners) listener({ began, values })
    } catch (error) {
      if (signal.aborted) return
      this.#heard = errorSummary(error).message
    }
    this.#tell()
  }

  #fault(): string | undefined {
    const age = Math.max(this.#monotonic() - this.#readAt, this.#dependencies.clock.now() - this.#readAtDay)
    if (age > FRESH_MS) {
      const since = Number.isFinite(age) ? `for ${Math.round(age / 1_000)} s` : 'yet'
      return `${SWITCHES} was not read to its end ${since}${this.#heard === undefined ? '' : `: ${this.#heard}`}`
    }
    const [first] = this.#board.stopsOfEverything(this.#dependencies.clock.now())
    return first && `${switchPlace(first)} stops everything: this release does not know what it says`
  }

  /** Writes to the log and the gauges how the switches stand. */
  #tell(): void {
    const { logger, metrics, clock } = this.#dependencies
    const fault = this.#fault()
    metrics.set('switches_known', {}, fault === undefined ? 1 : 0)
    if (fault !== undefined) {
      // What was not read for the first time yet is no news.
      const isNews = this.#heard !== undefined || Number.isFinite(this.#readAt)
      if (isNews && this.#repeated.isDue('unknown'))
        logger.error({ why: fault }, 'nobody knows which partners are stopped: nothing is sent or signed')
    } else if (this.#repeated.isOver('unknown')) {
      logger.info('it is known which partners are stopped: work goes on')
    }
    const stopped = this.#board.stoppedPartners(clock.now())
    for (const partner of stopped) metrics.set('switches_stopped', { partner }, 1)
    for (const partner of this.#shown) if (!stopped.has(partner)) metrics.remove('switches_stopped', { partner })
    this.#shown = stopped
  }
}
