/** Ids in Redis, as payouts leave them that had their outcome: without running the payouts. */
import { logger } from '@payout/runtime/observability/logging'
import { RedisConnection } from '@payout/runtime/redis/connection/connection'
import { Keys } from '@payout/runtime/redis/keys'
import { DAY_MS } from '@payout/schemas/units'

const AT_ONCE = 20_000
const LINES = 333
/** CLAIM_LIFE, milliseconds. */
const LIFE_MS = 30 * DAY_MS
/** Bytes of a state for each of its payouts, as the bench `pipeline` leaves them. */
const STATE_BYTES = 330

/**
 * KEYS: none, since it makes them. ARGV: what the keys of claims, names and states begin with, first id, ids, bytes of
 * a state (0: none), its lines, life. Each id gets a claim and a name, and each batch of them a state.
 */
const FILL = `
local claims, names, states, life = ARGV[1], ARGV[2], ARGV[3], ARGV[8]
local first, count, bytes, lines = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local hash, value = string.rep('h', 43), string.rep('s', bytes * lines)
for i = first, first + count - 1 do
  local id = string.format('shop-dsa-gb2312/filled%014d', i)
  local batch = string.format('shop-dsa-gb2312/20260101000%021d', math.floor(i / lines))
  redis.call('SET', claims .. id, hash .. '|payout.commands|1|' .. i .. '|0|1796000844333|1796000844444', 'PX', life)
  redis.call('SET', names .. id, batch, 'PX', life)
  if bytes > 0 and i % lines == 0 then redis.call('SET', states .. batch, value, 'PX', life) end
end
return redis.call('DBSIZE')
`

/** Fills Redis with ids `from` to `to`, with the states of their batches or without. Its append-only file is turned off. */
export async function fillRedis(
  { redisUrl: url, namespace }: { readonly redisUrl: string; readonly namespace: string },
  { from, to, states }: { readonly from: number; readonly to: number; readonly states: boolean },
): Promise<void> {
  const keys = new Keys(namespace)
  const beginnings = [keys.claim('payout', ''), keys.name(''), keys.state('')]
  const redis = new RedisConnection('bench', { url, logger: logger('bench', 'silent'), commandTimeoutMs: 60_000 })
  try {
    await redis.command('CONFIG', 'SET', 'appendonly', 'no')
    for (let at = from; at < to; at += AT_ONCE) {
      const count = Math.min(AT_ONCE, to - at)
      await redis.command('EVAL', FILL, 0, ...beginnings, at, count, states ? STATE_BYTES : 0, LINES, LIFE_MS)
    }
  } finally {
    await redis.close()
  }
}
