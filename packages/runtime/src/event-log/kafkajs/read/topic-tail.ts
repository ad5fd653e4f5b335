/** Follows a small topic by asking how far it is written, without a group. */
import type { TopicName } from '@payout/schemas/topics'
import { OffsetOutOfRangeError } from '../../errors.ts'
import type { LogRecord, Tail } from '../../port.ts'
import type { KafkaAdmin } from '../admin/admin.ts'
import { PartitionReading, type ReadingSource } from './decided-records.ts'

export type TailSource = ReadingSource & { readonly admin: Pick<KafkaAdmin, 'fetch' | 'offsets' | 'written'> }

export class TopicTail implements Tail {
  readonly #source: TailSource
  readonly #topic: TopicName
  readonly #readings = new Map<number, PartitionReading>()
  /** What was read and not given yet: a reading failed behind it. */
  #read: LogRecord[] = []
  #last: Promise<unknown> = Promise.resolve()
  /**
   * The topic was made anew. When it has grown past the reading again, what stands before would be missed, so this
   * never ends.
   */
  #outOfRange: OffsetOutOfRangeError | undefined

  constructor(source: TailSource, topic: TopicName) {
    this.#source = source
    this.#topic = topic
  }

  next({ signal }: { readonly signal?: AbortSignal } = {}): Promise<readonly LogRecord[]> {
    const next = this.#last.then(() => this.#next(signal))
    this.#last = next.catch(() => undefined)
    return next
  }

  async #next(signal: AbortSignal | undefined): Promise<readonly LogRecord[]> {
    signal?.throwIfAborted()
    if (this.#outOfRange) throw this.#outOfRange
    const ends = await this.#source.admin.written(this.#topic)
    const isWhole = ends.every((end, partition) => this.#readings.get(partition)?.next === end)
    if (!isWhole) await this.#readOn(ends, signal)
    const read = this.#read
    this.#read = []
    return read
  }

  async #readOn(ends: readonly number[], signal: AbortSignal | undefined): Promise<void> {
    const ranges = await this.#source.admin.offsets(this.#topic)
    for (const [partition, end] of ends.entries()) {
      const beginning = ranges[partition]?.beginning ?? 0
      const reading = this.#readingOf(partition, beginning)
      if (reading.next > end) {
        this.#outOfRange = new OffsetOutOfRangeError(this.#topic, partition, reading.next, { beginning, end })
        throw this.#outOfRange
      }
      for await (const record of reading.to(end, signal)) this.#read.push(record)
    }
  }

  /** The partition's reading, or a new one where what it would read next is deleted, and where the partition is new. */
  #readingOf(partition: number, beginning: number): PartitionReading {
    const known = this.#readings.get(partition)
    if (known !== undefined && known.next >= beginning) return known
    const reading = new PartitionReading(this.#source, { topic: this.#topic, partition, from: beginning })
    this.#readings.set(partition, reading)
    return reading
  }
}
