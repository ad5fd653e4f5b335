import { randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../process/command.ts'
import type { Lifeline } from '../process/lifeline.ts'
import type { ServerLog } from '../process/server-log.ts'
import { ServerProcess } from '../process/server-process.ts'
import { ProvisionError } from '../provision-error.ts'
import type { KafkaNode } from './kafka-provision.ts'
import { serverProperties } from './server-properties.ts'

/** Any valid one does: brokers of other provisions are never met. */
const CLUSTER_ID = 'cGF5b3V0LXNhbmRib3gwMA'

/** What says that it is ready is said in any case. */
const log4jProperties = (level: 'INFO' | 'WARN') => `
rootLogger.level = ${level}
logger.ready.name = kafka.server.KafkaRaftServer
logger.ready.level = INFO
rootLogger.appenderRef.stdout.ref = STDOUT
appender.stdout.type = Console
appender.stdout.name = STDOUT
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = [%d] %p %m (%c)%n
`

/** What one broker on this machine is started from. */
export interface KafkaProcessOptions {
  /** Kafka's `node.id`. */
  readonly id: number
  /** Where it listens, on 127.0.0.1. */
  readonly port: number
  /** A folder of its own; a broker that finds its data there goes on with it. */
  readonly folder: string
  readonly log: ServerLog
  /** All settings of a broker that is new, or goes on with its data. */
  readonly settings: (goesOn: boolean) => Record<string, string>
  /** The program `java`, 17 or later. */
  readonly java: string
  /** What is said in its log: what happens, or what is wrong. */
  readonly logs: 'INFO' | 'WARN'
  /** Further arguments of Java. */
  readonly jvm: readonly string[]
  /** The folder with Kafka's jars. */
  readonly jars: string
  readonly lifeline: Lifeline
}

/** One Kafka broker as a process of this machine. */
export class KafkaProcess implements KafkaNode {
  readonly id: number
  readonly address: string
  readonly #options: KafkaProcessOptions
  readonly #arguments: readonly string[]
  readonly #server: ServerProcess

  constructor(options: KafkaProcessOptions) {
    const { id, port, folder, logs, java, jvm, jars, lifeline } = options
    this.id = id
    this.address = `127.0.0.1:${port}`
    this.#options = options
    const scratch = join(folder, 'tmp')
    mkdirSync(scratch, { recursive: true })
    const log4j = join(folder, 'log4j2.properties')
    writeFileSync(log4j, log4jProperties(logs))
    this.#arguments = [
      '-XX:-UsePerfData',
      '-Djava.awt.headless=true',
      `-Djava.io.tmpdir=${scratch}`,
      `-Dlog4j2.configurationFile=${log4j}`,
      '-cp',
      join(jars, '*'),
    ]
    this.#server = new ServerProcess(
      {
        name: `Kafka broker ${id}`,
        command: java,
        args: ['-Xmx512m', ...jvm, ...this.#arguments, 'kafka.Kafka', this.#properties],
        log: options.log,
        ready: /Kafka Server started/,
        portTaken: /Address already in use/,
      },
      lifeline,
    )
  }

  get pid(): number | undefined {
    return this.#server.pid
  }

  async start(): Promise<void> {
    const { folder, settings } = this.#options
    const goesOn = existsSync(join(folder, 'data', 'meta.properties'))
    writeFileSync(this.#properties, serverProperties(settings(goesOn)))
    if (!goesOn) await this.#format()
    await this.#server.start()
  }

  /** As KafkaNode has it; `limitMs` is how long SIGTERM may take before it is killed. */
  kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL', limitMs?: number): Promise<void> {
    return this.#server.kill(signal, limitMs)
  }

  async pause(): Promise<void> {
    this.#server.pause()
  }

  async resume(): Promise<void> {
    this.#server.resume()
  }

  get #properties(): string {
    return join(this.#options.folder, 'server.properties')
  }

  /**
   * Kafka's own tool needs a second for it, and what it writes depends on the jars and the id only: it is kept beside
   * the jars.
   */
  async #format(): Promise<void> {
    const { folder, jars, id } = this.#options
    const [data, kept] = [join(folder, 'data'), `${jars}-node-${id}`]
    if (existsSync(kept)) {
      cpSync(kept, data, { recursive: true })
      return
    }
    await this.#formatByKafka()
    const part = `${kept}.${randomUUID()}`
    try {
      cpSync(data, part, { recursive: true })
      renameSync(part, kept)
    } catch {
      // Another process was faster, or nothing can be kept there.
      rmSync(part, { recursive: true, force: true })
    }
  }

  async #formatByKafka(): Promise<void> {
    const { java, id } = this.#options
    const tool = ['-XX:TieredStopAtLevel=1', '-Xshare:auto', ...this.#arguments, 'kafka.tools.StorageTool']
    const result = await runCommand(java, [...tool, 'format', '-t', CLUSTER_ID, '-c', this.#properties])
    if (result?.code === 0) return
    const words = result?.output.trim().split('\n').slice(-5).join('\n  ') ?? `${java} could not be run`
    throw new ProvisionError(
      'PROVISION_START_FAILED',
      `Kafka broker ${id}: its folder could not be formatted:\n  ${words}`,
    )
  }
}
