import type { TopicName } from '@payout/schemas/topics'
import { isRedisAway } from '../redis/errors.ts'
import type { Checkpoints, PartitionCheckpoint } from '../redis/port.ts'

/**
 * Raises the checkpoints of one task, one call to Redis at a time, and nothing waits for it: a checkpoint that lags
 * only makes more to be looked at again after a loss. What Redis did not take is raised with the next commit, or by
 * the task's next owner.
 */
export class LaggingCheckpoints {
  readonly #checkpoints: Pick<Checkpoints, 'raise'>
  readonly #group: string
  /** The latest of each topic that does not stand in Redis yet. */
  readonly #wanted = new Map<TopicName, PartitionCheckpoint>()
  #isRaising = false
  #lastRun: Promise<void> = Promise.resolve()
  #fault: { readonly error: unknown } | undefined

  constructor(checkpoints: Pick<Checkpoints, 'raise'>, group: string) {
    this.#checkpoints = checkpoints
    this.#group = group
  }

  /** Begins to raise them. @throws what went wrong earlier, but for Redis being away or not trusted. */
  raise(checkpoints: readonly PartitionCheckpoint[]): void {
    if (this.#fault) throw this.#fault.error
    for (const checkpoint of checkpoints) this.#wanted.set(checkpoint.topic, checkpoint)
    if (!this.#isRaising) this.#lastRun = this.#run()
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#lastRun
  }

  async #run(): Promise<void> {
    this.#isRaising = true
    try {
      while (this.#wanted.size > 0) {
        const checkpoints = [...this.#wanted.values()]
        await this.#checkpoints.raise(this.#group, checkpoints)
        for (const checkpoint of checkpoints)
          if (this.#wanted.get(checkpoint.topic) === checkpoint) this.#wanted.delete(checkpoint.topic)
      }
    } catch (error) {
      if (!isRedisAway(error)) this.#fault = { error }
    } finally {
      this.#isRaising = false
    }
  }
}
