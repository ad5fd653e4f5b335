import type { TopicName } from '@payout/schemas/topics'
import type { LogRecord, TaskSession } from '../event-log/port.ts'

/**
 * Hands over the task's part of a changelog, a replayed topic, up to its end as of now. That is after the session's
 * initialisation: what an earlier owner committed is in it, and nothing more can come from there. Ends early where the
 * process is stopping.
 */
export async function replay(session: TaskSession, topic: TopicName, take: (record: LogRecord) => void): Promise<void> {
  const end = await session.end(topic)
  while (session.position(topic) < end && !session.stopping) {
    const fetched = await session.poll({ topics: [topic], maxRecords: 1_000, timeoutMs: 1_000 })
    for (const { records } of fetched) for (const record of records) take(record)
  }
}
