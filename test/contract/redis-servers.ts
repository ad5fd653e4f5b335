/** Redis servers of a test's own, that it may stop, kill, empty and make replicas of one another. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logger } from '@payout/runtime/observability/logging'
import { RedisConnection } from '@payout/runtime/redis/connection/connection'
import type { RedisServer } from '@payout/runtime/redis/connection/server'
import type { Coordinates, StateStore } from '@payout/runtime/redis/port'
import { redisStateStore } from '@payout/runtime/redis/state-store'
import type { ProvisionDependencies } from '@payout/sandbox/provision/attempt'
import { Lifeline } from '@payout/sandbox/provision/process/lifeline'
import type { RedisProvision } from '@payout/sandbox/provision/redis/redis-provision'
import { redisWays } from '@payout/sandbox/provision/redis/redis-ways'
import { takeFirstWay } from '@payout/sandbox/provision/way'

export const silent = logger('test', 'silent')

/** Never the one that the environment names: it may be somebody's. */
const WAYS = ['processes', 'docker'] as const

interface StateStoreOptions {
  readonly namespace?: string
  readonly password?: string
  readonly claimLifeMs?: number
  readonly storedNotifyLifeMs?: number
  readonly commandTimeoutMs?: number
}

export class RedisServers {
  readonly #lifeline = new Lifeline()
  readonly #connections: { close(): Promise<void> }[] = []

  async start(): Promise<RedisProvision> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'payout-redis-')))
    this.#lifeline.removeFolder(folder)
    const dependencies: ProvisionDependencies = {
      brokers: 1,
      kafkaSettings: {},
      light: true,
      progress: () => undefined,
      folder,
      logs: undefined,
      keepsData: false,
      session: randomUUID(),
      lifeline: this.#lifeline,
      docker: async () => (await import('@payout/sandbox/provision/docker/docker-engine')).findDockerEngine(),
    }
    return (await takeFirstWay('Redis', WAYS, redisWays(dependencies))).server
  }

  /** A state store in a namespace of its own, unless it names one. Nothing is trusted there yet. */
  stateStore(server: RedisServer, options: StateStoreOptions = {}): StateStore {
    const where = 'url' in server ? { url: server.url } : server
    const stateStore = redisStateStore({ ...where, namespace: `test-${randomUUID()}`, logger: silent, ...options })
    this.#connections.push(stateStore)
    return stateStore
  }

  /** A state store that is set up as a new installation is. */
  async trusted(server: RedisServer, options: StateStoreOptions = {}): Promise<StateStore> {
    const stateStore = this.stateStore(server, options)
    await (await stateStore.rebuild.begin()).finish()
    return stateStore
  }

  /** For bare commands. */
  connection(server: RedisProvision): RedisConnection {
    const connection = new RedisConnection('test', { url: server.url, logger: silent })
    this.#connections.push(connection)
    return connection
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()))
    await this.#lifeline.cut()
  }
}

/** Makes `replica` follow `primary`, and waits until it has everything. */
export async function replicate(primary: RedisConnection, replica: RedisConnection): Promise<void> {
  // The address that replicas reach it by, which for a container is not the one that clients use.
  const [, host = '', port = ''] = /laddr=(\S+):(\d+)/.exec(String(await primary.command('CLIENT', 'LIST'))) ?? []
  // By default a primary waits 5 s for more replicas before it sends its data.
  await primary.command('CONFIG', 'SET', 'repl-diskless-sync-delay', 0)
  await replica.command('REPLICAOF', host, port)
  for (;;) {
    const info = String(await replica.command('INFO', 'replication').catch(() => ''))
    if (info.includes('master_link_status:up')) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await replicated(primary)
}

/**
 * Waits until a replica has everything that was written so far. WAIT is about its own connection's writes, so there
 * must be one.
 */
export async function replicated(primary: RedisConnection): Promise<void> {
  await primary.command('SET', 'replicated', 'up to here')
  await primary.command('WAIT', 1, 0)
}

/** Coordinates of a command record; what is not given is 0. */
export function at(coordinates: Partial<Coordinates> = {}): Coordinates {
  return { topic: 'payout.commands', partition: 0, offset: 0, line: 0, timestamp: 1_760_000_000_000, ...coordinates }
}
