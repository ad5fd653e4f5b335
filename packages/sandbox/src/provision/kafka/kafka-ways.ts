import { attemptByDocker, attemptStart, type ProvisionDependencies } from '../attempt.ts'
import { kafkaOfEnvironment } from '../environment.ts'
import { findOnPath } from '../process/command.ts'
import { isFetched, kafkaJars, mavenFolder } from '../process/maven-folder.ts'
import { serverLog } from '../process/server-log.ts'
import type { Attempt, Way, WayName } from '../way.ts'
import { findJava, JAVA_NEEDED } from './java.ts'
import { KafkaProcesses } from './kafka-processes.ts'
import type { KafkaProvision } from './kafka-provision.ts'

async function fromEnvironment({ brokers }: ProvisionDependencies): Promise<Attempt<KafkaProvision>> {
  const list = process.env.KAFKA_BROKERS
  if (!list) return { missing: 'KAFKA_BROKERS is not set' }
  if (brokers === 3) return { missing: 'a cluster of three is only made of processes of this machine' }
  return { server: await kafkaOfEnvironment(list), how: `the Kafka that KAFKA_BROKERS names (${list})` }
}

async function byDocker(dependencies: ProvisionDependencies): Promise<Attempt<KafkaProvision>> {
  if (dependencies.brokers === 3) return { missing: 'a cluster of three is only made of processes of this machine' }
  return attemptByDocker(dependencies, 'Apache Kafka 4.1.0, one broker in a Docker container', async (engine) => {
    const { KafkaContainer } = await import('./kafka-container.ts')
    return KafkaContainer.start(engine, dependencies.session, dependencies.kafkaSettings, dependencies.progress)
  })
}

async function byProcesses(dependencies: ProvisionDependencies): Promise<Attempt<KafkaProvision>> {
  const { brokers, kafkaSettings: settings, light, progress, folder, lifeline } = dependencies
  const logOf = (id: number, beside: string) => serverLog(`kafka-${id}`, beside, dependencies)
  const found = await findJava()
  const lacks = [
    ...('missing' in found ? [`${found.missing}; Java ${JAVA_NEEDED} or later is needed`] : []),
    ...(isFetched(kafkaJars) || findOnPath('mvn') ? [] : ["no Maven (mvn) on the PATH to fetch Kafka's jars with"]),
  ]
  if ('missing' in found || lacks.length > 0) {
    const needed = [
      ...('missing' in found ? [`Java ${JAVA_NEEDED} or later`] : []),
      ...(isFetched(kafkaJars) || findOnPath('mvn') ? [] : ['Maven (mvn)']),
    ]
    return { missing: lacks.join(', and '), wayOut: `install ${needed.join(' and ')}` }
  }
  const count = brokers === 3 ? 'three brokers as processes' : 'one broker as a process'
  return attemptStart(`Apache Kafka 4.1.0, ${count} of this machine (${found.java})`, async () => {
    const jars = await mavenFolder(kafkaJars, progress)
    progress(brokers === 3 ? 'starting three Kafka brokers (about 6 seconds)' : 'starting Kafka (about 3 seconds)')
    return KafkaProcesses.start({ brokers, settings, light, java: found, jars, folder, logOf, lifeline, progress })
  })
}

/** The ways to a Kafka. */
export function kafkaWays(dependencies: ProvisionDependencies): Record<WayName, Way<KafkaProvision>> {
  return {
    environment: () => fromEnvironment(dependencies),
    docker: () => byDocker(dependencies),
    processes: () => byProcesses(dependencies),
  }
}
