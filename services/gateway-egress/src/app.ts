import type { Clock } from '@payout/runtime/clock'
import { LaneEndedError } from '@payout/runtime/event-log/errors'
import type { EventLog, LaneConsumer, LaneSession } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/logging'
import type { Memory } from '@payout/runtime/redis/port'
import { Codec } from '@payout/schemas/codec'
import { ATTEMPTS } from './attempt-log.ts'
import { Egress } from './egress.ts'
import type { EgressParts, EgressSettings } from './egress-parts.ts'
import type { Gateway } from './gateway.ts'
import type { EgressMetrics } from './metrics.ts'
import { type BreakerSettings, PartnerBreakers } from './partner-breakers.ts'
import { PartnerLimits } from './partner-limits.ts'
import { isRedisAway } from './redis-away.ts'
import { GROUP, REQUESTS } from './topology.ts'

export interface EgressAppParts {
  readonly log: EventLog
  readonly memory: Pick<Memory, 'claims' | 'floors' | 'partnerStops'>
  /** A partner of the partners file, by alias: how many calls it may have under way. */
  readonly partner: (alias: string) => { readonly maxConcurrency: number } | undefined
  readonly gateway: Gateway
  readonly clock: Clock
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  readonly metrics: EgressMetrics
  readonly settings: EgressSettings & { readonly breaker: BreakerSettings }
  readonly codec?: Codec
  /** From 0 to 1. */
  readonly random?: () => number
}

/** Builds the service out of its parts; it takes lanes from then on. `stop` of what it gives ends it gracefully. */
export function startEgress(app: EgressAppParts): Promise<LaneConsumer> {
  const { log, memory, gateway, clock, logger, metrics, settings } = app
  const parts: EgressParts = {
    namespace: log.namespace,
    codec: app.codec ?? new Codec(),
    memory,
    gateway,
    knowsPartner: (alias) => app.partner(alias) !== undefined,
    limits: new PartnerLimits((alias) => app.partner(alias)?.maxConcurrency ?? 0),
    breakers: new PartnerBreakers(settings.breaker, (partner, state) => {
      metrics.set('egress_breaker', { partner }, { closed: 0, 'half-open': 1, open: 2 }[state])
      logger.warn({ partner, state }, "the partner's circuit breaker has changed")
    }),
    clock,
    logger,
    metrics,
    settings,
    random: app.random ?? Math.random,
  }
  const halted = new Map<string, string>()
  return log.consume({
    group: GROUP,
    lanes: 'lane',
    topics: [REQUESTS, ATTEMPTS],
    replayed: [ATTEMPTS],
    handler: (session) => watched(parts, session, halted),
  })
}

/** A lane that has worked for so long does not wait for anybody any more. */
const CALM_MS = 30_000

/** Tells of what a person has to look at: a lane that ends with the same error again and again stands still. */
async function watched(parts: EgressParts, session: LaneSession, halted: Map<string, string>): Promise<void> {
  const { metrics, logger } = parts
  const lane = session.name
  const clear = (): void => {
    const reason = halted.get(lane)
    if (halted.delete(lane) && reason !== undefined) metrics.remove('lane_halted', { lane, reason })
  }
  const calm = setTimeout(clear, CALM_MS).unref()
  try {
    await Egress.run(parts, session)
    clear()
  } catch (error) {
    if (error instanceof LaneEndedError) clear()
    if (error instanceof LaneEndedError || isRedisAway(error)) throw error
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'UNEXPECTED'
    clear()
    halted.set(lane, reason)
    metrics.set('lane_halted', { lane, reason }, 1)
    logger.error({ lane, reason, err: error }, 'a lane waits: somebody has to look at it')
    throw error
  } finally {
    clearTimeout(calm)
  }
}
