import type { RedisConnection } from './connection/connection.ts'
import { GatheredCalls } from './connection/gathered-calls.ts'
import { script } from './connection/script.ts'
import type { Keys } from './keys.ts'
import type { StoredNotifies } from './port.ts'

/** More in one call would hold up everyone else at Redis. */
const CALL_KEYS = 1000
/** The notify is in Kafka by then, and only its answer waits: Alipay's patience is some thousand times longer. */
const ADD_WAIT_MS = 5

/** KEYS are the notifies; ARGV[1] is their life in milliseconds. */
const addAll = script(
  'primary',
  `
for _, key in ipairs(KEYS) do redis.call('SET', key, '1', 'PX', ARGV[1]) end
return #KEYS
`,
)

/**
 * Keys that expire, without the marker: the only claim here is that a notify was stored, and it is made after Kafka's
 * word. Notifies that come in one turn of the event loop are asked about in one command, and those that are stored
 * within some milliseconds are noted in one.
 */
export class RedisStoredNotifies implements StoredNotifies {
  readonly #keys: Keys
  readonly #asked: GatheredCalls<string, boolean>
  readonly #added: GatheredCalls<string, undefined>

  constructor(connection: RedisConnection, keys: Keys, lifeMs: number) {
    this.#keys = keys
    this.#asked = new GatheredCalls(async (names) => {
      const values = await connection.command('MGET', ...names)
      return Array.isArray(values) ? values.map((value) => value !== null) : []
    }, CALL_KEYS)
    this.#added = new GatheredCalls(
      async (names) => {
        const [only, ...others] = names
        if (only !== undefined && others.length === 0) await connection.command('SET', only, '1', 'PX', lifeMs)
        else await connection.run(addAll, names, [lifeMs])
        return names.map(() => undefined)
      },
      CALL_KEYS,
      ADD_WAIT_MS,
    )
  }

  has(key: string): Promise<boolean> {
    return this.#asked.add(this.#keys.storedNotify(key))
  }

  add(key: string): Promise<void> {
    return this.#added.add(this.#keys.storedNotify(key))
  }
}
