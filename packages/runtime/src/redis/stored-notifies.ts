import type { RedisConnection } from './connection/connection.ts'
import type { Keys } from './keys.ts'
import type { StoredNotifies } from './port.ts'

/**
 * Keys that expire, without the marker: the only claim here is that a notify was stored, and it is made after Kafka's
 * word.
 */
export class RedisStoredNotifies implements StoredNotifies {
  readonly #connection: RedisConnection
  readonly #keys: Keys
  readonly #lifeMs: number

  constructor(connection: RedisConnection, keys: Keys, lifeMs: number) {
    this.#connection = connection
    this.#keys = keys
    this.#lifeMs = lifeMs
  }

  async has(key: string): Promise<boolean> {
    return (await this.#connection.command('EXISTS', this.#keys.storedNotify(key))) === 1
  }

  async add(key: string): Promise<void> {
    await this.#connection.command('SET', this.#keys.storedNotify(key), '1', 'PX', this.#lifeMs)
  }
}
