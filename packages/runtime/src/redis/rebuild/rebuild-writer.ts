import { checkpointArguments, parseCheckpoints } from '../checkpoints.ts'
import { callInChunks } from '../chunks.ts'
import { claimLife, claimValue } from '../claims.ts'
import type { RedisConnection } from '../connection/connection.ts'
import { type Script, script } from '../connection/script.ts'
import type { Keys } from '../keys.ts'
import type {
  ClaimKind,
  KeptState,
  PartitionCheckpoint,
  RebuildWriter,
  RebuiltClaim,
  StoredCheckpoint,
  StoredState,
  Timer,
} from '../port.ts'
import { keptCount, keptKeys, type Mget, putState, readHolders, readStates, withRevision } from '../states.ts'
import { timerArguments } from '../timers.ts'

/** A rebuild that has shown nothing for so long has died; milliseconds. */
export const ALIVE_MS = 10_000

// KEYS[1] of all of them is the rebuild's token as it stands in Redis, ARGV[1] the token that this writer began with.

/** KEYS: the token, the sign of life. ARGV: the token, the life of the sign. */
const touchScript = script('rebuilding', `redis.call('SET', KEYS[2], '1', 'PX', ARGV[2]) return {}`)

const readCheckpointsScript = script('rebuilding', `return redis.call('HGETALL', KEYS[2])`)

const readScript = script('rebuilding', `return redis.call('MGET', unpack(KEYS, 2))`)

/**
 * ARGV: life in milliseconds, then for each its value, the time of the claim, and since when it lives (empty: without
 * end). What has outlived its life is left out.
 */
const claimsScript = script(
  'rebuilding',
  `
local life = tonumber(ARGV[2])
for k = 2, #KEYS do
  local value, since = ARGV[3 * k - 3] .. '|' .. ARGV[3 * k - 2], ARGV[3 * k - 1]
  if since == '' then
    redis.call('SET', KEYS[k], value, 'NX')
  else
    local left = math.min(life, life - (tonumber(now) - tonumber(since)))
    if left > 0 then redis.call('SET', KEYS[k], value, 'PX', string.format('%.0f', left), 'NX') end
  end
end
return {}
`,
  'now',
)

/**
 * KEYS: the token, then each state with its claims and names. ARGV: the token, life in milliseconds, then for each its
 * key, revision and value, whether it is settled, and the numbers of its claims and of its names.
 */
const statesScript = script(
  'rebuilding',
  `${putState}
local k, a = 2, 3
while k <= #KEYS do
  local key, value, settled = ARGV[a], ARGV[a + 1], ARGV[a + 2]
  local claims, names = k + tonumber(ARGV[a + 3]), k + tonumber(ARGV[a + 3]) + tonumber(ARGV[a + 4])
  put(k, claims, names, key, value, settled, ARGV[2])
  k, a = names + 1, a + 5
end
return {}
`,
)

/** ARGV: score and member of each. */
const timersScript = script(
  'rebuilding',
  `
for a = 2, #ARGV, 2 do redis.call('ZADD', KEYS[2], ARGV[a], ARGV[a + 1]) end
return {}
`,
)

/** ARGV: field, next offset and time of each. */
const checkpointsScript = script(
  'rebuilding',
  `
for a = 2, #ARGV, 3 do
  local checkpoint = redis.call('HGET', KEYS[2], ARGV[a])
  local next = ARGV[a + 1]
  local standing = checkpoint and string.match(checkpoint, '^%d+')
  if standing and tonumber(standing) > tonumber(next) then next = standing end
  redis.call('HSET', KEYS[2], ARGV[a], next .. ':' .. ARGV[a + 2])
end
return {}
`,
)

/** KEYS: the token, the marker, the sign of life. */
const finishScript = script(
  'rebuilding',
  `
redis.call('SET', KEYS[2], id)
redis.call('DEL', KEYS[1], KEYS[3])
return {}
`,
)

/** Writes what was read from the topics, while its token stands. */
export class RedisRebuildWriter implements RebuildWriter {
  readonly #connection: RedisConnection
  readonly #keys: Keys
  readonly #lifeMs: number
  readonly #token: string
  readonly #mget: Mget = (stored) => this.#run(readScript, stored, [])

  constructor(connection: RedisConnection, keys: Keys, lifeMs: number, token: string) {
    this.#connection = connection
    this.#keys = keys
    this.#lifeMs = lifeMs
    this.#token = token
  }

  async touch(): Promise<void> {
    await this.#run(touchScript, [this.#keys.rebuildAlive], [ALIVE_MS])
  }

  async readCheckpoints(): Promise<StoredCheckpoint[]> {
    return parseCheckpoints(await this.#run(readCheckpointsScript, [this.#keys.checkpoints], []))
  }

  readStates(keys: readonly string[]): Promise<(StoredState | undefined)[]> {
    return readStates(this.#keys, keys, this.#mget)
  }

  holders(names: readonly string[]): Promise<(string | undefined)[]> {
    return readHolders(this.#keys, names, this.#mget)
  }

  claims(kind: ClaimKind, claims: readonly RebuiltClaim[]): Promise<void> {
    const life = claimLife(kind, this.#lifeMs)
    return this.#write(claims, claimsScript, {
      names: (chunk) => chunk.map(({ key }) => this.#keys.claim(kind, key)),
      values: (chunk) => [
        life === 0 ? this.#lifeMs : life,
        ...chunk.flatMap(({ contentHash, coordinates, claimedAt, settledAt }) => [
          claimValue(contentHash, coordinates),
          claimedAt,
          (life === 0 ? settledAt : claimedAt) ?? '',
        ]),
      ],
    })
  }

  states(values: readonly (KeptState & { value: string })[]): Promise<void> {
    return this.#write(values, statesScript, {
      names: (chunk) => chunk.flatMap((state) => keptKeys(this.#keys, state)),
      values: (chunk) => [
        this.#lifeMs,
        ...chunk.flatMap(({ key, value, settled, claims = [], names = [] }) => [
          key,
          withRevision(value),
          settled ? 1 : 0,
          claims.length,
          names.length,
        ]),
      ],
      weight: (state) => 1 + keptCount(state),
      characters: ({ value }) => value.length,
    })
  }

  due(lane: number, entries: readonly Timer[]): Promise<void> {
    return this.#write(entries, timersScript, { names: () => [this.#keys.timers(lane)], values: timerArguments })
  }

  checkpoints(group: string, checkpoints: readonly PartitionCheckpoint[]): Promise<void> {
    return this.#write(checkpoints, checkpointsScript, {
      names: () => [this.#keys.checkpoints],
      values: (chunk) => checkpointArguments(group, chunk),
    })
  }

  async finish(): Promise<void> {
    await this.#run(finishScript, [this.#keys.marker, this.#keys.rebuildAlive], [])
  }

  async #write<T>(
    items: readonly T[],
    writing: Script,
    {
      names,
      values,
      ...cut
    }: {
      names: (chunk: readonly T[]) => string[]
      values: (chunk: readonly T[]) => (string | number)[]
      weight?: (item: T) => number
      characters?: (item: T) => number
    },
  ): Promise<void> {
    const call = async (chunk: readonly T[]) => {
      await this.#run(writing, names(chunk), values(chunk))
      return []
    }
    await callInChunks(items, call, cut)
  }

  #run(running: Script, names: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    return this.#connection.run(running, [this.#keys.rebuild, ...names], [this.#token, ...values])
  }
}
