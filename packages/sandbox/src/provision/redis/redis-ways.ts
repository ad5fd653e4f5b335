import { attemptByDocker, attemptStart, type ProvisionDependencies } from '../attempt.ts'
import { redisOfEnvironment } from '../environment.ts'
import { serverLog } from '../process/server-log.ts'
import type { Attempt, Way, WayName } from '../way.ts'
import { RedisProcess } from './redis-process.ts'
import { findRedis } from './redis-program.ts'
import type { RedisProvision } from './redis-provision.ts'

async function fromEnvironment(): Promise<Attempt<RedisProvision>> {
  const url = process.env.REDIS_URL
  if (!url) return { missing: 'REDIS_URL is not set' }
  return { server: await redisOfEnvironment(url), how: 'the Redis that REDIS_URL names' }
}

async function byDocker(dependencies: ProvisionDependencies): Promise<Attempt<RedisProvision>> {
  return attemptByDocker(dependencies, 'Redis 7 in a Docker container', async (engine) => {
    const { RedisContainer } = await import('./redis-container.ts')
    return RedisContainer.start(engine, dependencies.session, dependencies.progress)
  })
}

async function byProcess(dependencies: ProvisionDependencies): Promise<Attempt<RedisProvision>> {
  const { progress, folder, lifeline } = dependencies
  const found = await findRedis(progress)
  if ('missing' in found) return found
  return attemptStart(found.how, () =>
    RedisProcess.start(found.program, folder, serverLog('redis', folder, dependencies), lifeline),
  )
}

/** The ways to a Redis. */
export function redisWays(dependencies: ProvisionDependencies): Record<WayName, Way<RedisProvision>> {
  return {
    environment: () => fromEnvironment(),
    docker: () => byDocker(dependencies),
    processes: () => byProcess(dependencies),
  }
}
