import type { DockerEngine } from './docker-engine.ts'
import { freePort } from './free-port.ts'
import type { KafkaNode, KafkaProvision } from './kafka-provision.ts'
import { ServerContainer } from './server-container.ts'
import { brokerDefaults } from './server-properties.ts'

/** Apache's own image. */
export const KAFKA_IMAGE = 'apache/kafka:4.1.0'

/** The variable by which the image takes a broker setting: `a.b_c-d` is KAFKA_A_B__C___D. */
export function settingVariable(setting: string): string {
  const written: Record<string, string> = { '.': '_', _: '__', '-': '___' }
  return `KAFKA_${setting.replaceAll(/[._-]/g, (mark) => written[mark] ?? mark).toUpperCase()}`
}

/**
 * The image's environment for one broker that clients reach at `address`. It is the full set: the image drops its
 * own file of settings as soon as one is given.
 */
export function kafkaEnvironment(address: string, settings: Record<string, string>): Record<string, string> {
  const all = {
    'node.id': '1',
    'process.roles': 'broker,controller',
    'controller.quorum.voters': '1@localhost:29093',
    'controller.listener.names': 'CONTROLLER',
    listeners: 'HOST://0.0.0.0:9092,INTERNAL://localhost:29092,CONTROLLER://localhost:29093',
    'advertised.listeners': `HOST://${address},INTERNAL://localhost:29092`,
    'listener.security.protocol.map': 'HOST:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    ...brokerDefaults(1),
    ...settings,
  }
  const entries = Object.entries(all).map(([setting, value]) => [settingVariable(setting), value])
  return { ...Object.fromEntries(entries), KAFKA_HEAP_OPTS: '-Xmx512m' }
}

/** One Kafka broker in a container of Apache's image. */
export class KafkaContainer implements KafkaProvision {
  readonly brokers: string[]
  readonly nodes: readonly KafkaNode[]

  private constructor(address: string, container: ServerContainer) {
    this.brokers = [address]
    this.nodes = [
      {
        id: 1,
        address,
        pid: undefined,
        kill: (signal) => container.kill(signal),
        start: () => container.start(),
        pause: () => container.pause(),
        resume: () => container.resume(),
      },
    ]
  }

  /** @throws ProvisionError as ServerContainer.start does. */
  static async start(
    engine: DockerEngine,
    session: string,
    settings: Record<string, string>,
    progress: (message: string) => void,
  ): Promise<KafkaContainer> {
    const hostPort = await freePort()
    const address = `${engine.host}:${hostPort}`
    const image = {
      name: 'Kafka',
      image: KAFKA_IMAGE,
      containerPort: 9092,
      hostPort,
      environment: kafkaEnvironment(address, settings),
      command: [],
      ready: /Kafka Server started/,
    }
    return new KafkaContainer(address, await ServerContainer.start(image, engine, session, progress))
  }

  async restart(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    for (const node of this.nodes) {
      await node.kill(signal)
      await node.start()
    }
  }
}
