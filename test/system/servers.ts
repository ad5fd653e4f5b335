/**
 * One Kafka and one Redis for all test files of a run: each file has a namespace of its own. Each kind of tests that
 * needs them calls this; the first one starts them, and the last one stops them.
 */
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    brokers: string[]
    redisUrl: string
  }
}

interface Shared {
  readonly servers: Promise<Provisioned>
  users: number
}

// Vitest loads this file anew for each kind of tests, all in one process.
declare global {
  var payoutServers: Map<'processes' | undefined, Shared> | undefined
}
globalThis.payoutServers ??= new Map()
const all = globalThis.payoutServers

/**
 * Addresses in the environment are for whole systems; what tells how Kafka is used needs a Kafka with settings for
 * that.
 */
function preferenceOf({ name }: TestProject): 'processes' | undefined {
  const { KAFKA_BROKERS, REDIS_URL } = process.env
  return name === 'system' && (KAFKA_BROKERS || REDIS_URL) ? undefined : 'processes'
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefer = preferenceOf(project)
  const shared = all.get(prefer) ?? { servers: start(prefer), users: 0 }
  all.set(prefer, shared)
  shared.users++
  const { kafka, redis } = await shared.servers
  project.provide('brokers', [...kafka.brokers])
  project.provide('redisUrl', redis.url)
  return async () => {
    shared.users--
    if (shared.users > 0) return
    all.delete(prefer)
    await (await shared.servers).stop()
  }
}

async function start(prefer: 'processes' | undefined): Promise<Provisioned> {
  const servers = await provision({
    // Groups whose members are missed soon, and a log cleaner that looks for work every half second in place of every
    // 15.
    kafkaSettings: { 'group.min.session.timeout.ms': '1000', 'log.cleaner.backoff.ms': '500' },
    light: true,
    ...(prefer === undefined ? {} : { prefer }),
    progress: (message) => process.stderr.write(`${message}\n`),
  })
  process.stderr.write(`Kafka: ${servers.how.kafka}; Redis: ${servers.how.redis}\n`)
  return servers
}
