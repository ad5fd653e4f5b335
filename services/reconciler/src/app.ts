import type { EventLog, TaskConsumer } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import { DomainEventWriter } from '@payout/runtime/record/domain-event'
import type { StateStore } from '@payout/runtime/redis/port'
import type { Clock } from '@payout/runtime/service/clock'
import { startTasks, type TaskParts } from '@payout/runtime/task/start-tasks'
import { Codec } from '@payout/schemas/codec'
import type { ReconcilerMetrics } from './metrics.ts'
import { GROUP, RECONCILER_LANES, reconcile } from './reconciler.ts'
import type { ReconcilerParts, ReconcilerSettings } from './reconciler-parts.ts'

export interface ReconcilerOptions {
  readonly log: EventLog
  readonly stateStore: Pick<StateStore, 'claims' | 'checkpoints' | 'states' | 'timers' | 'rebuild'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: ReconcilerMetrics
  readonly partners: ReconcilerParts['partners']
  readonly settings: ReconcilerSettings
  /** How values are framed; single-object encoding where it is not given. */
  readonly codec?: Codec
  /** Who looks at the topics; without it nobody does. */
  readonly topics?: TaskParts['topics']
}

/** Builds the reconciler out of its parts and lets it work, lane by lane. */
export function startReconciler(options: ReconcilerOptions): Promise<TaskConsumer> {
  const { log, stateStore, clock, logger, metrics, partners, settings, codec = new Codec() } = options
  const source = `/${log.namespace}/${GROUP}`
  const events = new DomainEventWriter(log, codec, source)
  const parts: ReconcilerParts = { stateStore, codec, clock, logger, metrics, events, source, partners, settings }
  return startTasks({ log, stateStore, logger, metrics, topics: options.topics }, RECONCILER_LANES, (session) =>
    reconcile(session, parts),
  )
}
