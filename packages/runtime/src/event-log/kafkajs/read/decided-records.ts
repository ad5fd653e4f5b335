/** Reads what is committed, also where it lies beyond the last stable offset. */
import type { TopicName } from '@payout/schemas/topics'
import { BatchUndecodableError } from '../../errors.ts'
import type { LogRecord, ReadOptions } from '../../port.ts'
import type { SteppedOver } from '../../stepped-over.ts'
import type { KafkaAdmin } from '../admin/admin.ts'
import { toLogRecord } from '../log-record.ts'
import { ABORT } from '../patches/aborted-records-read.ts'
import type { FetchedMessage } from '../record-batch/record-set.ts'
import { Reader, type ReaderDependencies } from './reader.ts'

/** Key of the control record that ends a committed transaction: version 0, type 1. */
const COMMIT = Buffer.from([0, 0, 0, 1])

/**
 * Tells records that are committed from others by the markers behind them: a producer has one transaction at a time.
 */
export class DecidedRecords {
  /** Records whose marker has not come yet, by their producer. */
  readonly #undecided = new Map<string, FetchedMessage[]>()

  /** Takes what comes next in the partition, without a gap; gives the records that are committed by it. */
  take(messages: readonly FetchedMessage[]): FetchedMessage[] {
    return messages.flatMap((message) => {
      const { producerId, inTransaction } = message.batchContext
      if (!inTransaction) return message.isControlRecord ? [] : [message]
      const held = this.#undecided.get(producerId) ?? []
      if (!message.isControlRecord) {
        held.push(message)
        this.#undecided.set(producerId, held)
        return []
      }
      const isCommitted = message.key?.equals(COMMIT)
      if (isCommitted || message.key?.equals(ABORT)) this.#undecided.delete(producerId)
      return isCommitted ? held : []
    })
  }
}

/** See `EventLog.read`, `until: 'decided'`. */
export async function* readDecided(
  dependencies: ReaderDependencies,
  asked: ReadOptions,
): AsyncGenerator<LogRecord, void> {
  const reached = new Map<string, { topic: TopicName; partition: number; from: number }>()
  const onPosition: ReadOptions['onPosition'] = (topic, partition, next) => {
    reached.set(`${topic} ${partition}`, { topic, partition, from: next })
    asked.onPosition?.(topic, partition, next)
  }
  yield* Reader.read(dependencies, { ...asked, until: 'end', onPosition })
  const topics = [...new Set([...reached.values()].map(({ topic }) => topic))]
  const ends = new Map(
    await Promise.all(topics.map(async (topic) => [topic, await dependencies.admin.written(topic)] as const)),
  )
  for (const place of reached.values()) {
    const to = ends.get(place.topic)?.[place.partition] ?? 0
    yield* new PartitionReading(dependencies, place).to(to, asked.signal)
  }
}

/** Whom records are read from, and who says whether a batch of them that can't be decoded was stepped over. */
export interface ReadingSource {
  readonly admin: Pick<KafkaAdmin, 'fetch'>
  readonly steppedOver?: Pick<SteppedOver, 'includes'>
}

/** One partition, read on and on without a group. */
export class PartitionReading {
  readonly #source: ReadingSource
  readonly #topic: TopicName
  readonly #partition: number
  readonly #decided = new DecidedRecords()
  #next: number

  constructor(
    source: ReadingSource,
    at: { readonly topic: TopicName; readonly partition: number; readonly from: number },
  ) {
    this.#source = source
    this.#topic = at.topic
    this.#partition = at.partition
    this.#next = at.from
  }

  /** The offset behind what was read. */
  get next(): number {
    return this.#next
  }

  /**
   * Reads up to `end`, a high watermark: gives the records that are committed by a marker that was read by now. What
   * it fails at the next call reads again.
   * @throws LogUnavailableError; BatchUndecodableError; the signal's reason, when it aborts
   */
  async *to(end: number, signal?: AbortSignal): AsyncGenerator<LogRecord, void> {
    const { admin, steppedOver } = this.#source
    const topic = this.#topic
    const partition = this.#partition
    while (this.#next < end) {
      signal?.throwIfAborted()
      const messages = await admin.fetch(topic, partition, this.#next)
      const inRange = messages.filter(({ offset }) => Number(offset) >= this.#next && Number(offset) < end)
      for (const { undecodable, batchContext } of inRange) {
        if (undecodable === undefined) continue
        const error = new BatchUndecodableError({ topic, partition, ...undecodable })
        // Without a marker nobody knows what became of the records before it.
        if (batchContext.isControlBatch || !(await steppedOver?.includes(error))) throw error
      }
      this.#next = Math.min(end, Number(messages.at(-1)?.offset) + 1)
      const readable = inRange.filter(({ undecodable }) => undecodable === undefined)
      for (const message of this.#decided.take(readable)) yield toLogRecord(topic, partition, message)
    }
  }
}
