import type { TopicName } from '@payout/schemas/topics'
import { isRedisAway } from '../redis/errors.ts'
import type { Floors, PartitionFloor } from '../redis/port.ts'

/**
 * Raises the floors of one lane, one call to Redis at a time, and nothing waits for it: a floor that lags only makes more to be looked
 * at again after a loss. What Redis did not take is raised with the next commit, or by the lane's next owner.
 */
export class LaggingFloors {
  readonly #floors: Pick<Floors, 'raise'>
  readonly #group: string
  /** The latest of each topic that does not stand in Redis yet. */
  readonly #wanted = new Map<TopicName, PartitionFloor>()
  #isRaising = false
  #lastRun: Promise<void> = Promise.resolve()
  #fault: { readonly error: unknown } | undefined

  constructor(floors: Pick<Floors, 'raise'>, group: string) {
    this.#floors = floors
    this.#group = group
  }

  /** Begins to raise them. @throws what went wrong earlier, but for Redis being away or not trusted. */
  raise(floors: readonly PartitionFloor[]): void {
    if (this.#fault) throw this.#fault.error
    for (const floor of floors) this.#wanted.set(floor.topic, floor)
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
        const floors = [...this.#wanted.values()]
        await this.#floors.raise(this.#group, floors)
        for (const floor of floors) if (this.#wanted.get(floor.topic) === floor) this.#wanted.delete(floor.topic)
      }
    } catch (error) {
      if (!isRedisAway(error)) this.#fault = { error }
    } finally {
      this.#isRaising = false
    }
  }
}
