/** What waits for one partition, and the batch of it that is on its way. */
import type { TopicName } from '@payout/schemas/topics'
import type { OutgoingRecord } from '../../port.ts'
import { batchCapacity } from '../log-record.ts'
import type { SequencedBatch } from './idempotent-producer.ts'
import type { ProducerUse } from './producer-use.ts'

/** A record that somebody waits for. */
export interface Waiting {
  readonly record: OutgoingRecord
  readonly bytes: number
  /** As `Date.now()`. */
  readonly deadline: number
  readonly resolve: (offset: number) => void
  readonly reject: (error: Error) => void
}

/** A batch that is sent until it is stored, or too late. It keeps its sequence number, and so its producer. */
export interface Batch extends SequencedBatch {
  readonly queue: PartitionQueue
  readonly use: ProducerUse
  readonly items: readonly Waiting[]
  readonly bytes: number
  /** As `performance.now()`. */
  readonly startedAt: number
  /** How often a send failed. After the first time it goes by itself, so that it holds up no other partition. */
  failures: number
  /** Whether its answer is awaited. */
  isSent: boolean
  /** Not sent again before, as `Date.now()`. */
  notBefore: number
}

export class PartitionQueue {
  readonly topic: TopicName
  readonly partition: number
  /** One at a time, so that the records keep their order. */
  underWay: Batch | undefined
  /** What a batch of it was given up with: a later one would have a gap before it. */
  spoilt: ProducerUse | undefined
  #waiting: Waiting[] = []

  constructor(topic: TopicName, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get isEmpty(): boolean {
    return this.underWay === undefined && this.#waiting.length === 0
  }

  /** The first deadline of all; undefined where nobody waits. */
  get deadline(): number | undefined {
    return (this.underWay?.items ?? this.#waiting)[0]?.deadline
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting)
  }

  /** Makes a batch of what waits, as much as fits into one. */
  begin(use: ProducerUse): Batch {
    const { topic, partition } = this
    let bytes = 0
    const count = this.#waiting.findIndex((waiting) => {
      bytes += waiting.bytes
      return bytes > batchCapacity(topic)
    })
    const items = this.#waiting.splice(0, count === -1 ? this.#waiting.length : Math.max(1, count))
    const batch: Batch = {
      queue: this,
      topic,
      partition,
      use,
      items,
      records: items.map(({ record }) => record),
      bytes: items.reduce((sum, item) => sum + item.bytes, 0),
      firstSequence: use.producer.sequence(topic, partition, items.length),
      startedAt: performance.now(),
      failures: 0,
      isSent: false,
      notBefore: 0,
    }
    this.underWay = batch
    use.batches++
    return batch
  }

  /** Takes away whoever has waited until now. */
  takeLate(now: number): Waiting[] {
    const late = this.#waiting.filter(({ deadline }) => deadline <= now)
    if (late.length > 0) this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now)
    return late
  }
}
