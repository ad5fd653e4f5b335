import { randomUUID } from 'node:crypto'
import type { RedisConnection } from '../connection/connection.ts'
import { script } from '../connection/script.ts'
import { RebuildSupersededError } from '../errors.ts'
import type { Keys } from '../keys.ts'
import type { Rebuild, RebuildWriter, RedisTrust } from '../port.ts'
import { ALIVE_MS, RedisRebuildWriter } from './rebuild-writer.ts'

/** KEYS: marker. */
const trustScript = script(
  'primary',
  `
local marker = redis.call('GET', KEYS[1])
if not marker then return 'no-marker' end
return marker == id and 'trusted' or 'other-replication-id'
`,
)

/**
 * KEYS: the rebuild's token, its sign of life, the marker. ARGV: a new token, the life of the sign. Answers with what
 * now stands there.
 */
const beginScript = script(
  'primary',
  `
if redis.call('GET', KEYS[3]) == id then return false end
local token = ARGV[1] .. '|' .. now .. '|' .. id
redis.call('SET', KEYS[1], token)
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return token
`,
  'now',
)

/** KEYS: the rebuild's token, its sign of life. */
const underWayScript = script('primary', `return redis.call('EXISTS', KEYS[1]) + redis.call('EXISTS', KEYS[2])`)

/** The marker, and the token `token|began|replication id` of the rebuild under way. */
export class RedisRebuild implements Rebuild {
  readonly #connection: RedisConnection
  readonly #keys: Keys
  readonly #lifeMs: number

  constructor(connection: RedisConnection, keys: Keys, lifeMs: number) {
    this.#connection = connection
    this.#keys = keys
    this.#lifeMs = lifeMs
  }

  async trust(): Promise<RedisTrust> {
    const answer = await this.#connection.run(trustScript, [this.#keys.marker], [])
    return answer === 'trusted' || answer === 'other-replication-id' ? answer : 'no-marker'
  }

  async begin(): Promise<RebuildWriter> {
    const { marker, rebuild, rebuildAlive, namespace } = this.#keys
    const token = await this.#connection.run(beginScript, [rebuild, rebuildAlive, marker], [randomUUID(), ALIVE_MS])
    if (typeof token !== 'string') throw new RebuildSupersededError(namespace)
    return new RedisRebuildWriter(this.#connection, this.#keys, this.#lifeMs, token)
  }

  async underWay(): Promise<boolean> {
    return (await this.#connection.run(underWayScript, [this.#keys.rebuild, this.#keys.rebuildAlive], [])) === 2
  }
}
