/** What a publisher has under way with one producer. */
import type { TopicName } from '@payout/schemas/topics'
import type { IdempotentProducer } from './idempotent-producer.ts'

/** Between two questions where partitions are, in milliseconds. */
const LEARN_AGAIN_MS = 300

export class ProducerUse {
  readonly producer: IdempotentProducer
  /** Leaders that owe an answer. */
  readonly asked = new Set<string>()
  /** How many batches have a sequence number of this producer, and are neither stored nor given up. */
  batches = 0
  #learning: Promise<void> | undefined
  #learnNotBefore = 0

  constructor(producer: IdempotentProducer) {
    this.producer = producer
  }

  get isLearning(): boolean {
    return this.#learning !== undefined
  }

  /**
   * Asks where the partitions of the topic are, unless that is being asked.
   * @param then called when it is known, or could not be learnt
   * @returns when it will be asked, where it is too early to ask again
   */
  learn(topic: TopicName, then: () => void): number | undefined {
    if (this.#learning !== undefined) return undefined
    if (Date.now() < this.#learnNotBefore) return this.#learnNotBefore
    this.#learning = this.producer
      .learn(topic)
      // What could not be learnt is asked again; who waits for it hears of it by the time limit.
      .catch(() => undefined)
      .finally(() => {
        this.#learning = undefined
        this.#learnNotBefore = Date.now() + LEARN_AGAIN_MS
        then()
      })
    return undefined
  }
}
