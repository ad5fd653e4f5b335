import { join } from 'node:path'
import { freePort } from '../process/free-port.ts'
import type { Lifeline } from '../process/lifeline.ts'
import type { ServerLog } from '../process/server-log.ts'
import { classArchive } from './class-archive.ts'
import type { JavaProgram } from './java.ts'
import { KafkaProcess } from './kafka-process.ts'
import type { KafkaNode, KafkaProvision } from './kafka-provision.ts'
import { brokerSettings } from './server-properties.ts'
import { SHORT_LIVED_JVM } from './short-lived-jvm.ts'

/** What brokers on this machine are started from. */
export interface KafkaProcessesOptions {
  readonly brokers: 1 | 3
  readonly settings: Record<string, string>
  /** Costs less to start and to keep, and does less at once. */
  readonly light: boolean
  /** 17 or later. */
  readonly java: JavaProgram
  /** The folder with Kafka's jars. */
  readonly jars: string
  /** Each broker has a folder of its own in it; a broker that finds its data there goes on with it. */
  readonly folder: string
  /** Where a broker's log goes. */
  readonly logOf: (id: number, beside: string) => ServerLog
  readonly lifeline: Lifeline
  readonly progress: (message: string) => void
}

/** Threads that look for work, and a log that nobody reads, are much of what a broker costs that has little to do. */
const LIGHT_SETTINGS = {
  'num.network.threads': '1',
  'num.io.threads': '2',
  'background.threads': '2',
  'group.coordinator.threads': '1',
  'share.coordinator.threads': '1',
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
    const { light, java, jars, lifeline } = options
    const archive = await classArchive({ ...options, make: light })
    const jvm = [...SHORT_LIVED_JVM, ...(archive === undefined ? [] : [`-XX:SharedArchiveFile=${archive}`])]
    const ids = options.brokers === 3 ? [1, 2, 3] : [1]
    const places = await Promise.all(
      ids.map(async (id) => ({ id, port: await freePort(), controller: await freePort() })),
    )
    const controllers = places.map(({ id, controller }) => ({ id, port: controller }))
    const logs = light ? 'WARN' : 'INFO'
    const more = light ? { ...LIGHT_SETTINGS, ...options.settings } : options.settings
    const nodes = places.map(({ id, port }) => {
      const folder = join(options.folder, `kafka-${id}`)
      const place = { id, port, controllers, dataFolder: join(folder, 'data') }
      const settings = (goesOn: boolean) => brokerSettings({ ...place, goesOn }, more)
      return new KafkaProcess({
        id,
        port,
        folder,
        log: options.logOf(id, folder),
        settings,
        logs,
        java: java.java,
        jvm,
        jars,
        lifeline,
      })
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
