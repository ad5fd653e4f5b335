import type { EventLog, LaneConsumer, LaneConsumerOptions } from '../event-log/port.ts'
import type { Logger } from '../observability/logging.ts'
import { untilTrusted } from '../redis/connection/until-trusted.ts'
import type { StateStore } from '../redis/port.ts'
import type { Switches } from '../switches/switches.ts'
import { type CheckpointedHandler, type CheckpointOptions, withCheckpoints } from './checkpointed-session.ts'
import { LaneAlarm, type LaneAlarmParts } from './lane-alarm.ts'
import { WatchedLanes, type WatchedLanesParts } from './watched-lanes.ts'

/** What every service with lanes hands over. */
export interface LaneParts extends LaneAlarmParts {
  readonly log: Pick<EventLog, 'consume'>
  readonly stateStore: Pick<StateStore, 'checkpoints' | 'rebuild'>
  /** Where the service goes by them: no lane begins until it is known how they stand. */
  readonly switches?: Pick<Switches, 'untilKnown'>
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Who looks at the topics; without it nobody does. */
  readonly topics?: WatchedLanesParts['topics'] | undefined
}

/** Which lanes a service has, and how its checkpoints are raised. */
export type ServiceLanes = Omit<LaneConsumerOptions, 'ready' | 'onHalt' | 'handler'> &
  Pick<CheckpointOptions, 'checkpoints'>

/**
 * Lets a service work on its lanes. The only way from a service to `EventLog.consume`: no lane begins until Redis can be relied on, its handler
 * gets a session with checkpoints (S2.4, S2.5), and what stops it or one of its partitions for long raises the alarm. None goes on while the
 * topics are not as they must be.
 * @throws TopicMissingError and the like, as `EventLog.consume` does, where nobody looks at the topics.
 */
export function startLanes(
  { log, stateStore, switches, logger, metrics, topics: watch }: LaneParts,
  { checkpoints, ...lanes }: ServiceLanes,
  handler: CheckpointedHandler,
): Promise<LaneConsumer> {
  const { group, replayed } = lanes
  const alarm = new LaneAlarm({ logger, metrics })
  const trusted = untilTrusted(stateStore.rebuild, logger)
  const options = {
    ...lanes,
    ready: async (signal: AbortSignal) => {
      await switches?.untilKnown(signal)
      await trusted(signal)
    },
    onHalt: alarm.onHalt,
    handler: alarm.guard(withCheckpoints(handler, { stateStore, group, replayed, checkpoints })),
  }
  const consume = () => log.consume(options)
  return watch === undefined ? consume() : WatchedLanes.start({ consume, topics: watch, logger })
}
