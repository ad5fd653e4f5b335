import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'

/** The record that an output came of, as the output names it. */
export type Source = Pick<LogRecord, 'topic' | 'partition' | 'offset' | 'timestamp'>

/**
 * Tells which of these records belong to the topics as they are now: those that are there with their time stamp, and those before the beginning of
 * their partition, which retention has deleted. A topic that was made anew ends before such an offset, or has another record there.
 * @param sources at most one of each partition; each is looked up by one reading.
 * @throws LogUnavailableError
 */
export async function stillThere(
  log: Pick<EventLog, 'offsets' | 'read'>,
  sources: readonly Source[],
): Promise<ReadonlySet<Source>> {
  const there = new Set<Source>()
  const toRead = new Map<string, Source>()
  for (const [topic, ofTopic] of Map.groupBy(sources, (source) => source.topic)) {
    const ranges = await log.offsets(topic)
    for (const source of ofTopic) {
      const range = ranges[source.partition]
      if (range === undefined || source.offset >= range.end) continue
      if (source.offset < range.beginning) there.add(source)
      else toRead.set(keyOf(source), source)
    }
  }
  if (toRead.size === 0) return there
  const from = [...toRead.values()].map(({ topic, partition, offset }) => ({ topic, partition, at: { offset } }))
  for await (const record of log.read({ from, until: 'end' })) {
    const source = toRead.get(keyOf(record))
    if (source === undefined) continue
    toRead.delete(keyOf(record))
    if (record.offset === source.offset && record.timestamp === source.timestamp) there.add(source)
    if (toRead.size === 0) break
  }
  return there
}

function keyOf({ topic, partition }: Source): string {
  return `${topic}/${partition}`
}
