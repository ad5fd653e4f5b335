import { callInChunks } from './chunks.ts'
import type { RedisConnection } from './connection/connection.ts'
import { script } from './connection/script.ts'
import type { Keys } from './keys.ts'
import type { KeptState, StateChange, States } from './port.ts'

/** Fewer than of claims: a known batch of the longest lines has 2 million characters. */
export const READ_KEYS = 250

/** KEYS: marker, then the states. */
const readScript = script('trusted', `return redis.call('MGET', unpack(KEYS, 2))`)

/** Sets a state, and gives its claim, where there is one, the same life; `settled` is '1' or '0'. */
export const setState = `
local function setState(state, claim, value, settled, life)
  if settled == '1' then
    redis.call('SET', state, value, 'PX', life)
    redis.call('PEXPIRE', claim, life)
  else
    redis.call('SET', state, value)
    redis.call('PERSIST', claim)
  end
end
`

/**
 * KEYS: marker, then each state and its claim. ARGV: life in milliseconds, then for each whether there was one
 * before, what it was, what it shall be, and whether it is settled.
 */
const swapScript = script(
  'trusted',
  `${setState}
local answers = {}
for i = 1, (#KEYS - 1) / 2 do
  local a = 4 * i - 2
  local value = redis.call('GET', KEYS[2 * i])
  if (value and ARGV[a] == '1' and value == ARGV[a + 1]) or (not value and ARGV[a] == '0') then
    setState(KEYS[2 * i], KEYS[2 * i + 1], ARGV[a + 2], ARGV[a + 3], ARGV[1])
    answers[i] = 1
  else
    answers[i] = 0
  end
end
return answers
`,
)

/**
 * States as plain strings. One that is settled expires when it was not set for the life of a claim, and so does its
 * claim.
 */
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

  swap(changes: readonly StateChange[]): Promise<boolean[]> {
    const call = async (chunk: readonly StateChange[]) => {
      const names = chunk.flatMap((change) => stateNames(this.#keys, change))
      const values = chunk.flatMap(({ before, after, settled }) => [
        before === undefined ? 0 : 1,
        before ?? '',
        after,
        settled ? 1 : 0,
      ])
      const reply = await this.#connection.run(swapScript, [this.#keys.marker, ...names], [this.#lifeMs, ...values])
      const answers: unknown[] = Array.isArray(reply) ? reply : []
      return chunk.map((_change, i) => answers[i] === 1)
    }
    return callInChunks(changes, call, { characters: ({ before, after }) => (before?.length ?? 0) + after.length })
  }
}

/** The names of a state and of its claim. Without a claim the state's own stands in for it: its life is set already. */
export function stateNames(keys: Keys, { key, claim }: KeptState): [string, string] {
  const state = keys.state(key)
  return [state, claim === undefined ? state : keys.claim(claim.kind, claim.key)]
}

/** As MGET answers them. */
export function parseStates(count: number, reply: unknown): (string | undefined)[] {
  const values: unknown[] = Array.isArray(reply) ? reply : []
  return Array.from({ length: count }, (_nothing, i) => {
    const value = values[i]
    return typeof value === 'string' ? value : undefined
  })
}
