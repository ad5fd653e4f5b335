import { join } from 'node:path'
import type { Program } from './supervisor.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')

/** The services, in the order in which the table of addresses shows them. */
export const serviceNames = ['gateway-ingress', 'signer', 'gateway-egress', 'reconciler'] as const
export type ServiceName = (typeof serviceNames)[number]

/** What the processes of one system share. */
export interface SystemSettings {
  readonly namespace: string
  readonly kafkaBrokers: string
  readonly redisUrl: string
  readonly partnersFile: string
  readonly gatewayUrl: string
  readonly ingressPort: number
  /** Where egress keeps what came as return files. */
  readonly evidenceFolder: string
  readonly adminPorts: Readonly<Record<ServiceName, number>>
  /** Partitions of every topic. */
  readonly partitions: number
}

/**
 * Partitions of every topic of a system that is started here: some lanes side by side, each of which costs each service
 * a start.
 */
export const PARTITIONS = 3

/** Settings as the environment variables that every service and every command of this package reads. */
export function environmentOf(
  settings: Pick<SystemSettings, 'namespace' | 'kafkaBrokers' | 'redisUrl' | 'partnersFile' | 'partitions'>,
): Record<string, string> {
  const partitions = String(settings.partitions)
  return {
    NAMESPACE: settings.namespace,
    MODE: 'sandbox',
    KAFKA_BROKERS: settings.kafkaBrokers,
    REDIS_URL: settings.redisUrl,
    PARTNERS_FILE: settings.partnersFile,
    LANES: partitions,
    TOPIC_PARTITIONS: partitions,
    TOPIC_REPLICAS: '1',
    TOPIC_MIN_INSYNC_REPLICAS: '1',
  }
}

/**
 * How to run a service. What this process has in its environment reaches it too, for TLS to Kafka and the like.
 * @param defaults settings in place of the service's own defaults; the environment wins over them
 */
export function serviceProgram(
  name: ServiceName,
  settings: SystemSettings,
  logs: string,
  defaults: Readonly<Record<string, string>> = {},
): Program {
  const inherited = { ...process.env }
  // REDIS_URL takes their place.
  for (const variable of ['REDIS_SENTINELS', 'REDIS_SENTINEL_NAME']) delete inherited[variable]
  return {
    name,
    file: join(ROOT, 'services', name, 'src', 'main.ts'),
    env: {
      SHUTDOWN_LIMIT: '10s',
      ...defaults,
      ...inherited,
      ...environmentOf(settings),
      GATEWAY_URL: settings.gatewayUrl,
      INGRESS_PORT: String(settings.ingressPort),
      FORM_URL: `http://127.0.0.1:${settings.ingressPort}`,
      EVIDENCE_FOLDER: settings.evidenceFolder,
      ADMIN_PORT: String(settings.adminPorts[name]),
    },
    log: serviceLog(name, logs),
    isReady: (line) => line.includes('"msg":"ready"'),
  }
}

/** Where a service's log goes. */
export function serviceLog(name: ServiceName, logs: string): string {
  return join(logs, `${name}.log`)
}

/** How to run the stand-in for Alipay's side. */
export function sandboxProgram(
  {
    partnersFile,
    stateFile,
    port,
  }: { readonly partnersFile: string; readonly stateFile: string; readonly port: number },
  logs: string,
): Program {
  return {
    name: 'sandbox',
    file: join(ROOT, 'packages', 'sandbox', 'src', 'alipay-main.ts'),
    env: { ...process.env, SANDBOX_PARTNERS: partnersFile, SANDBOX_STATE: stateFile, SANDBOX_PORT: String(port) },
    log: join(logs, 'sandbox.log'),
    isReady: (line) => line.includes('"event":"ready"'),
  }
}
