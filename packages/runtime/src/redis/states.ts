import { callInChunks } from './chunks.ts'
import type { RedisConnection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { States } from './port.ts'
import { script } from './script.ts'

/** Fewer than of claims: a known batch of the longest lines has 2 million characters. */
export const READ_KEYS = 250

/** KEYS: marker, then the states. */
const readScript = script('trusted', `return redis.call('MGET', unpack(KEYS, 2))`)

/** KEYS: marker, then the states. ARGV: life in milliseconds, then for each whether there was one before, what it was, what it shall be. */
const swapScript = script(
  'trusted',
  `
local answers = {}
for k = 2, #KEYS do
  local a = 3 * k - 4
  local value = redis.call('GET', KEYS[k])
  if (value and ARGV[a] == '1' and value == ARGV[a + 1]) or (not value and ARGV[a] == '0') then
    redis.call('SET', KEYS[k], ARGV[a + 2], 'PX', ARGV[1])
    answers[k - 1] = 1
  else
    answers[k - 1] = 0
  end
end
return answers
`,
)

interface Change {
  readonly key: string
  readonly before: string | undefined
  readonly after: string
}

/** States as plain strings that expire when they were not set for the life of a claim. */
export class RedisStates implements States {
  readonly #connection: RedisConnection
  readonly #keys: Keys
  readonly #lifeMs: number

  constructor(connection: RedisConnection, keys: Keys, lifeMs: number) {
    this.#connection = connection
    this.#keys = keys
    this.#lifeMs = lifeMs
  }

  read(keys: readonly string[]): Promise<(string | undefined)[]> {
    const call = async (chunk: readonly string[]) => {
      const names = chunk.map((key) => this.#keys.state(key))
      return parseStates(chunk.length, await this.#connection.run(readScript, [this.#keys.marker, ...names], []))
    }
    return callInChunks(keys, call, { most: READ_KEYS })
  }

  swap(changes: readonly Change[]): Promise<boolean[]> {
    const call = async (chunk: readonly Change[]) => {
      const names = chunk.map(({ key }) => this.#keys.state(key))
      const values = chunk.flatMap(({ before, after }) => [before === undefined ? 0 : 1, before ?? '', after])
      const reply = await this.#connection.run(swapScript, [this.#keys.marker, ...names], [this.#lifeMs, ...values])
      const answers: unknown[] = Array.isArray(reply) ? reply : []
      return chunk.map((_change, i) => answers[i] === 1)
    }
    return callInChunks(changes, call, { characters: ({ before, after }) => (before?.length ?? 0) + after.length })
  }
}

/** As MGET answers them. */
export function parseStates(count: number, reply: unknown): (string | undefined)[] {
  const values: unknown[] = Array.isArray(reply) ? reply : []
  return Array.from({ length: count }, (_nothing, i) => {
    const value = values[i]
    return typeof value === 'string' ? value : undefined
  })
}
