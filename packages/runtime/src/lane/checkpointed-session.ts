import type { TopicName } from '@payout/schemas/topics'
import type { LaneHandler, LaneSession, Offsets, OutgoingRecord } from '../event-log/port.ts'
import { WrappedSession } from '../event-log/wrapped-session.ts'
import type { Memory, PartitionFloor } from '../redis/port.ts'
import { LaggingFloors } from './lagging-floors.ts'
import { checkOffsets } from './lane-start.ts'

/** Where a lane's checkpoints are kept: its floors, the next offset of each input partition after its last commit, in Redis. */
export interface Checkpoints {
  readonly memory: Pick<Memory, 'floors'>
  /** The consumer group without its namespace. */
  readonly group: string
  /** Topics of the lane without committed offsets: they are read from their beginning in each session. */
  readonly replayed?: readonly TopicName[] | undefined
  /**
   * `awaited`, the default: a commit is over when its floors stand in Redis. `lagging`: a commit waits for no floor, so that what has to be
   * written down can be while Redis is away; what lagged when the lane was handed on is raised before the next handler begins.
   */
  readonly floors?: 'awaited' | 'lagging' | undefined
}

/** What a service does with a lane. Returning ends the session gracefully; throwing ends it and a new one begins after a back-off. */
export type CheckpointedHandler = (session: CheckpointedSession) => Promise<void>

/**
 * The port's handler out of a service's. It throws before the service's begins where the lane has to stop (S2.5).
 * @throws OffsetsBehindError, RedisUnavailableError, RedisNotTrustedError, and what the service's handler throws.
 */
export function withCheckpoints(handler: CheckpointedHandler, checkpoints: Checkpoints): LaneHandler {
  return (session) => CheckpointedSession.run(session, handler, checkpoints)
}

/**
 * A lane's session as a service's handler gets it: its committed offsets were compared with the floors (S2.5), and a commit raises the
 * floors of the offsets that it names (S2.4). There is no other way to make one than `withCheckpoints`.
 */
export class CheckpointedSession extends WrappedSession {
  readonly #checkpoints: Checkpoints
  readonly #lagging: LaggingFloors | undefined

  private constructor(session: LaneSession, checkpoints: Checkpoints) {
    super(session)
    this.#checkpoints = checkpoints
    const { memory, group, floors = 'awaited' } = checkpoints
    this.#lagging = floors === 'lagging' ? new LaggingFloors(memory.floors, group) : undefined
  }

  /** One session from its opening to its end, as `withCheckpoints` says. */
  static async run(session: LaneSession, handler: CheckpointedHandler, checkpoints: Checkpoints): Promise<void> {
    const { memory, group, replayed = [] } = checkpoints
    const inputs = session.topics.filter((topic) => !replayed.includes(topic))
    await checkOffsets(session, memory, group, inputs)
    const checkpointed = new CheckpointedSession(session, checkpoints)
    await checkpointed.#takeOver(inputs)
    try {
      await handler(checkpointed)
    } finally {
      await checkpointed.#lagging?.settled()
    }
  }

  /**
   * One transaction, as the port has it, and then the floors of its offsets: only upwards, and none where the transaction fails.
   * @throws what the port's commit throws. Where floors are awaited, RedisUnavailableError and RedisNotTrustedError, too: then the transaction is
   *   committed and its floors may not stand. Where they lag, what raising earlier ones threw, but for these two.
   */
  override async commit(records: readonly OutgoingRecord[], offsets: Offsets): Promise<void> {
    await super.commit(records, offsets)
    const floors = this.#floorsOf(offsets)
    if (floors.length === 0) return
    if (this.#lagging) this.#lagging.raise(floors)
    else await this.#checkpoints.memory.floors.raise(this.#checkpoints.group, floors)
  }

  /**
   * For a handler that asks Redis for nothing before it commits: nothing may be signed or sent on a Redis that is away or not trusted (S7.1).
   * @throws RedisUnavailableError, RedisNotTrustedError
   */
  async requireTrust(): Promise<void> {
    const [topic] = this.topics
    if (topic === undefined) throw new RangeError('a lane has a topic')
    // Which floor does not matter, nor what it is: each script is refused where Redis is not trusted (S7.2).
    await this.#checkpoints.memory.floors.get(this.#checkpoints.group, topic, this.partition)
  }

  /** The floors may lag behind the last commit of whoever had the lane before. */
  async #takeOver(inputs: readonly TopicName[]): Promise<void> {
    if (!this.#lagging) return
    this.#lagging.raise(this.#floorsOf(Object.fromEntries(inputs.map((topic) => [topic, this.committed(topic)]))))
    await this.#lagging.settled()
  }

  #floorsOf(offsets: Partial<Record<TopicName, number | undefined>>): PartitionFloor[] {
    // By the machine's own clock, as the time stamps of records are, which a rebuild compares it with.
    const committedAt = Date.now()
    return this.topics.flatMap((topic) => {
      const next = offsets[topic]
      return next === undefined ? [] : [{ topic, partition: this.partition, next, committedAt }]
    })
  }
}
