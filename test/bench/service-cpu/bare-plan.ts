/** What the bare loop is told to do. */
import type { TopicName } from '@payout/schemas/topics'

/** Input records of one portion, and what has to become of them. */
export interface BarePortion {
  readonly inputs: number
  readonly transactions: number
  /** Where the records stand that are written again: of each partition `from` this offset and before `to`. */
  readonly outputs: readonly {
    readonly topic: TopicName
    readonly partition: number
    readonly from: number
    readonly to: number
  }[]
}

export interface BarePlan {
  readonly brokers: readonly string[]
  /** Where it reads and writes. */
  readonly namespace: string
  /** The service's group: its committed offsets tell how far the loop has come. */
  readonly group: string
  readonly topics: readonly TopicName[]
  /** Whether kafkajs has the project's corrections, or is what npm gives. */
  readonly hasCorrections: boolean
  /** A file with the outputs of each portion, as `v8.serialize` writes them. */
  readonly outputsFile: string
  readonly portions: readonly BarePortion[]
  /** Redis, where each transaction begins with a script that takes the keys of its records; else none does. */
  readonly redisUrl?: string
}
