import { RedisConnection } from '@payout/runtime/redis/connection/connection'
import type { System } from './system.ts'

/** Leaves Redis as an emptied one is of this system's namespace: with nothing in it. */
export async function emptyRedis({ namespace, logger }: System, url: string): Promise<void> {
  const redis = new RedisConnection(namespace, { url, logger, connectionName: 'test' })
  const keys = await redis.command('KEYS', `${namespace}:*`)
  if (Array.isArray(keys) && keys.length > 0) await redis.command('DEL', ...keys.map(String))
  await redis.close()
}
