import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { freePort } from './free-port.ts'
import type { KafkaNode, KafkaProvision } from './kafka-provision.ts'
import type { Lifeline } from './lifeline.ts'
import { ProvisionError } from './provision-error.ts'
import { ServerProcess } from './server-process.ts'
import { brokerSettings, serverProperties } from './server-properties.ts'

/** Any valid one does: brokers of other provisions are never met. */
const CLUSTER_ID = 'cGF5b3V0LXNhbmRib3gwMA'

const LOG4J = `
rootLogger.level = INFO
rootLogger.appenderRef.stdout.ref = STDOUT
appender.stdout.type = Console
appender.stdout.name = STDOUT
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = [%d] %p %m (%c)%n
`

/** What brokers on this machine are started from. */
export interface KafkaProcessesOptions {
  readonly brokers: 1 | 3
  readonly settings: Record<string, string>
  /** The program `java`, 17 or later. */
  readonly java: string
  /** The folder with Kafka's jars. */
  readonly jars: string
  /** Each broker has a folder of its own in it; a broker that finds its data there goes on with it. */
  readonly folder: string
  readonly lifeline: Lifeline
}

class KafkaProcess implements KafkaNode {
  readonly id: number
  readonly address: string
  readonly #server: ServerProcess
  readonly #format: () => Promise<void>

  constructor(id: number, address: string, server: ServerProcess, format: () => Promise<void>) {
    this.id = id
    this.address = address
    this.#server = server
    this.#format = format
  }

  get pid(): number | undefined {
    return this.#server.pid
  }

  async start(): Promise<void> {
    await this.#format()
    await this.#server.start()
  }

  kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    return this.#server.kill(signal)
  }

  async pause(): Promise<void> {
    this.#server.pause()
  }

  async resume(): Promise<void> {
    this.#server.resume()
  }
}

/** Apache Kafka as processes of this machine: one broker, or a cluster of three (replication 3, min ISR 2). */
export class KafkaProcesses implements KafkaProvision {
  readonly brokers: string[]
  readonly nodes: readonly KafkaNode[]

  private constructor(nodes: readonly KafkaNode[]) {
    this.nodes = nodes
    this.brokers = nodes.map((node) => node.address)
  }

  /**
   * Makes the brokers' folders and starts them.
   * @throws ProvisionError PROVISION_PORT_TAKEN (try again) or PROVISION_START_FAILED.
   */
  static async start(options: KafkaProcessesOptions): Promise<KafkaProcesses> {
    const ids = options.brokers === 3 ? [1, 2, 3] : [1]
    const places = await Promise.all(
      ids.map(async (id) => ({ id, port: await freePort(), controller: await freePort() })),
    )
    const controllers = places.map(({ id, controller }) => ({ id, port: controller }))
    const nodes = places.map(({ id, port }) => {
      const folder = join(options.folder, `kafka-${id}`)
      const settings = brokerSettings({ id, port, controllers, dataFolder: join(folder, 'data') }, options.settings)
      return makeNode(options, { id, port, folder, settings })
    })
    try {
      await allSettled(nodes.map((node) => node.start()))
    } catch (error) {
      await Promise.all(nodes.map((node) => node.kill('SIGKILL')))
      throw error
    }
    return new KafkaProcesses(nodes)
  }

  async restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill(signal)))
    await Promise.all(this.nodes.map((node) => node.start()))
  }
}

/** Waits for all before it throws the first error, so that nothing is still starting afterwards. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') throw result.reason
  }
}

interface NodePlace {
  readonly id: number
  readonly port: number
  readonly folder: string
  readonly settings: Record<string, string>
}

function makeNode(
  { java, jars, lifeline }: KafkaProcessesOptions,
  { id, port, folder, settings }: NodePlace,
): KafkaNode {
  const scratch = join(folder, 'tmp')
  mkdirSync(scratch, { recursive: true })
  const properties = join(folder, 'server.properties')
  const log4j = join(folder, 'log4j2.properties')
  writeFileSync(properties, serverProperties(settings))
  writeFileSync(log4j, LOG4J)
  const name = `Kafka broker ${id}`
  const jvm = [
    '-XX:-UsePerfData',
    '-Djava.awt.headless=true',
    `-Djava.io.tmpdir=${scratch}`,
    `-Dlog4j2.configurationFile=${log4j}`,
    '-cp',
    join(jars, '*'),
  ]
  const format = async () => {
    if (existsSync(join(folder, 'data', 'meta.properties'))) return
    const tool = ['-XX:TieredStopAtLevel=1', '-Xshare:auto', ...jvm, 'kafka.tools.StorageTool']
    const result = await runCommand(java, [...tool, 'format', '-t', CLUSTER_ID, '-c', properties])
    if (result?.code === 0) return
    const words = result?.output.trim().split('\n').slice(-5).join('\n  ') ?? `${java} could not be run`
    throw new ProvisionError(
      'PROVISION_START_FAILED',
      `${name}: its folder ${folder} could not be formatted:\n  ${words}`,
    )
  }
  const server = new ServerProcess(
    {
      name,
      command: java,
      args: ['-Xmx512m', ...jvm, 'kafka.Kafka', properties],
      log: join(folder, 'server.log'),
      ready: /Kafka Server started/,
      portTaken: /Address already in use/,
    },
    lifeline,
  )
  return new KafkaProcess(id, `127.0.0.1:${port}`, server, format)
}
