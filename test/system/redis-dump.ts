import { logger } from '@payout/runtime/observability/logging'
import { RedisConnection } from '@payout/runtime/redis/connection/connection'

/** How each type of a key is read whole. */
const READERS: Readonly<Record<string, readonly [command: string, ...more: (string | number)[]]>> = {
  string: ['GET'],
  hash: ['HGETALL'],
  zset: ['ZRANGE', 0, -1],
  set: ['SMEMBERS'],
  list: ['LRANGE', 0, -1],
}

/** Every key of a namespace with all that it holds, as text. */
export async function redisDump(url: string, namespace: string): Promise<Buffer[]> {
  const redis = new RedisConnection(namespace, { url, logger: logger('test', 'silent') })
  try {
    const keys = (await redis.command('KEYS', `${namespace}:*`)) as string[]
    return await Promise.all(
      keys.sort().map(async (key) => {
        // What has expired between two questions is of no type.
        const [command, ...more] = READERS[String(await redis.command('TYPE', key))] ?? ['EXISTS']
        return Buffer.from(`${key} ${JSON.stringify(await redis.command(command, key, ...more))}`)
      }),
    )
  } finally {
    await redis.close()
  }
}
