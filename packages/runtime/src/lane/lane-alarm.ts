import { isKafkaAway, LaneEndedError } from '../event-log/errors.ts'
import type { LaneConsumerOptions, LaneHandler } from '../event-log/port.ts'
import type { Logger } from '../observability/logging.ts'
import type { Metrics, MetricTable } from '../observability/metrics.ts'
import { isRedisAway } from '../redis/errors.ts'

/** What every service with lanes tells of those that wait for a person. */
export const laneAlarmMetricTable = {
  lane_halted: {
    type: 'gauge',
    help: '1 while a lane waits for somebody to look at it, by lane and code.',
    labels: ['lane', 'reason'],
  },
} as const satisfies MetricTable

export interface LaneAlarmParts {
  readonly logger: Pick<Logger, 'error'>
  readonly metrics: Pick<Metrics<typeof laneAlarmMetricTable>, 'set' | 'remove'>
}

/** Longer than the longest pause between two sessions: a lane that works for so long, or is not ours any more, waits for nobody. */
const QUIET_MS = 60_000

/**
 * The alarm for what waits for a person: an error log and the gauge `lane_halted` by lane and reason. It is 1 for as long as anything of that lane waits
 * for that reason.
 */
export class LaneAlarm {
  readonly #parts: LaneAlarmParts
  /** How many things of a lane wait for the same reason. */
  readonly #waiting = new Map<string, number>()

  constructor(parts: LaneAlarmParts) {
    this.#parts = parts
  }

  /**
   * The same handler, with an alarm for whatever ends a session and does not come back by itself, such as offsets that are gone (S2.5) or a record of
   * `gateway.*` that can't be read. What comes back by itself raises none: a session that ended, Redis or Kafka away. The alarm ends when a session ends
   * well, when one has worked for a minute, or when no session has begun for a minute.
   */
  guard(handler: LaneHandler): LaneHandler {
    const raised = new Map<string, { readonly quiet: NodeJS.Timeout; readonly end: () => void }>()
    const lower = (lane: string): void => {
      const alarm = raised.get(lane)
      clearTimeout(alarm?.quiet)
      raised.delete(lane)
      alarm?.end()
    }
    const raise = (lane: string, reason: string): void => {
      lower(lane)
      raised.set(lane, { end: this.#raise(lane, reason), quiet: setTimeout(lower, QUIET_MS, lane).unref() })
    }
    return async (session) => {
      const lane = session.name
      raised.get(lane)?.quiet.refresh()
      try {
        await handler(session)
        lower(lane)
      } catch (error) {
        if (error instanceof LaneEndedError) lower(lane)
        else if (!comesBack(error)) {
          const reason = error instanceof Error && 'code' in error ? String(error.code) : 'UNEXPECTED'
          raise(lane, reason)
          this.#parts.logger.error({ lane, reason, err: error }, 'a lane waits: somebody has to look at it')
        }
        throw error
      }
    }
  }

  /** The alarm for a partition that stands still while its lane's other topics go on: see `LaneConsumerOptions.onHalt`. */
  readonly onHalt: NonNullable<LaneConsumerOptions['onHalt']> = (lane, error) => {
    const reason = error.code
    this.#parts.logger.error({ lane, reason, err: error }, 'a partition waits: somebody has to look at it')
    return this.#raise(lane, reason)
  }

  /** @returns ends it; to be called once */
  #raise(lane: string, reason: string): () => void {
    const { metrics } = this.#parts
    const key = `${lane} ${reason}`
    const count = (more: 1 | -1): number => (this.#waiting.get(key) ?? 0) + more
    this.#waiting.set(key, count(1))
    metrics.set('lane_halted', { lane, reason }, 1)
    return () => {
      const left = count(-1)
      this.#waiting.set(key, left)
      if (left > 0) return
      this.#waiting.delete(key)
      metrics.remove('lane_halted', { lane, reason })
    }
  }
}

function comesBack(error: unknown): boolean {
  return isKafkaAway(error) || isRedisAway(error)
}
