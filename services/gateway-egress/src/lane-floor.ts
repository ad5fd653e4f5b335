import { isRedisAway } from '@payout/runtime/redis/errors'
import type { Memory } from '@payout/runtime/redis/port'
import { GROUP, REQUESTS } from './topology.ts'

/**
 * Raises the lane's floor in Redis after each commit (S2.4). Nothing waits for it: a floor that lags only makes more to be
 * looked at again after a loss. What Redis did not take is raised with the next commit.
 */
export class LaneFloor {
  readonly #floors: Memory['floors']
  readonly #partition: number
  #target: { next: number; committedAt: number } | undefined
  #raising: Promise<void> | undefined
  #fault: { error: unknown } | undefined

  constructor(floors: Memory['floors'], partition: number) {
    this.#floors = floors
    this.#partition = partition
  }

  /** Begins to raise it. @throws what went wrong earlier, but for Redis being away. */
  raise(next: number): void {
    if (this.#fault) throw this.#fault.error
    // By the machine's own clock, as the time stamps of records are, which a rebuild compares it with.
    this.#target = { next, committedAt: Date.now() }
    this.#raising ??= this.#run()
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#raising
  }

  async #run(): Promise<void> {
    try {
      while (this.#target !== undefined) {
        const floor = { topic: REQUESTS, partition: this.#partition, ...this.#target } as const
        this.#target = undefined
        await this.#floors.raise(GROUP, [floor])
      }
    } catch (error) {
      if (!isRedisAway(error)) this.#fault = { error }
    } finally {
      this.#raising = undefined
    }
  }
}
