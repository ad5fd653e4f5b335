import { randomUUID } from 'node:crypto'
import type { RedisConnection } from './connection/connection.ts'
import type { Keys } from './keys.ts'
import type { UsedForms } from './port.ts'

/**
 * Marks of calls without an answer that are remembered; of more the oldest is forgotten, and its form may have been
 * used up unseen.
 */
const MAX_DOUBTFUL = 1000

/**
 * Keys that expire with their form, set only where they are not there. Each call writes a mark of its own: where its
 * answer got lost, the next call for the same form tries with the same mark, and finds it there if the first one did
 * arrive. So an outage of Redis uses nothing up, and since a mark is in the hands of one call at a time, only one of
 * all calls can ever be told that it was the first.
 */
export class RedisUsedForms implements UsedForms {
  readonly #connection: RedisConnection
  readonly #keys: Keys
  /** Marks of calls of which nobody knows whether they arrived, by the form's key; the oldest first. */
  readonly #doubtful = new Map<string, readonly string[]>()

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection
    this.#keys = keys
  }

  async use(key: string, lifeMs: number): Promise<boolean> {
    const name = this.#keys.usedForm(key)
    const doubted = this.#take(key)
    const mark = doubted ?? randomUUID()
    try {
      const reply = await this.#connection.command('SET', name, mark, 'NX', 'PX', lifeMs)
      if (reply === 'OK') return true
      return doubted !== undefined && (await this.#connection.command('GET', name)) === doubted
    } catch (error) {
      this.#keep(key, mark)
      throw error
    }
  }

  #take(key: string): string | undefined {
    const [mark, ...rest] = this.#doubtful.get(key) ?? []
    if (rest.length > 0) this.#doubtful.set(key, rest)
    else this.#doubtful.delete(key)
    return mark
  }

  #keep(key: string, mark: string): void {
    this.#doubtful.set(key, [...(this.#doubtful.get(key) ?? []), mark])
    const [oldest] = this.#doubtful.keys()
    if (this.#doubtful.size > MAX_DOUBTFUL && oldest !== undefined) this.#doubtful.delete(oldest)
  }
}
