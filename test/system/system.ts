/**
 * A whole system for tests: real Kafka and Redis, the stand-in for Alipay and the four services, as many of each as
 * wanted, and every event that downstream would see. The services run in the process of the tests, since starting one
 * costs a second of a core; those that a test kills are processes of their own.
 */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Program, Supervisor } from '@payout/demo/system/supervisor'
import { createTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import { kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'
import type { EventLog, Publisher } from '@payout/runtime/event-log/port'
import { type Logger, logger } from '@payout/runtime/observability/logging'
import type { StateStore } from '@payout/runtime/redis/port'
import { redisStateStore } from '@payout/runtime/redis/state-store'
import { registryEventLog } from '@payout/runtime/schema-registry/log'
import { SchemaRegistry } from '@payout/runtime/schema-registry/registry'
import { type AlipaySandboxOptions, startAlipaySandbox } from '@payout/sandbox/alipay/alipay-sandbox'
import { DEMO_PARTNERS, type DemoPartner, makeDemoPartners } from '@payout/sandbox/alipay/partners/sandbox-partners'
import { SandboxClient } from '@payout/sandbox/alipay/sandbox-client'
import { freePort } from '@payout/sandbox/provision/process/free-port'
import { Lifeline } from '@payout/sandbox/provision/process/lifeline'
import { Codec } from '@payout/schemas/codec'
import { MIB } from '@payout/schemas/units'
import { EventWatch } from './event-watch.ts'
import { HostedService, type Ports, type ServiceName, type ServiceRun } from './hosted-service.ts'
import { TcpRelay } from './tcp-relay.ts'

export type { ServiceName } from './hosted-service.ts'
export const SERVICES = ['signer', 'gateway-egress', 'gateway-ingress', 'reconciler'] as const

const ROOT = join(import.meta.dirname, '..', '..')

export interface SystemOptions {
  readonly brokers: readonly string[]
  readonly redisUrl: string
  /** How many of each service; 1 unless it is given, 0 for none. */
  readonly count?: Partial<Record<ServiceName, number>>
  /** Services that run as processes of their own, so that they can be killed. */
  readonly processes?: readonly ServiceName[]
  readonly partners?: readonly DemoPartner[]
  readonly lanes?: number
  /** Partitions of the topics that are keyed by their users. */
  readonly keyPartitions?: number
  /** Further environment of every service. */
  readonly env?: Readonly<Record<string, string>>
  readonly sandbox?: Omit<AlipaySandboxOptions, 'partners' | 'stateFile'>
  /** What services in this process work with in place of what they are connected to. */
  readonly ports?: Ports
  /** Another file in the place of a process' own main.ts: the same service with one layer replaced. */
  readonly mains?: Partial<Record<ServiceName, string>>
  readonly namespace?: string
}

export interface System {
  readonly namespace: string
  readonly folder: string
  readonly log: EventLog
  readonly stateStore: StateStore
  readonly publisher: Publisher
  readonly gateway: SandboxClient
  readonly gatewayUrl: string
  readonly events: EventWatch
  readonly logger: Logger
  /** Where notifies go, and where users' browsers find forms. */
  readonly ingressUrl: string
  readonly partnersFile: string
  /** Where egress keeps what came as return files, by SHA-256. */
  readonly evidenceFolder: string
  /** Each start of a service, in their order. */
  readonly services: Readonly<Record<ServiceName, readonly ServiceRun[]>>
  /** Starts a service once more, with other settings where they are given. */
  add(service: ServiceName, env?: Readonly<Record<string, string>>): Promise<ServiceRun>
  /** @param keep leaves the folder with the services' logs. */
  stop(keep?: boolean): Promise<void>
}

/** Starts everything and waits until all of it is ready. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const namespace = options.namespace ?? `t${randomBytes(5).toString('hex')}`
  const folder = await mkdtemp(join(tmpdir(), 'payout-test-'))
  const lifeline = new Lifeline()
  lifeline.removeFolder(folder)
  const log = logger('test', 'silent')
  const connection = { brokers: options.brokers, clientId: `${namespace}.test`, logger: log }
  await createTopics(connection, {
    namespace,
    lanes: options.lanes ?? 3,
    keyPartitions: options.keyPartitions ?? 3,
    replicationFactor: 1,
    minInsyncReplicas: 1,
    mode: 'sandbox',
  })

  const evidenceFolder = join(folder, 'evidence')
  const relay = new TcpRelay()
  const ingressUrl = `http://127.0.0.1:${await relay.listen()}`
  const ingressPorts: number[] = []
  const demo = await makeDemoPartners({
    folder,
    notifyUrl: (alias) => `${ingressUrl}/notify/${alias}`,
    partners: options.partners ?? DEMO_PARTNERS,
  })
  const supervisorOptions = {
    lifeline,
    note: () => undefined,
    firstBackOffMs: 100,
    mostBackOffMs: 1_000,
    startLimitMs: 60_000,
  }
  const sandbox = await startAlipaySandbox({
    // A notify that was refused on a busy machine comes again after two seconds, and not after two minutes.
    timeScale: 60,
    ...options.sandbox,
    partners: demo.sandbox,
    stateFile: join(folder, 'books.jsonl'),
  })
  const { url: gatewayUrl } = sandbox

  const url = options.env?.SCHEMA_REGISTRY_URL
  const registry = url
    ? new SchemaRegistry({ url, namespace, register: true, timeoutMs: 20_000, logger: log })
    : undefined
  await registry?.connect()
  const kafka = kafkaEventLog({ ...connection, namespace })
  const eventLog = registry ? registryEventLog(kafka, registry) : kafka
  const stateStore = redisStateStore({
    url: options.redisUrl,
    namespace,
    logger: log,
    commandTimeoutMs: 2_000,
    connectionName: `${namespace}.test`,
  })
  const events = new EventWatch(eventLog, new Codec(registry))
  await events.start()

  const services: Record<ServiceName, ServiceRun[]> = {
    signer: [],
    'gateway-egress': [],
    'gateway-ingress': [],
    reconciler: [],
  }
  const counts: Record<ServiceName, number> = { signer: 0, 'gateway-egress': 0, 'gateway-ingress': 0, reconciler: 0 }
  const add = async (service: ServiceName, env: Readonly<Record<string, string>> = {}) => {
    const index = counts[service]++
    const port = await freePort()
    const program: Program = {
      name: `${service}-${index}`,
      file: options.mains?.[service] ?? join(ROOT, 'services', service, 'src', 'main.ts'),
      log: join(folder, `${service}-${index}.log`),
      isReady: (line) => line.includes('"msg":"ready"'),
      env: {
        PATH: process.env.PATH,
        KAFKAJS_NO_PARTITIONER_WARNING: '1',
        NAMESPACE: namespace,
        MODE: 'sandbox',
        KAFKA_BROKERS: options.brokers.join(','),
        REDIS_URL: options.redisUrl,
        GATEWAY_URL: gatewayUrl,
        PARTNERS_FILE: demo.merchantFile,
        INGRESS_PORT: String(port),
        RESEND_DELAY_MIN: '200ms',
        FORM_URL: ingressUrl,
        EVIDENCE_FOLDER: evidenceFolder,
        ...options.env,
        ...env,
      },
    }
    const isProcess = options.processes?.includes(service) ?? false
    const run = isProcess
      ? new Supervisor(program, supervisorOptions)
      : new HostedService(service, program, options.ports)
    services[service].push(run)
    await run.start()
    if (service === 'gateway-ingress') {
      ingressPorts.push(port)
      relay.targets = ingressPorts
    }
    return run
  }
  await Promise.all(
    SERVICES.flatMap((service) => Array.from({ length: options.count?.[service] ?? 1 }, () => add(service))),
  )

  const publisher = eventLog.publisher({ maxBytes: 256 * MIB })
  return {
    namespace,
    folder,
    log: eventLog,
    stateStore,
    publisher,
    gateway: new SandboxClient(gatewayUrl),
    gatewayUrl,
    events,
    logger: log,
    ingressUrl,
    partnersFile: demo.merchantFile,
    evidenceFolder,
    services,
    add,
    stop: async (keep = false) => {
      await Promise.all(
        Object.values(services)
          .flat()
          .map((run) => run.stop(10_000)),
      )
      await sandbox.stop()
      await relay.close()
      await events.stop()
      await eventLog.close()
      await stateStore.close()
      if (!keep) await rm(folder, { recursive: true, force: true })
      if (!keep) await lifeline.cut()
    },
  }
}
