import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../process/free-port.ts'
import type { Lifeline } from '../process/lifeline.ts'
import type { ServerLog } from '../process/server-log.ts'
import { ServerProcess } from '../process/server-process.ts'
import type { RedisProvision } from './redis-provision.ts'

/**
 * Redis settings that hold however it is run: it keeps what was written (all but the last second), and evicts nothing.
 */
export const redisSettings: readonly string[] = [
  '--appendonly',
  'yes',
  '--appendfsync',
  'everysec',
  '--maxmemory-policy',
  'noeviction',
  '--save',
  '',
]

/** redis-server as a process of this machine, on 127.0.0.1. */
export class RedisProcess implements RedisProvision {
  readonly url: string
  readonly #server: ServerProcess

  private constructor(url: string, server: ServerProcess) {
    this.url = url
    this.#server = server
  }

  /**
   * Starts `program` with its data in `folder`; goes on with the data that is there.
   * @throws ProvisionError PROVISION_PORT_TAKEN (try again) or PROVISION_START_FAILED.
   */
  static async start(program: string, folder: string, log: ServerLog, lifeline: Lifeline): Promise<RedisProcess> {
    const data = join(folder, 'redis')
    mkdirSync(data, { recursive: true })
    const port = await freePort()
    const server = new ServerProcess(
      {
        name: 'Redis',
        command: program,
        args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', data, ...redisSettings],
        log,
        ready: /Ready to accept connections/,
        portTaken: /Address already in use/,
      },
      lifeline,
    )
    await server.start()
    return new RedisProcess(`redis://127.0.0.1:${port}`, server)
  }

  get pid(): number | undefined {
    return this.#server.pid
  }

  kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    return this.#server.kill(signal)
  }

  start(): Promise<void> {
    return this.#server.start()
  }

  async pause(): Promise<void> {
    this.#server.pause()
  }

  async resume(): Promise<void> {
    this.#server.resume()
  }

  async restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    await this.kill(signal)
    await this.start()
  }
}
