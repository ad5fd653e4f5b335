/** A position that a partition doesn't hold changes no committed offset. */

interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** The part of kafkajs' OffsetManager that matters here. */
export interface OffsetManager {
  readonly cluster: {
    fetchTopicsOffset(
      topics: readonly { topic: string; partitions: readonly { partition: number }[]; fromBeginning: boolean }[],
    ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
  }
  setDefaultOffset(place: TopicPartition): Promise<void>
  seek(place: TopicPartition & { offset: string }): Promise<void>
}

/**
 * At a position that the partition doesn't hold, kafkajs commits "the beginning" for the whole group, outside any
 * transaction, and so wipes out the committed offset. Now it only reads on at the beginning; the task sees the leap
 * and begins anew.
 */
export function commitNothingOutOfRange(prototype: OffsetManager): void {
  prototype.setDefaultOffset = async function (this: OffsetManager, { topic, partition }) {
    const found = await this.cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }])
    const offset = found[0]?.partitions[0]?.offset
    if (offset !== undefined) await this.seek({ topic, partition, offset })
  }
}
