/** One secured Kafka and one Redis for all files of a run. */
import type { TestProject } from 'vitest/node'
import { RedisServers } from '../redis-servers.ts'
import { type SecureAccess, SecureKafka } from './secure-kafka.ts'

declare module 'vitest' {
  interface ProvidedContext {
    secure: SecureAccess
    redisUrl: string
  }
}

/** How long a log-in holds: brokers refuse one that comes within a second of the last, and a run has to see several. */
const SESSION_MS = 3_000

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = new RedisServers()
  const [kafka, redis] = await Promise.all([SecureKafka.start(SESSION_MS), servers.start()])
  project.provide('secure', kafka.access)
  project.provide('redisUrl', redis.url)
  return async () => {
    await kafka.stop()
    await servers.close()
  }
}
