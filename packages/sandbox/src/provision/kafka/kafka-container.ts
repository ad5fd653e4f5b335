import type { DockerEngine } from '../docker/docker-engine.ts'
import { ServerContainer } from '../docker/server-container.ts'
import { freePort } from '../process/free-port.ts'
import { kafkaEnvironment } from './kafka-environment.ts'
import type { KafkaNode, KafkaProvision } from './kafka-provision.ts'

/** Apache's own image. */
const KAFKA_IMAGE = 'apache/kafka:4.1.0'

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
