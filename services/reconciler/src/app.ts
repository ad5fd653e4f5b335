import type { EventLog, TaskConsumer } from '@payout/runtime/event-log/port'
import { DomainEventWriter } from '@payout/runtime/record/domain-event'
import type { StateStore } from '@payout/runtime/redis/port'
import { type StartTasksDependencies, startTasks } from '@payout/runtime/task/start-tasks'
import { Codec } from '@payout/schemas/codec'
import { KeptBatches } from './known-batches/kept-batches.ts'
import { reconcile } from './reconciler.ts'
import type { ReconcilerDependencies } from './reconciler-dependencies.ts'
import { GROUP, RECONCILER_TASKS } from './topology.ts'

/** What the reconciler is started with. */
export interface AppDependencies
  extends Pick<ReconcilerDependencies, 'clock' | 'logger' | 'metrics' | 'partners' | 'settings'> {
  readonly log: EventLog
  readonly stateStore: Pick<StateStore, 'claims' | 'checkpoints' | 'states' | 'timers' | 'rebuild'>
  /** How values are framed; single-object encoding where it is not given. */
  readonly codec?: Codec
  /** Who looks at the topics; without it nobody does. */
  readonly topics?: StartTasksDependencies['topics']
}

/** Builds the reconciler out of its dependencies and lets it work, lane by lane. */
export function startReconciler({
  log,
  stateStore,
  topics,
  codec = new Codec(),
  ...given
}: AppDependencies): Promise<TaskConsumer> {
  const { logger, metrics } = given
  const source = `/${log.namespace}/${GROUP}`
  const events = new DomainEventWriter(log, codec, source)
  const kept = new KeptBatches(given.settings.keptPayouts)
  const dependencies: ReconcilerDependencies = { ...given, stateStore, kept, codec, events, source }
  return startTasks({ log, stateStore, logger, metrics, topics }, RECONCILER_TASKS, (session) =>
    reconcile(session, dependencies),
  )
}
