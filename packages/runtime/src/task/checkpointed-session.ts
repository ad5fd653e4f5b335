import type { TopicName } from '@payout/schemas/topics'
import type { Offsets, OutgoingRecord, TaskHandler, TaskSession } from '../event-log/port.ts'
import { WrappedSession } from '../event-log/wrapped-session.ts'
import type { PartitionCheckpoint, StateStore } from '../redis/port.ts'
import { LaggingCheckpoints } from './lagging-checkpoints.ts'
import { checkOffsets } from './offset-check.ts'

/**
 * Whose checkpoints a session raises, and where they are kept. A checkpoint is the next offset of an input partition
 * after its last commit.
 */
export interface CheckpointOptions {
  readonly stateStore: Pick<StateStore, 'checkpoints'>
  /** The consumer group without its namespace. */
  readonly group: string
  /** Topics of the task without committed offsets: they are read from their beginning in each session. */
  readonly replayed?: readonly TopicName[] | undefined
  /**
   * `awaited`, the default: a commit is over when its checkpoints stand in Redis. `lagging`: a commit waits for no
   * checkpoint, so that what has to be written down can be while Redis is away; what lagged when the task was handed
   * on is raised before the next handler begins.
   */
  readonly checkpoints?: 'awaited' | 'lagging' | undefined
}

/**
 * What a service does with a task. Returning ends the session gracefully; throwing ends it and a new one begins after
 * a back-off.
 */
export type CheckpointedHandler = (session: CheckpointedSession) => Promise<void>

/**
 * The port's handler out of a service's. It throws before the service's begins where the task has to stop (S2.5).
 * @throws OffsetsBehindError, RedisUnavailableError, RedisNotTrustedError, and what the service's handler throws.
 */
export function withCheckpoints(handler: CheckpointedHandler, options: CheckpointOptions): TaskHandler {
  return (session) => CheckpointedSession.run(session, handler, options)
}

/**
 * A task's session as a service's handler gets it: its committed offsets were compared with the checkpoints (S2.5),
 * and a commit raises the checkpoints of the offsets that it names (S2.4). There is no other way to make one than
 * `withCheckpoints`.
 */
export class CheckpointedSession extends WrappedSession {
  readonly #checkpoints: CheckpointOptions
  readonly #lagging: LaggingCheckpoints | undefined

  private constructor(session: TaskSession, options: CheckpointOptions) {
    super(session)
    this.#checkpoints = options
    const { stateStore, group, checkpoints = 'awaited' } = options
    this.#lagging = checkpoints === 'lagging' ? new LaggingCheckpoints(stateStore.checkpoints, group) : undefined
  }

  /** One session from its opening to its end, as `withCheckpoints` says. */
  static async run(session: TaskSession, handler: CheckpointedHandler, options: CheckpointOptions): Promise<void> {
    const { stateStore, group, replayed = [] } = options
    const inputs = session.topics.filter((topic) => !replayed.includes(topic))
    await checkOffsets(session, stateStore, group, inputs)
    const checkpointed = new CheckpointedSession(session, options)
    await checkpointed.#takeOver(inputs)
    try {
      await handler(checkpointed)
    } finally {
      await checkpointed.#lagging?.settled()
    }
  }

  /**
   * One transaction, as the port has it, and then the checkpoints of its offsets: only upwards, and none where the
   * transaction fails.
   * @throws what the port's commit throws. Where checkpoints are awaited, RedisUnavailableError and
   *   RedisNotTrustedError, too: then the transaction is committed and its checkpoints may not stand. Where they lag,
   *   what raising earlier ones threw, but for these two.
   */
  override async commit(records: readonly OutgoingRecord[], offsets: Offsets): Promise<void> {
    await super.commit(records, offsets)
    const checkpoints = this.#checkpointsOf(offsets)
    if (checkpoints.length === 0) return
    if (this.#lagging) this.#lagging.raise(checkpoints)
    else await this.#checkpoints.stateStore.checkpoints.raise(this.#checkpoints.group, checkpoints)
  }

  /**
   * For a handler that asks Redis for nothing before it commits: nothing may be signed or sent on a Redis that is
   * away or not trusted (S7.1).
   * @throws RedisUnavailableError, RedisNotTrustedError
   */
  async requireTrust(): Promise<void> {
    const [topic] = this.topics
    if (topic === undefined) throw new RangeError('a task has a topic')
    // Which checkpoint does not matter, nor what it is: each script is refused where Redis is not trusted (S7.2).
    await this.#checkpoints.stateStore.checkpoints.get(this.#checkpoints.group, topic, this.partition)
  }

  /** The checkpoints may lag behind the last commit of whoever had the task before. */
  async #takeOver(inputs: readonly TopicName[]): Promise<void> {
    if (!this.#lagging) return
    this.#lagging.raise(this.#checkpointsOf(Object.fromEntries(inputs.map((topic) => [topic, this.committed(topic)]))))
    await this.#lagging.settled()
  }

  #checkpointsOf(offsets: Partial<Record<TopicName, number | undefined>>): PartitionCheckpoint[] {
    // By the machine's own clock, as the time stamps of records are, which a rebuild compares it with.
    const committedAt = Date.now()
    return this.topics.flatMap((topic) => {
      const next = offsets[topic]
      return next === undefined ? [] : [{ topic, partition: this.partition, next, committedAt }]
    })
  }
}
