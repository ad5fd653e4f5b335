/** What the bench of ingress runs: Kafka, Redis, a gateway that confirms everything, ingress, and the bare route. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PARTITIONS, serviceProgram } from '@payout/demo/system/programs'
import { type Program, Supervisor } from '@payout/demo/system/supervisor'
import { createTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import { logger } from '@payout/runtime/observability/logging'
import type { SandboxPartner } from '@payout/sandbox/alipay/partners/sandbox-partner'
import { makeDemoPartners } from '@payout/sandbox/alipay/partners/sandbox-partners'
import { freePort } from '@payout/sandbox/provision/process/free-port'
import { Lifeline } from '@payout/sandbox/provision/process/lifeline'
import { provision } from '@payout/sandbox/provision/provision'
import { useOf } from '../processes.ts'

/** Connections at a time, of each server to the gateway: ingress' own setting. */
const GATEWAY_CONNECTIONS = 32

/** A server of notifies as a process of its own. */
export interface NotifyServer {
  /** Where the notifies of an alias are sent. */
  readonly notifyUrl: (alias: string) => string
  /** CPU that it has used so far, in seconds. */
  readonly cpuSeconds: () => number
}

/** Both servers, and the partners whose notifies they take. */
export interface IngressServers {
  readonly ours: NotifyServer
  readonly bare: NotifyServer
  readonly partners: readonly SandboxPartner[]
}

/** Starts all of it, gives it to `work`, and stops it whatever comes. */
export async function withIngressServers<T>(
  log: (line: string) => void,
  work: (servers: IngressServers) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-ingress-'))
  const lifeline = new Lifeline()
  lifeline.removeFolder(folder)
  const supervisors: Supervisor[] = []
  const gateway = createServer((_request, response) => response.end('true'))
  // Longer than a round: a connection that the gateway closes while it is used again would be a failure of nobody.
  gateway.keepAliveTimeout = 60_000
  const provisioned = await provision({ prefer: 'processes', progress: log })
  try {
    gateway.listen(0, '127.0.0.1')
    await once(gateway, 'listening')
    const gatewayUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/gateway.do`
    const namespace = `bench-${randomUUID().slice(0, 8)}`
    const replication = { replicationFactor: 1, minInsyncReplicas: 1 }
    const connection = { ...provisioned.kafka, clientId: 'bench', logger: logger('bench', 'silent') }
    const plan = { namespace, lanes: PARTITIONS, keyPartitions: PARTITIONS, ...replication, mode: 'sandbox' } as const
    await createTopics(connection, plan)
    const [ingressPort, barePort, adminPort] = [await freePort(), await freePort(), await freePort()]
    const notifyUrl = (port: number) => (alias: string) => `http://127.0.0.1:${port}/notify/${alias}`
    const { merchantFile, sandbox } = await makeDemoPartners({
      folder: join(folder, 'partners'),
      notifyUrl: notifyUrl(ingressPort),
    })
    const settings = {
      namespace,
      partitions: PARTITIONS,
      kafkaBrokers: provisioned.kafka.brokers.join(','),
      redisUrl: provisioned.redis.url,
      partnersFile: merchantFile,
      gatewayUrl,
      ingressPort,
      evidenceFolder: folder,
      adminPorts: { 'gateway-ingress': adminPort, signer: 0, 'gateway-egress': 0, reconciler: 0 },
    }
    const bareProgram: Program = {
      name: 'bare-route',
      file: join(import.meta.dirname, 'bare-route.ts'),
      env: {
        ...process.env,
        BARE_PORT: String(barePort),
        GATEWAY_URL: gatewayUrl,
        CONNECTIONS: String(GATEWAY_CONNECTIONS),
      },
      log: join(folder, 'bare-route.log'),
      isReady: (line) => line === 'ready',
    }
    const defaults = { NOTIFY_VERIFY_CONNECTIONS: String(GATEWAY_CONNECTIONS) }
    const start = async (program: Program, port: number): Promise<NotifyServer> => {
      const supervisor = new Supervisor(program, { lifeline, note: (note) => log(JSON.stringify(note)) })
      supervisors.push(supervisor)
      await supervisor.start()
      return {
        notifyUrl: notifyUrl(port),
        cpuSeconds: () => useOf(supervisor.pid ?? 'gone').cpuSeconds,
      }
    }
    const ours = await start(serviceProgram('gateway-ingress', settings, folder, defaults), ingressPort)
    const bare = await start(bareProgram, barePort)
    return await work({ ours, bare, partners: sandbox })
  } finally {
    await Promise.all(supervisors.map((supervisor) => supervisor.stop(5_000)))
    gateway.closeAllConnections()
    gateway.close()
    await lifeline.cut()
    await provisioned.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
