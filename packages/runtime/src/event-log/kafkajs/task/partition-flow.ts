/** Which partitions of a consumer are fetched and which stand still. */
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import type { Consumer } from 'kafkajs'
import type { Task } from './task.ts'

export class PartitionFlow {
  readonly #consumer: Consumer
  readonly #namespace: string
  /** What is fetched at this moment; everything else is paused. */
  readonly #fetching = new Set<string>()

  constructor(consumer: Consumer, namespace: string) {
    this.#consumer = consumer
    this.#namespace = namespace
  }

  /**
   * Pauses all that a join has given. A pause outlives joins, so afterwards each partition is resumed explicitly or
   * not at all.
   */
  reset(assignment: readonly { topic: string; partitions: number[] }[]): void {
    this.#consumer.pause([...assignment])
    this.#fetching.clear()
  }

  isFetching(topic: TopicName, partition: number): boolean {
    return this.#fetching.has(key(topic, partition))
  }

  /**
   * Fetches what the task wants and pauses what it doesn't. What is resumed is always sought first, so that kafkajs's
   * own position, which is not to be trusted after a join, never counts. Only while the consumer is in its group.
   */
  adjust({ topics, partition, session }: Task): void {
    for (const topic of topics) {
      const isWanted = session?.wants(topic) ?? false
      if (isWanted === this.isFetching(topic, partition)) continue
      const name = qualifiedTopic(this.#namespace, topic)
      if (isWanted && session !== undefined) {
        this.#fetching.add(key(topic, partition))
        this.#consumer.seek({ topic: name, partition, offset: String(session.next(topic)) })
        this.#consumer.resume([{ topic: name, partitions: [partition] }])
      } else {
        this.#fetching.delete(key(topic, partition))
        this.#consumer.pause([{ topic: name, partitions: [partition] }])
      }
    }
  }
}

function key(topic: TopicName, partition: number): string {
  return `${topic} ${partition}`
}
