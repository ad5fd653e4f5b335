import type { EventLog, TaskConsumer, TaskConsumerOptions } from '../event-log/port.ts'
import type { Logger } from '../observability/logging.ts'
import { untilTrusted } from '../redis/connection/until-trusted.ts'
import type { StateStore } from '../redis/port.ts'
import type { Switches } from '../switches/switches.ts'
import { type CheckpointedHandler, type CheckpointOptions, withCheckpoints } from './checkpointed-session.ts'
import { TaskAlarm, type TaskAlarmDependencies } from './task-alarm.ts'
import { WatchedTasks, type WatchedTasksDependencies } from './watched-tasks.ts'

/** What every service with tasks hands over. */
export interface StartTasksDependencies extends TaskAlarmDependencies {
  readonly log: Pick<EventLog, 'consume'>
  readonly stateStore: Pick<StateStore, 'checkpoints' | 'rebuild'>
  /** Of a service that obeys them: no task begins until it is known how they stand. */
  readonly switches?: Pick<Switches, 'untilKnown'>
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Who looks at the topics; without it nobody does. */
  readonly topics?: WatchedTasksDependencies['topics'] | undefined
}

/** Which tasks a service has, and how its checkpoints are raised. */
export type ServiceTasks = Omit<TaskConsumerOptions, 'ready' | 'onHalt' | 'handler'> &
  Pick<CheckpointOptions, 'checkpoints'>

/**
 * Lets a service work on its tasks. The only way from a service to `EventLog.consume`: no task begins until Redis can
 * be relied on, its handler gets a session with checkpoints (S2.4, S2.5), and what stops it or one of its partitions
 * for long raises the alarm. None goes on while the topics are not as they must be.
 * @throws TopicMissingError and the like, as `EventLog.consume` does, where nobody looks at the topics.
 */
export function startTasks(
  { log, stateStore, switches, logger, metrics, topics: watch }: StartTasksDependencies,
  { checkpoints, ...tasks }: ServiceTasks,
  handler: CheckpointedHandler,
): Promise<TaskConsumer> {
  const { group, replayed } = tasks
  const alarm = new TaskAlarm({ logger, metrics })
  const trusted = untilTrusted(stateStore.rebuild, logger)
  const options = {
    ...tasks,
    ready: async (signal: AbortSignal) => {
      await switches?.untilKnown(signal)
      await trusted(signal)
    },
    onHalt: alarm.onHalt,
    handler: alarm.guard(withCheckpoints(handler, { stateStore, group, replayed, checkpoints })),
  }
  const consume = () => log.consume(options)
  return watch === undefined ? consume() : WatchedTasks.start({ consume, topics: watch, logger })
}
