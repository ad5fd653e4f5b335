import type { DockerEngine } from '../docker/docker-engine.ts'
import { ServerContainer } from '../docker/server-container.ts'
import { freePort } from '../process/free-port.ts'
import { redisSettings } from './redis-process.ts'
import type { RedisProvision } from './redis-provision.ts'

/** Redis's official image. */
const REDIS_IMAGE = 'redis:7'

/** Redis in a container of its official image. */
export class RedisContainer implements RedisProvision {
  readonly url: string
  readonly pid = undefined
  readonly #container: ServerContainer

  private constructor(url: string, container: ServerContainer) {
    this.url = url
    this.#container = container
  }

  /** @throws ProvisionError as ServerContainer.start does. */
  static async start(
    engine: DockerEngine,
    session: string,
    progress: (message: string) => void,
  ): Promise<RedisContainer> {
    const hostPort = await freePort()
    const image = {
      name: 'Redis',
      image: REDIS_IMAGE,
      containerPort: 6379,
      hostPort,
      environment: {},
      command: ['redis-server', ...redisSettings],
      ready: /Ready to accept connections/,
    }
    const container = await ServerContainer.start(image, engine, session, progress)
    return new RedisContainer(`redis://${engine.host}:${hostPort}`, container)
  }

  kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    return this.#container.kill(signal)
  }

  start(): Promise<void> {
    return this.#container.start()
  }

  pause(): Promise<void> {
    return this.#container.pause()
  }

  resume(): Promise<void> {
    return this.#container.resume()
  }

  async restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    await this.kill(signal)
    await this.start()
  }
}
