import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@payout/runtime/clock'
import type { EventLog, LogRecord, ReadOptions } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import type { Codec } from '@payout/schemas/codec'
import { PipelineError } from '@payout/schemas/error'
import type { GatewayForm } from '@payout/schemas/generated/records'
import { MINUTE_MS, SECOND_MS } from '@payout/schemas/units'
import type { IngressMetrics } from '../metrics.ts'
import { FORMS } from '../topology.ts'
import { HeldForms } from './held-forms.ts'

const SWEEP_MS = MINUTE_MS
const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 30 * SECOND_MS
/** Reading that can't end, since Kafka doesn't answer, is abandoned after so long. */
const CLOSE_MS = 1_500

/** What `Forms` needs of the event log. */
export type FormsEventLog = Pick<EventLog, 'partitions' | 'read'>

export interface FormsDependencies {
  readonly log: FormsEventLog
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly metrics: Pick<IngressMetrics, 'formsHeld'>
  /**
   * The first pause after `gateway.forms` could not be read, in milliseconds; doubled with each further failure up to
   * 30 seconds.
   */
  readonly retryMs?: number
}

/** What was read, and how far: by partition the offset before which all is in it. */
interface Shown {
  readonly held: HeldForms
  readonly next: ReadonlyMap<number, number>
}

/**
 * Reads all lanes of `gateway.forms`, follows them, and holds in memory the forms that may be shown. When reading
 * fails, it begins again from the beginning. Until it has caught up, the forms of the reading before are shown, also
 * those that were withdrawn meanwhile.
 */
export class Forms {
  readonly #dependencies: FormsDependencies
  readonly #stopping = new AbortController()
  readonly #followed: Promise<void>
  readonly #sweep: NodeJS.Timeout
  #shown: Shown | undefined
  #onMove: () => void = () => {}

  constructor(dependencies: FormsDependencies) {
    this.#dependencies = dependencies
    this.#followed = this.#follow(this.#stopping.signal)
    this.#sweep = setInterval(() => {
      this.#shown?.held.sweep(dependencies.clock.now())
      this.#count()
    }, SWEEP_MS).unref()
  }

  /** True once the topic was read to its end for the first time: before that nobody knows which forms there are. */
  get read(): boolean {
    return this.#shown !== undefined
  }

  /** The form that a partner's page with this token shows; it may have expired. */
  find(alias: string, token: string): GatewayForm | undefined {
    return this.#shown?.held.find(alias, token)
  }

  /**
   * Whether `find` knows everything that lies before these offsets, one for each partition in the order of their
   * numbers.
   */
  hasRead(ends: readonly number[]): boolean {
    const next = this.#shown?.next
    return next !== undefined && ends.every((end, partition) => (next.get(partition) ?? 0) >= end)
  }

  /** Has `listener` called whenever more was read; in place of the one before. */
  onMove(listener: () => void): void {
    this.#onMove = listener
  }

  /** Ends the reading. */
  async close(): Promise<void> {
    clearInterval(this.#sweep)
    this.#stopping.abort()
    await Promise.race([this.#followed, sleep(CLOSE_MS, undefined, { ref: false })])
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { logger, retryMs = RETRY_FIRST_MS } = this.#dependencies
    let pauseMs = retryMs
    while (!signal.aborted) {
      try {
        await this.#readOnce(signal, () => {
          pauseMs = retryMs
        })
      } catch (err) {
        if (signal.aborted) return
        logger.warn({ err, pauseMs }, 'gateway.forms cannot be read: it is tried again from its beginning')
      }
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {})
      pauseMs = Math.min(RETRY_MAX_MS, pauseMs * 2)
    }
  }

  /** Reads to the end, shows what was found, and goes on from there until something breaks or the process stops. */
  async #readOnce(signal: AbortSignal, caughtUp: () => void): Promise<void> {
    const { log, logger } = this.#dependencies
    const held = new HeldForms()
    const next = new Map<number, number>()
    for (let partition = await log.partitions(FORMS); partition > 0; partition--) next.set(partition - 1, 0)
    const onPosition: ReadOptions['onPosition'] = (_topic, partition, position) => {
      next.set(partition, position)
      if (this.#shown?.held === held) this.#onMove()
    }

    for await (const record of log.read({ from: places(next), until: 'end', signal, onPosition }))
      this.#take(held, record)
    if (!this.read) logger.info({ forms: held.size }, 'gateway.forms is read: agreement pages are shown')
    this.#shown = { held, next }
    this.#count()
    this.#onMove()
    caughtUp()

    for await (const record of log.read({ from: places(next), until: 'follow', signal, onPosition })) {
      this.#take(held, record)
      this.#count()
    }
  }

  #take(held: HeldForms, { key, value, partition, offset }: LogRecord): void {
    const name = key?.toString() ?? ''
    if (value === null) {
      held.remove(name)
      return
    }
    try {
      const { value: form } = this.#dependencies.codec.decode(value, ['gateway.GatewayForm'])
      held.put(name, form)
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error
      // Whatever it says, the form before it is no longer the newest. A later version of this process may read it.
      held.remove(name)
      this.#dependencies.logger.error({ err: error, partition, offset }, 'a form cannot be read, and is not shown')
    }
  }

  #count(): void {
    if (this.#shown) this.#dependencies.metrics.formsHeld(this.#shown.held.size)
  }
}

function places(next: ReadonlyMap<number, number>): ReadOptions['from'] {
  return Array.from(next, ([partition, offset]) => ({ topic: FORMS, partition, at: { offset } }) as const)
}
