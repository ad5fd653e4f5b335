import { randomUUID } from 'node:crypto'
import type { RedisConnection } from './connection.ts'
import { RebuildSupersededError } from './errors.ts'
import type { Keys } from './keys.ts'
import type { Rebuild, RebuildWriter, RedisTrust } from './port.ts'
import { RedisRebuildWriter } from './rebuild-writer.ts'
import { script } from './script.ts'

/** KEYS: marker. */
const trustScript = script(
  'primary',
  `
local marker = redis.call('GET', KEYS[1])
if not marker then return 'no-marker' end
return marker == id and 'trusted' or 'other-replication-id'
`,
)

/** KEYS: the rebuild's token. ARGV: a new one. Answers with what now stands there. */
const beginScript = script(
  'primary',
  `
local token = ARGV[1] .. '|' .. now .. '|' .. id
redis.call('SET', KEYS[1], token)
return token
`,
  'now',
)

/** KEYS: the rebuild's token. Answers how many milliseconds ago it was put there, or -1. */
const ageScript = script(
  'primary',
  `
local token = redis.call('GET', KEYS[1])
if not token then return -1 end
return tonumber(now) - tonumber(string.match(token, '|(%d+)|'))
`,
  'now',
)

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
    const token = await this.#connection.run(beginScript, [this.#keys.rebuild], [randomUUID()])
    if (typeof token !== 'string') throw new RebuildSupersededError(this.#keys.namespace)
    return new RedisRebuildWriter(this.#connection, this.#keys, this.#lifeMs, token)
  }

  async underWay(withinMs: number): Promise<boolean> {
    const age = await this.#connection.run(ageScript, [this.#keys.rebuild], [])
    return typeof age === 'number' && age >= 0 && age < withinMs
  }
}
