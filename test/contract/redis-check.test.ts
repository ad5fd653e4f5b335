import { loadConfig } from '@payout/runtime/config/config'
import { kafkaFields } from '@payout/runtime/config/kafka'
import { redisFields } from '@payout/runtime/config/redis'
import { registryFields } from '@payout/runtime/config/registry'
import { serviceFields, serviceSchema } from '@payout/runtime/config/service'
import type { EventLog } from '@payout/runtime/event-log/port'
import { logger } from '@payout/runtime/observability/logging'
import { checkRedis } from '@payout/runtime/redis/connection/check-redis'
import type { RedisConnection } from '@payout/runtime/redis/connection/connection'
import { type Connections, untilConnected } from '@payout/runtime/service/connections'
import { StartWaits } from '@payout/runtime/service/start-waits'
import { TopicWatch } from '@payout/runtime/task/topic-watch'
import type { RedisProvision } from '@payout/sandbox/provision/redis/redis-provision'
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { RedisServers, replicate, silent } from './redis-servers.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const servers = new RedisServers()
let server: RedisProvision
let redis: RedisConnection

beforeEach(async () => {
  server = await servers.start()
  redis = servers.connection(server)
})
afterAll(() => servers.close())

function check(production: boolean): Promise<string[]> {
  return checkRedis({ url: server.url, production, commandTimeoutMs: 500, logger: silent })
}

describe('the check of a Redis at the start (S7.5)', () => {
  it('takes one that keeps what it is told', async () => {
    expect(await check(true)).toEqual([])
    expect(await check(false)).toEqual([])
  })

  it('refuses one that evicts, in any mode', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    for (const production of [true, false]) {
      await expect(check(production)).rejects.toMatchObject({
        code: 'REDIS_UNFIT',
        faults: [expect.stringContaining('maxmemory-policy is allkeys-lru')],
      })
    }
  })

  it('refuses in production a primary that takes writes without its replicas', async () => {
    await replicate(redis, servers.connection(await servers.start()))
    await expect(check(true)).rejects.toMatchObject({ faults: [expect.stringContaining('min-replicas-to-write')] })
    expect(await check(false)).toEqual([])
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', 1)
    expect(await check(true)).toEqual([])
    // A max-lag of 0 turns the whole rule off.
    await redis.command('CONFIG', 'SET', 'min-replicas-max-lag', 0)
    await expect(check(true)).rejects.toMatchObject({ code: 'REDIS_UNFIT' })
  })

  it('names all faults at once', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl')
    await replicate(redis, servers.connection(await servers.start()))
    const error = await check(true).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ faults: [expect.any(String), expect.any(String)] })
  })

  it('warns in production of one that forgets at a restart', async () => {
    await redis.command('CONFIG', 'SET', 'appendonly', 'no')
    expect(await check(true)).toEqual([expect.stringContaining('appendonly is off')])
    expect(await check(false)).toEqual([])
  })

  it('a service logs at its start what Redis should not be like', async () => {
    await redis.command('CONFIG', 'SET', 'appendonly', 'no')
    const schema = serviceSchema({ ...serviceFields, ...kafkaFields, ...redisFields, ...registryFields })
    const config = loadConfig(schema, { MODE: 'sandbox', KAFKA_BROKERS: '127.0.0.1:1', REDIS_URL: server.url })
    const kafka: Partial<EventLog> = { partitions: async () => 4 }
    const connections: Partial<Connections> = { log: kafka as EventLog, registry: undefined }
    const lines: string[] = []
    const log = logger('test', 'warn', { write: (line) => lines.push(line) })
    const topics = new TopicWatch({
      describe: async () => new Map(),
      demands: { namespace: 'test', mode: 'sandbox', topics: [] },
      everyMs: 60_000,
      logger: log,
      metrics: { set: () => undefined, remove: () => undefined },
    })
    onTestFinished(() => topics.close())
    const waits = new StartWaits(log, new AbortController().signal)
    const start = (mode: 'production' | 'sandbox') =>
      untilConnected(connections as Connections, { ...config, MODE: mode }, 'test', { logger: log, waits, topics })
    expect(await start('sandbox')).toBe(4)
    expect(lines).toEqual([])
    expect(await start('production')).toBe(4)
    expect(lines).toEqual([expect.stringContaining('appendonly is off')])
  })

  it('says so when nobody answers', async () => {
    await server.kill()
    await expect(check(true)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
  })
})
