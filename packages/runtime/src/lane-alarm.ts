import { isKafkaAway, LaneEndedError } from './event-log/errors.ts'
import type { LaneConsumerOptions, LaneHandler } from './event-log/port.ts'
import type { Logger } from './logging.ts'
import type { Metrics, MetricTable } from './metrics.ts'
import { isRedisAway } from './redis/errors.ts'

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
 * The same handler, with an alarm: an error log and the gauge `lane_halted` for whatever ends a session and does not come back by itself, such as
 * offsets that are gone (S2.5) or a record of `gateway.*` that can't be read. What comes back by itself raises none: a session that ended, Redis or
 * Kafka away. The alarm ends when a session ends well, when one has worked for a minute, or when no session has begun for a minute.
 */
export function withLaneAlarm(handler: LaneHandler, { logger, metrics }: LaneAlarmParts): LaneHandler {
  const raised = new Map<string, { readonly reason: string; readonly quiet: NodeJS.Timeout }>()
  const lower = (lane: string): void => {
    const alarm = raised.get(lane)
    if (alarm === undefined) return
    clearTimeout(alarm.quiet)
    raised.delete(lane)
    metrics.remove('lane_halted', { lane, reason: alarm.reason })
  }
  const raise = (lane: string, reason: string): void => {
    lower(lane)
    raised.set(lane, { reason, quiet: setTimeout(lower, QUIET_MS, lane).unref() })
    metrics.set('lane_halted', { lane, reason }, 1)
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
        logger.error({ lane, reason, err: error }, 'a lane waits: somebody has to look at it')
      }
      throw error
    }
  }
}

/**
 * The same alarm for a partition that stands still while its lane's other topics go on: it ends when the last such partition of the lane goes on.
 */
export function haltAlarm({ logger, metrics }: LaneAlarmParts): NonNullable<LaneConsumerOptions['onHalt']> {
  const halts = new Map<string, number>()
  return (lane, error) => {
    const reason = error.code
    halts.set(lane, (halts.get(lane) ?? 0) + 1)
    metrics.set('lane_halted', { lane, reason }, 1)
    logger.error({ lane, reason, err: error }, 'a partition waits: somebody has to look at it')
    return () => {
      const left = (halts.get(lane) ?? 1) - 1
      halts.set(lane, left)
      if (left > 0) return
      halts.delete(lane)
      metrics.remove('lane_halted', { lane, reason })
    }
  }
}

function comesBack(error: unknown): boolean {
  return isKafkaAway(error) || isRedisAway(error)
}
