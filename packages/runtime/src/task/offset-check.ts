import { PipelineError } from '@payout/schemas/error'
import type { TopicName } from '@payout/schemas/topics'
import type { TaskSession } from '../event-log/port.ts'
import type { StateStore } from '../redis/port.ts'

/**
 * The committed offset of an input partition is gone, lies below what is known to be processed, or points at records
 * that are deleted already: going on would repeat or skip work. The task waits until a person has put the offset
 * right.
 */
export class OffsetsBehindError extends PipelineError {
  constructor(message: string) {
    super('TASK_OFFSETS_BEHIND', message)
  }
}

/**
 * Compares the committed offsets of a session with the checkpoints in Redis (S2.5). `CheckpointedSession` calls it
 * before any handler begins.
 * @param topics the input topics, without those that are replayed.
 * @throws OffsetsBehindError when the task has to stop; RedisUnavailableError, RedisNotTrustedError as every use of
 *   Redis.
 */
export async function checkOffsets(
  session: TaskSession,
  stateStore: Pick<StateStore, 'checkpoints'>,
  group: string,
  topics: readonly TopicName[],
): Promise<void> {
  for (const topic of topics) {
    const committed = session.committed(topic)
    const checkpoint = await stateStore.checkpoints.get(group, topic, session.partition)
    const place = `${topic}, partition ${session.partition}, of group ${group}`
    const wayOut = (offset: number) =>
      `Stop every ${group}, set the offset with Kafka's own tool (kafka-consumer-groups --reset-offsets --to-offset ${offset}), and start it again; ` +
      `where the topic was made anew on purpose, see "A topic was made anew" in docs/operations.md.`
    if (committed === undefined) {
      if (checkpoint)
        throw new OffsetsBehindError(
          `No committed offset in ${place}, though records below ${checkpoint.next} are processed. ${wayOut(checkpoint.next)}`,
        )
      continue
    }
    if (checkpoint && committed < checkpoint.next) {
      throw new OffsetsBehindError(
        `The committed offset ${committed} in ${place} lies below the checkpoint ${checkpoint.next}. ${wayOut(checkpoint.next)}`,
      )
    }
    if (committed < session.beginning(topic)) {
      throw new OffsetsBehindError(
        `The committed offset ${committed} in ${place} is gone: the topic begins at ${session.beginning(topic)}, so records were deleted before they were read. ` +
          `Find out what they held, then: ${wayOut(session.beginning(topic))}`,
      )
    }
  }
}
