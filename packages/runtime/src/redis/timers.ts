import { callInChunks } from './chunks.ts'
import type { RedisConnection } from './connection/connection.ts'
import { script } from './connection/script.ts'
import type { Keys } from './keys.ts'
import type { Timer, Timers } from './port.ts'

/** KEYS: marker, the lane's set. ARGV: score and member of each. */
const addScript = script(
  'trusted',
  `
for a = 1, #ARGV, 2 do redis.call('ZADD', KEYS[2], ARGV[a], ARGV[a + 1]) end
return {}
`,
)

/** KEYS: marker, the lane's set. ARGV: up to when, how many. */
const timersScript = script(
  'trusted',
  `return redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])`,
)

/** KEYS: marker, the lane's set. ARGV: the members. */
const removeScript = script(
  'trusted',
  `
for a = 1, #ARGV do redis.call('ZREM', KEYS[2], ARGV[a]) end
return {}
`,
)

/** A sorted set for each lane, by time. */
export class RedisTimers implements Timers {
  readonly #connection: RedisConnection
  readonly #keys: Keys

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection
    this.#keys = keys
  }

  async add(lane: number, entries: readonly Timer[]): Promise<void> {
    await callInChunks(entries, async (chunk) => {
      await this.#connection.run(addScript, this.#names(lane), timerArguments(chunk))
      return []
    })
  }

  async due(lane: number, now: number, limit: number): Promise<string[]> {
    const reply = await this.#connection.run(timersScript, this.#names(lane), [now, limit])
    return Array.isArray(reply) ? reply.map(String) : []
  }

  async remove(lane: number, members: readonly string[]): Promise<void> {
    await callInChunks(members, async (chunk) => {
      await this.#connection.run(removeScript, this.#names(lane), chunk)
      return []
    })
  }

  #names(lane: number): string[] {
    return [this.#keys.marker, this.#keys.timers(lane)]
  }
}

/** Score and member of each. */
export function timerArguments(entries: readonly Timer[]): (string | number)[] {
  return entries.flatMap(({ member, at }) => [at, member])
}
