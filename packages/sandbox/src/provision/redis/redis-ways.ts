import { redisOfEnvironment } from '../environment.ts'
import { attemptByDocker, attemptStart, type Ground, serverLog } from '../ground.ts'
import type { Attempt, Way, WayName } from '../way.ts'
import { RedisProcess } from './redis-process.ts'
import { findRedis } from './redis-program.ts'
import type { RedisProvision } from './redis-provision.ts'

async function fromEnvironment(): Promise<Attempt<RedisProvision>> {
  const url = process.env.REDIS_URL
  if (!url) return { missing: 'REDIS_URL is not set' }
  return { server: await redisOfEnvironment(url), how: 'the Redis that REDIS_URL names' }
}

async function byDocker(ground: Ground): Promise<Attempt<RedisProvision>> {
  return attemptByDocker(ground, 'Redis 7 in a Docker container', async (engine) => {
    const { RedisContainer } = await import('./redis-container.ts')
    return RedisContainer.start(engine, ground.session, ground.progress)
  })
}

async function byProcess(ground: Ground): Promise<Attempt<RedisProvision>> {
  const { progress, folder, lifeline } = ground
  const found = await findRedis(progress)
  if ('missing' in found) return found
  return attemptStart(found.how, () =>
    RedisProcess.start(found.program, folder, serverLog('redis', folder, ground), lifeline),
  )
}

/** The ways to a Redis. */
export function redisWays(ground: Ground): Record<WayName, Way<RedisProvision>> {
  return {
    environment: () => fromEnvironment(),
    docker: () => byDocker(ground),
    processes: () => byProcess(ground),
  }
}
