import type { RedisConnection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { UsedForms } from './port.ts'

/** Keys that expire with their form, set only where they are not there. */
export class RedisUsedForms implements UsedForms {
  readonly #connection: RedisConnection
  readonly #keys: Keys

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection
    this.#keys = keys
  }

  async use(key: string, lifeMs: number): Promise<boolean> {
    return (await this.#connection.command('SET', this.#keys.usedForm(key), '1', 'NX', 'PX', lifeMs)) === 'OK'
  }
}
