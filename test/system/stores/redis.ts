/** What only an operator of Redis does and sees. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { logger } from '@payout/runtime/observability/logging'
import { RedisConnection } from '@payout/runtime/redis/connection/connection'
import type { System } from '../system.ts'

/** How each type of a key is read whole. */
const READERS: Readonly<Record<string, readonly [command: string, ...more: (string | number)[]]>> = {
  string: ['GET'],
  hash: ['HGETALL'],
  zset: ['ZRANGE', 0, -1],
  set: ['SMEMBERS'],
  list: ['LRANGE', 0, -1],
}

/** Empties a Redis. */
export async function flushRedis(redisUrl: string): Promise<void> {
  const { hostname, port } = new URL(redisUrl)
  const socket = connect(Number(port), hostname)
  socket.write('FLUSHALL\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  if (!answer.toString().startsWith('+OK')) throw new Error(`Redis answered ${answer}`)
}

/** Leaves Redis as an emptied one is of this system's namespace: with nothing in it. */
export async function emptyRedis({ namespace, logger }: System, url: string): Promise<void> {
  const redis = new RedisConnection(namespace, { url, logger, connectionName: 'test' })
  const keys = await redis.command('KEYS', `${namespace}:*`)
  if (Array.isArray(keys) && keys.length > 0) await redis.command('DEL', ...keys.map(String))
  await redis.close()
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
