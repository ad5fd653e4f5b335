import type { EventLog, LogRecord } from '@payout/runtime/event-log/port'
import type { PartitionCheckpoint } from '@payout/runtime/redis/port'
import type { TopicName } from '@payout/schemas/topics'
import { GROUPS, type Progress } from './tail.ts'

/** The record that an output came of, as the output names it. */
type Source = Pick<LogRecord, 'topic' | 'partition' | 'offset' | 'timestamp'>

/**
 * The checkpoints of each group in its input partitions: by committed offsets, and by what outputs say of their causes
 * (S2.5).
 */
export class RebuiltCheckpoints {
  readonly #checkpoints = new Map<string, Progress>()
  /** The last record of each partition that an output came of. */
  readonly #causes = new Map<string, { readonly group: string; readonly source: Source }>()

  constructor(committed: readonly Progress[]) {
    for (const one of committed) this.#raise(one)
  }

  /** The record at these coordinates has a committed output. */
  note(
    group: string,
    { topic, partition, offset, timestamp }: Omit<Source, 'topic'> & { readonly topic: string },
  ): void {
    const source: Source = { topic: topic as TopicName, partition, offset, timestamp }
    if (!GROUPS.some((row) => row.group === group && row.inputs.includes(source.topic))) return
    const key = keyOf(group, source)
    if (offset > (this.#causes.get(key)?.source.offset ?? -1)) this.#causes.set(key, { group, source })
  }

  /**
   * Raises the checkpoints to what outputs say. Of the signer's topics, which a person may make anew, the old one's
   * offsets mean nothing: there the committed offset alone counts. A record that any other topic lacks is lost, and its
   * lane has to stop.
   */
  async raiseToCauses(log: Pick<EventLog, 'offsets' | 'read'>): Promise<void> {
    const above = [...this.#causes].flatMap(([key, cause]) =>
      cause.source.offset < (this.#checkpoints.get(key)?.next ?? 0) ? [] : [cause],
    )
    const there = await stillThere(
      log,
      above.flatMap(({ group, source }) => (group === 'signer' ? [source] : [])),
    )
    for (const { group, source } of above) {
      const { topic, partition, offset } = source
      if (group !== 'signer' || there.has(source)) this.#raise({ group, topic, partition, next: offset + 1 })
    }
  }

  /** Those of a group. */
  of(group: string, committedAt: number): PartitionCheckpoint[] {
    return [...this.#checkpoints.values()]
      .filter((checkpoint) => checkpoint.group === group)
      .map(({ topic, partition, next }) => ({ topic, partition, next, committedAt }))
  }

  #raise(progress: Progress): void {
    const key = keyOf(progress.group, progress)
    if (progress.next > (this.#checkpoints.get(key)?.next ?? -1)) this.#checkpoints.set(key, progress)
  }
}

function keyOf(group: string, { topic, partition }: Pick<Progress, 'topic' | 'partition'>): string {
  return `${group}/${topic}/${partition}`
}

/**
 * Tells which of these records belong to the topics as they are now: those that are there with their time stamp, and
 * those before the beginning of their partition, which retention has deleted. A topic that was made anew ends before
 * such an offset, or has another record there.
 * @param sources at most one of each partition; each is looked up by one reading.
 * @throws LogUnavailableError
 */
async function stillThere(
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
      else toRead.set(partitionOf(source), source)
    }
  }
  if (toRead.size === 0) return there
  const from = [...toRead.values()].map(({ topic, partition, offset }) => ({ topic, partition, at: { offset } }))
  for await (const record of log.read({ from, until: 'end' })) {
    const source = toRead.get(partitionOf(record))
    if (source === undefined) continue
    toRead.delete(partitionOf(record))
    if (record.offset === source.offset && record.timestamp === source.timestamp) there.add(source)
    if (toRead.size === 0) break
  }
  return there
}

function partitionOf({ topic, partition }: Source): string {
  return `${topic}/${partition}`
}
