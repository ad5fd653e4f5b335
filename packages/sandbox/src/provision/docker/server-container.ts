import { setTimeout as sleep } from 'node:timers/promises'
import { GenericContainer, ImageName, Wait } from 'testcontainers'
import { ProvisionError } from '../provision-error.ts'
import { notReadyIn, startLimitMs } from '../start-limit.ts'
import { CONTAINER_LABEL } from './containers.ts'
import type { DockerEngine } from './docker-engine.ts'

/** How to run one server in a container. */
export interface ServerImage {
  /** For messages: `Kafka`. */
  readonly name: string
  /** The image with its tag. */
  readonly image: string
  readonly containerPort: number
  /** The port of the engine's host that leads to it. */
  readonly hostPort: number
  readonly environment: Record<string, string>
  /** Empty: the image's own command. */
  readonly command: readonly string[]
  /** What it writes when clients may come. */
  readonly ready: RegExp
}

const STOP_LIMIT_MS = 15_000
const POLL_MS = 50

/** Publishes its ports on the loopback address only, where the engine is on this machine. */
class LocalContainer extends GenericContainer {
  readonly #host: string

  constructor(image: string, host: string) {
    super(image)
    this.#host = host
  }

  protected override async beforeContainerCreated(): Promise<void> {
    if (this.#host !== '127.0.0.1') return
    const bindings: Record<string, { HostPort?: string; HostIp?: string }[]> = this.hostConfig.PortBindings ?? {}
    for (const binding of Object.values(bindings).flat()) binding.HostIp = '127.0.0.1'
  }
}

/**
 * A server in a Docker container: it can be killed, stopped for a while, and started again with the same port and data.
 */
export class ServerContainer {
  readonly #server: ServerImage
  readonly #engine: DockerEngine
  readonly #id: string

  private constructor(server: ServerImage, engine: DockerEngine, id: string) {
    this.#server = server
    this.#engine = engine
    this.#id = id
  }

  /**
   * Pulls the image where it is not there yet, and starts a container of it with the label of this provision.
   * @throws ProvisionError PROVISION_FETCH_FAILED, PROVISION_PORT_TAKEN (try again) or PROVISION_START_FAILED.
   */
  static async start(
    server: ServerImage,
    engine: DockerEngine,
    session: string,
    progress: (message: string) => void,
  ): Promise<ServerContainer> {
    await pull(server.image, engine, progress)
    progress(`starting ${server.name} in a container`)
    const container = new LocalContainer(server.image, engine.host)
      .withExposedPorts({ container: server.containerPort, host: server.hostPort })
      .withEnvironment(server.environment)
      .withLabels({ [CONTAINER_LABEL]: session })
      .withAutoCleanup(false)
      .withStartupTimeout(startLimitMs())
      .withWaitStrategy(Wait.forLogMessage(server.ready))
    if (server.command.length > 0) container.withCommand([...server.command])
    try {
      const started = await container.start()
      return new ServerContainer(server, engine, started.getId())
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      const isTaken = /port is already allocated|address already in use/i.test(words)
      // In testcontainers' own words.
      const isLate = /not (received|started|ready|bound) (after|within) \d+ ?ms/i.test(words)
      const code = isTaken ? 'PROVISION_PORT_TAKEN' : isLate ? 'PROVISION_TOO_SLOW' : 'PROVISION_START_FAILED'
      const what = isLate ? `was ${notReadyIn(startLimitMs())}` : 'did not start'
      throw new ProvisionError(code, `${server.name} (image ${server.image}) ${what}: ${words.trim()}`, {
        cause: error,
      })
    }
  }

  /** Starts it again and waits until clients may come. Does nothing when it runs already. */
  async start(): Promise<void> {
    if (await this.#isRunning()) return
    await this.#container().start()
    const limitMs = startLimitMs()
    const limit = performance.now() + limitMs
    while (!(await this.#saysReady())) {
      const isLate = performance.now() > limit
      if (isLate || !(await this.#isRunning())) {
        throw new ProvisionError(
          isLate ? 'PROVISION_TOO_SLOW' : 'PROVISION_START_FAILED',
          `${this.#server.name} ${isLate ? `was ${notReadyIn(limitMs)}` : 'ended before it was ready'}; ` +
            `see docker logs ${this.#id.slice(0, 12)}`,
        )
      }
      await sleep(POLL_MS)
    }
  }

  /**
   * Sends the signal and waits until the container has ended; after 15 s of SIGTERM it is killed. Nothing when it is
   * not running.
   */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const container = this.#container()
    const { State: state } = await container.inspect()
    if (!state.Running) return
    if (state.Paused) await container.unpause()
    if (signal === 'SIGTERM') await container.stop({ t: STOP_LIMIT_MS / 1000 })
    else {
      await container.kill({ signal })
      await container.wait()
    }
  }

  /** The container stands still, its connections stay open. */
  async pause(): Promise<void> {
    await this.#container().pause()
  }

  /** The container goes on. */
  async resume(): Promise<void> {
    await this.#container().unpause()
  }

  /** Whether it has written, since its last start, that clients may come. */
  async #saysReady(): Promise<boolean> {
    const { State: state } = await this.#container().inspect()
    const since = Date.parse(state.StartedAt) / 1000
    const said = await this.#container().logs({ stdout: true, stderr: true, since, follow: false })
    return this.#server.ready.test(said.toString())
  }

  async #isRunning(): Promise<boolean> {
    return (await this.#container().inspect()).State.Running
  }

  #container() {
    return this.#engine.client.container.getById(this.#id)
  }
}

async function pull(image: string, { client }: DockerEngine, progress: (message: string) => void): Promise<void> {
  const name = ImageName.fromString(image)
  if (await client.image.exists(name)) return
  progress(`pulling the image ${image} (once)`)
  try {
    await client.image.pull(name)
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    throw new ProvisionError('PROVISION_FETCH_FAILED', `the image ${image} could not be pulled: ${words.trim()}`, {
      cause: error,
    })
  }
}
