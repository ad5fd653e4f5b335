import { randomBytes } from 'node:crypto'
import { callInChunks } from './chunks.ts'
import type { RedisConnection } from './connection/connection.ts'
import { script } from './connection/script.ts'
import type { Keys } from './keys.ts'
import type { KeptState, StateChange, States, StoredState } from './port.ts'

/** Fewer than of claims: a known batch of the longest lines has millions of characters. */
const READ_KEYS = 50

/** Characters of a revision, before the value. */
const REVISION = 16

/** KEYS: marker, then what is read. */
const readScript = script('trusted', `return redis.call('MGET', unpack(KEYS, 2))`)

/**
 * `put` stores a state, which stands in KEYS at `k`, with the life that it shall have. The keys behind it, up to
 * `lives`, get the same life; those behind them, up to `takes`, become names that the state holds.
 */
export const putState = `
local function put(k, lives, takes, key, value, settled, life)
  local function set(name, what)
    if settled == '1' then redis.call('SET', name, what, 'PX', life) else redis.call('SET', name, what) end
  end
  set(KEYS[k], value)
  for i = k + 1, lives do
    if settled == '1' then redis.call('PEXPIRE', KEYS[i], life) else redis.call('PERSIST', KEYS[i]) end
  end
  for i = lives + 1, takes do set(KEYS[i], key) end
end
`

/**
 * KEYS: marker, then each state with the claims and names that live as long as it, and the names that it takes. ARGV:
 * life in milliseconds, then for each its key, the revision that it must have, revision and value that it shall have
 * (empty: none), whether it is settled, and how many keys live as long and how many names it takes.
 */
const swapScript = script(
  'trusted',
  `${putState}
local MOST = 1000
local function areFree(from, to, key)
  for i = from, to, MOST do
    for _, holder in ipairs(redis.call('MGET', unpack(KEYS, i, math.min(i + MOST - 1, to)))) do
      if holder and holder ~= key then return false end
    end
  end
  return true
end
local answers, k, a = {}, 2, 2
while k <= #KEYS do
  local key, before, after, settled = ARGV[a], ARGV[a + 1], ARGV[a + 2], ARGV[a + 3]
  local lives, takes = k + tonumber(ARGV[a + 4]), k + tonumber(ARGV[a + 4]) + tonumber(ARGV[a + 5])
  local done = redis.call('GETRANGE', KEYS[k], 0, ${REVISION - 1}) == before
  if done and after ~= '' then
    done = areFree(lives + 1, takes, key)
    if done then put(k, lives, takes, key, after, settled, ARGV[1]) end
  end
  answers[#answers + 1] = done and 1 or 0
  k, a = takes + 1, a + 6
end
return answers
`,
)

/**
 * States as strings: a revision, then the value. One that is settled expires when it was not set for the life of a
 * claim, and so do its claims and names.
 */
export class RedisStates implements States {
  readonly #connection: RedisConnection
  readonly #keys: Keys
  readonly #lifeMs: number
  readonly #mget: Mget = (stored) => this.#connection.run(readScript, [this.#keys.marker, ...stored], [])

  constructor(connection: RedisConnection, keys: Keys, lifeMs: number) {
    this.#connection = connection
    this.#keys = keys
    this.#lifeMs = lifeMs
  }

  read(keys: readonly string[]): Promise<(StoredState | undefined)[]> {
    return readStates(this.#keys, keys, this.#mget)
  }

  holders(names: readonly string[]): Promise<(string | undefined)[]> {
    return readHolders(this.#keys, names, this.#mget)
  }

  swap(changes: readonly StateChange[]): Promise<(string | undefined)[]> {
    const call = async (chunk: readonly StateChange[]) => {
      const revisions = chunk.map(({ before, after }) => (after === undefined ? (before ?? '') : nextRevision()))
      const names = chunk.flatMap((change) => [
        ...keptKeys(this.#keys, change),
        ...(change.takes ?? []).map((name) => this.#keys.name(name)),
      ])
      const values = chunk.flatMap(({ key, before = '', after, settled, takes = [], ...kept }, i) => [
        key,
        before,
        after === undefined ? '' : `${revisions[i]}${after}`,
        settled ? 1 : 0,
        keptCount(kept),
        takes.length,
      ])
      const reply = await this.#connection.run(swapScript, [this.#keys.marker, ...names], [this.#lifeMs, ...values])
      const answers: unknown[] = Array.isArray(reply) ? reply : []
      return chunk.map((_change, i) => (answers[i] === 1 ? revisions[i] : undefined))
    }
    return callInChunks(changes, call, {
      weight: (change) => 1 + keptCount(change) + (change.takes?.length ?? 0),
      characters: ({ after = '' }) => after.length,
    })
  }
}

/** Drawn once: no two processes give the same revision. */
const PROCESS = randomBytes(6).toString('base64url')
let revisions = 0

/** A revision that no state ever had. */
function nextRevision(): string {
  revisions += 1
  return `${PROCESS}${revisions.toString(36).padStart(REVISION - PROCESS.length, '0')}`
}

/** A value as it is stored, with a revision of its own. */
export function withRevision(value: string): string {
  return `${nextRevision()}${value}`
}

/** The names in Redis of a state, of its claims and its names. */
export function keptKeys(keys: Keys, { key, claims = [], names = [] }: KeptState): string[] {
  return [
    keys.state(key),
    ...claims.map((claim) => keys.claim(claim.kind, claim.key)),
    ...names.map((name) => keys.name(name)),
  ]
}

/** How many claims and names a change gives a life. */
export function keptCount({ claims = [], names = [] }: Pick<KeptState, 'claims' | 'names'>): number {
  return claims.length + names.length
}

/** Reads keys with the script that its caller may use. */
export type Mget = (stored: readonly string[]) => Promise<unknown>

/** States by their keys. */
export function readStates(keys: Keys, of: readonly string[], mget: Mget): Promise<(StoredState | undefined)[]> {
  const call = async (chunk: readonly string[]) =>
    parseStates(chunk.length, await mget(chunk.map((key) => keys.state(key))))
  return callInChunks(of, call, { most: READ_KEYS })
}

/** The keys of the states that hold these names. */
export function readHolders(keys: Keys, names: readonly string[], mget: Mget): Promise<(string | undefined)[]> {
  const call = async (chunk: readonly string[]) =>
    parseStrings(chunk.length, await mget(chunk.map((name) => keys.name(name))))
  return callInChunks(names, call)
}

/** As MGET answers them. */
export function parseStates(count: number, reply: unknown): (StoredState | undefined)[] {
  return parseStrings(count, reply).map((text) =>
    text === undefined ? undefined : { revision: copyOf(text.slice(0, REVISION)), value: text.slice(REVISION) },
  )
}

/** Who keeps a part of a string keeps all of it in memory: of a large batch, millions of characters. */
function copyOf(part: string): string {
  return Buffer.from(part).toString()
}

/** As MGET answers them. */
function parseStrings(count: number, reply: unknown): (string | undefined)[] {
  const values: unknown[] = Array.isArray(reply) ? reply : []
  return Array.from({ length: count }, (_nothing, i) => {
    const value = values[i]
    return typeof value === 'string' ? value : undefined
  })
}
