import { PipelineError } from '@payout/schemas/error'
import { topicNamed } from '@payout/schemas/topics'
import { DAY_MS } from '@payout/schemas/units'
import { callInChunks } from './chunks.ts'
import type { RedisConnection } from './connection/connection.ts'
import { script } from './connection/script.ts'
import type { Keys } from './keys.ts'
import type { Claim, ClaimKind, ClaimOutcome, Claims, Coordinates } from './port.ts'

/**
 * KEYS: marker, checkpoints, then one a claim. ARGV: life in milliseconds (0: without end), '1' where what its own
 * record finds loses its end, group, number of input partitions, for each of them its `topic/partition` and its
 * lowest offset here, then for each claim the value to hold. Answers for each 0 (below the checkpoint), 1 (free) or
 * what is held. The values are taken apart only where some record lies below a checkpoint, which is rare.
 */
const claimScript = script(
  'trusted',
  `
local life, places = ARGV[1], tonumber(ARGV[4])
local checkpoints, below = {}, false
for a = 5, 3 + 2 * places, 2 do
  local checkpoint = redis.call('HGET', KEYS[2], ARGV[3] .. '/' .. ARGV[a])
  local next = checkpoint and tonumber(string.match(checkpoint, '^%d+')) or 0
  checkpoints[ARGV[a]] = next
  below = below or tonumber(ARGV[a + 1]) < next
end
local function done(value)
  local topic, partition, offset = string.match(value, '^[^|]*|([^|]*)|(%d+)|(%d+)')
  return tonumber(offset) < checkpoints[topic .. '/' .. partition]
end
local answers = {}
local first = 2 + 2 * places
for k = 3, #KEYS do
  local value = ARGV[first + k]
  if below and done(value) then
    answers[k - 2] = 0
  else
    local held = redis.call('GET', KEYS[k])
    if held then
      if ARGV[2] == '1' and string.sub(held, 1, #value + 1) == value .. '|' then redis.call('PERSIST', KEYS[k]) end
      answers[k - 2] = held
    else
      if life == '0' then
        redis.call('SET', KEYS[k], value .. '|' .. now)
      else
        redis.call('SET', KEYS[k], value .. '|' .. now, 'PX', life)
      end
      answers[k - 2] = 1
    end
  end
end
return answers
`,
  'now',
)

/** KEYS: marker, then the claims. ARGV: life in milliseconds, then the value that each must hold. */
const settleScript = script(
  'trusted',
  `
for k = 2, #KEYS do
  local held, value = redis.call('GET', KEYS[k]), ARGV[k] .. '|'
  if held and string.sub(held, 1, #value) == value then redis.call('PEXPIRE', KEYS[k], ARGV[1]) end
end
return {}
`,
)

/**
 * Claims as strings `contentHash|topic|partition|offset|line|timestamp|claimedAt`. Those of payouts and batches end
 * once these are settled.
 */
export class RedisClaims implements Claims {
  readonly #connection: RedisConnection
  readonly #keys: Keys
  readonly #lifeMs: number

  constructor(connection: RedisConnection, keys: Keys, lifeMs: number) {
    this.#connection = connection
    this.#keys = keys
    this.#lifeMs = lifeMs
  }

  claim(kind: ClaimKind, group: string, claims: readonly Claim[]): Promise<ClaimOutcome[]> {
    return callInChunks(claims, (chunk) => this.#claimChunk(kind, group, chunk))
  }

  async settle(kind: 'payout', claims: readonly Claim[]): Promise<void> {
    await callInChunks(claims, async (chunk) => {
      const names = chunk.map(({ key }) => this.#keys.claim(kind, key))
      const values = chunk.map(({ contentHash, coordinates }) => claimValue(contentHash, coordinates))
      await this.#connection.run(settleScript, [this.#keys.marker, ...names], [this.#lifeMs, ...values])
      return []
    })
  }

  async #claimChunk(kind: ClaimKind, group: string, claims: readonly Claim[]): Promise<ClaimOutcome[]> {
    const lowest = new Map<string, number>()
    const keys = [this.#keys.marker, this.#keys.checkpoints]
    const values: string[] = []
    for (const { key, contentHash, coordinates } of claims) {
      const place = `${coordinates.topic}/${coordinates.partition}`
      lowest.set(place, Math.min(lowest.get(place) ?? coordinates.offset, coordinates.offset))
      keys.push(this.#keys.claim(kind, key))
      values.push(claimValue(contentHash, coordinates))
    }
    const reply = await this.#connection.run(claimScript, keys, [
      claimLife(kind, this.#lifeMs),
      // An earlier run of the record may have settled it, and died before the outcome was committed; it is judged anew.
      kind === 'payout' ? 1 : 0,
      group,
      lowest.size,
      ...[...lowest].flat(),
      ...values,
    ])
    const answers: unknown[] = Array.isArray(reply) ? reply : []
    return claims.map((claim, i) => outcome(claim, answers[i]))
  }
}

/** A question about an agreement may be sent for minutes, and there are many of them. */
const SERVICE_LIFE_MS = 2 * DAY_MS

/**
 * How long a claim of the kind lives from the moment in which it is made, milliseconds; 0 where nothing ends it yet.
 * That of a payout ends after its outcome, that of a batch number after the outcome of all its payouts, and then
 * lives for `lifeMs`; a return can stand in the files of many days.
 */
export function claimLife(kind: ClaimKind, lifeMs: number): number {
  switch (kind) {
    case 'payout':
    case 'batch':
    case 'return':
      return 0
    case 'service':
      return Math.min(lifeMs, SERVICE_LIFE_MS)
    case 'notify':
      return lifeMs
  }
}

/** What a claim holds, but for the time of the claim, which the script appends. */
export function claimValue(contentHash: string, { topic, partition, offset, line, timestamp }: Coordinates): string {
  return `${contentHash}|${topic}|${partition}|${offset}|${line}|${timestamp}`
}

function outcome(claim: Claim, answer: unknown): ClaimOutcome {
  if (answer === 1) return { kind: 'acquired' }
  if (answer === 0) return { kind: 'stale' }
  const { contentHash, by, claimedAt } = parseHeld(claim.key, answer)
  if (sameCoordinates(by, claim.coordinates)) return { kind: 'reentrant', claimedAt }
  return { kind: 'duplicate', sameContent: contentHash === claim.contentHash, by, claimedAt }
}

function parseHeld(key: string, held: unknown): { contentHash: string; by: Coordinates; claimedAt: number } {
  const [contentHash = '', name = '', ...numbers] = String(held).split('|')
  const topic = topicNamed(name)
  const [partition = NaN, offset = NaN, line = NaN, timestamp = NaN, claimedAt = NaN] = numbers.map(Number)
  if (
    topic === undefined ||
    numbers.length !== 5 ||
    ![partition, offset, line, timestamp, claimedAt].every(Number.isSafeInteger)
  ) {
    throw new PipelineError(
      'REDIS_CLAIM_UNREADABLE',
      `The claim of ${key} in Redis can't be read: something else wrote under this namespace`,
    )
  }
  return { contentHash, by: { topic, partition, offset, line, timestamp }, claimedAt }
}

/** The time stamp counts: a topic that was made anew has the same offsets again. */
function sameCoordinates(a: Coordinates, b: Coordinates): boolean {
  return (
    a.topic === b.topic &&
    a.partition === b.partition &&
    a.offset === b.offset &&
    a.line === b.line &&
    a.timestamp === b.timestamp
  )
}
