import { readReturnFile } from '@payout/mapi/return-file/read-return-file'
import type { Clock } from '@payout/runtime/clock'
import type { EventLog, TaskConsumer } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import type { StateStore } from '@payout/runtime/redis/port'
import type { Switches, SwitchView } from '@payout/runtime/switches/switches'
import { type StartTasksDependencies, startTasks } from '@payout/runtime/task/start-tasks'
import { Codec } from '@payout/schemas/codec'
import { Egress, type EgressDependencies, type EgressSettings } from './egress.ts'
import type { Gateway } from './gateway/gateway.ts'
import type { EgressMetrics } from './metrics.ts'
import { type BreakerSettings, PartnerBreakers } from './permit/partner-breakers.ts'
import { PartnerStops } from './permit/partner-stops.ts'
import { Slots } from './permit/slots.ts'
import type { EvidenceStore } from './return-file/evidence-folder.ts'
import { EGRESS_TASKS } from './topology.ts'

export interface EgressAppDependencies {
  readonly log: EventLog
  readonly stateStore: Pick<StateStore, 'claims' | 'checkpoints' | 'rebuild'>
  /** Which partners are stopped; whoever made them closes them when the service has stopped. */
  readonly switches: SwitchView & Pick<Switches, 'untilKnown'>
  /** A partner of the partners file, by alias: how many calls it may have under way. */
  readonly partner: (alias: string) => { readonly maxConcurrency: number } | undefined
  readonly gateway: Gateway
  readonly evidence: EvidenceStore
  /** The number of lanes. */
  readonly lanes: number
  readonly clock: Clock
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  readonly metrics: EgressMetrics
  readonly settings: EgressSettings & { readonly breaker: BreakerSettings }
  readonly codec?: Codec
  /** Who looks at the topics; without it nobody does. */
  readonly topics?: StartTasksDependencies['topics']
  /** From 0 to 1. */
  readonly random?: () => number
}

/** Builds the service; it takes lanes from then on. `stop` of what it gives ends it gracefully. */
export function startEgress(app: EgressAppDependencies): Promise<TaskConsumer> {
  const { log, stateStore, switches, gateway, evidence, lanes, clock, logger, metrics, settings } = app
  const dependencies: EgressDependencies = {
    namespace: log.namespace,
    codec: app.codec ?? new Codec(),
    stateStore,
    gateway,
    evidence,
    readFile: readReturnFile,
    lanes,
    knowsPartner: (alias) => app.partner(alias) !== undefined,
    partnerSlots: new Slots((alias) => app.partner(alias)?.maxConcurrency ?? 0),
    fileSlots: new Slots(() => 1),
    breakers: new PartnerBreakers(settings.breaker, (partner, state) => {
      metrics.set('egress_breaker', { partner }, { closed: 0, 'half-open': 1, open: 2 }[state])
      logger.warn({ partner, state }, "the partner's circuit breaker has changed")
    }),
    stops: new PartnerStops(switches, clock),
    clock,
    logger,
    metrics,
    settings,
    random: app.random ?? Math.random,
  }
  return startTasks({ log, stateStore, switches, logger, metrics, topics: app.topics }, EGRESS_TASKS, (session) =>
    Egress.run(dependencies, session),
  )
}
