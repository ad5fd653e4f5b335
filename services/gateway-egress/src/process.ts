import { eventLogMetrics, eventLogMetricTable } from '@payout/runtime/observability/event-log-metrics'
import { Metrics } from '@payout/runtime/observability/metrics'
import { type Connections, openConnections, topicWatch, untilConnected } from '@payout/runtime/service/connections'
import type { ServiceHost } from '@payout/runtime/service/host'
import { runService } from '@payout/runtime/service/service'
import { Switches } from '@payout/runtime/switches/switches'
import { KIB } from '@payout/schemas/units'
import { startEgress } from './app.ts'
import { egressSchema, egressSettings } from './config.ts'
import { HttpGateway } from './gateway/http-gateway.ts'
import { egressMetricTable } from './metrics.ts'
import { EvidenceFolder } from './return-file/evidence-folder.ts'

/** What is read of an answer at most, where it is no file. */
const MAX_ANSWER_BYTES = 64 * KIB

/**
 * Runs the service as a process, until it is asked to stop.
 * @param ports what it works with in place of what it is connected to: the fault tests hand over ports of their own
 *   here, and no setting can.
 * @param host what it runs in, where that is not a process of its own
 */
export function runEgress(
  ports: (connections: Connections) => Connections = (connections) => connections,
  host?: ServiceHost,
): Promise<void> {
  const metrics = new Metrics('gateway-egress', { ...egressMetricTable, ...eventLogMetricTable })
  return runService(
    {
      name: 'gateway-egress',
      schema: egressSchema,
      partnerKeys: 'none',
      registry: metrics.registry,
      start: async ({ config, partners, logger, clock, fatal, waits, opened }) => {
        const connections = ports(openConnections(config, 'gateway-egress', logger, eventLogMetrics(metrics)))
        opened(() => connections.close())
        const topics = topicWatch(config, 'gateway-egress', { logger, metrics })
        opened(async () => topics.close())
        const lanes = await untilConnected(connections, config, 'gateway-egress', { logger, waits, topics })
        const gateway = new HttpGateway({
          url: config.GATEWAY_URL,
          connectionLifeMs: config.GATEWAY_CONNECTION_LIFE,
          connectTimeoutMs: config.GATEWAY_CONNECT_TIMEOUT,
          limits: {
            answer: { timeoutMs: config.GATEWAY_ANSWER_TIMEOUT, maxBytes: MAX_ANSWER_BYTES },
            file: { timeoutMs: config.FILE_ANSWER_TIMEOUT, maxBytes: config.FILE_MAX_BYTES },
          },
        })
        const { log, codec } = connections
        const switches = new Switches({ log, codec, clock, logger, metrics })
        opened(() => switches.close())
        const consumer = await startEgress({
          log: connections.log,
          stateStore: connections.stateStore,
          switches,
          codec: connections.codec,
          partner: (alias) => partners.get(alias),
          gateway,
          evidence: new EvidenceFolder(config.EVIDENCE_FOLDER),
          lanes,
          topics,
          clock,
          logger,
          metrics,
          settings: egressSettings(config),
        })
        consumer.ended.catch(fatal)
        return {
          checks: {
            topics: () => topics.unfit?.message ?? true,
            kafka: () => consumer.healthy || 'not all tasks of this member work',
            switches: () => switches.state,
            redis: () => connections.stateStore.healthy || 'Redis does not answer',
          },
          stop: async () => {
            // The rest of the limit is for handing the lanes over.
            await consumer.stop(config.SHUTDOWN_LIMIT * 0.8)
            topics.close()
            await switches.close()
            await gateway.close()
            await connections.close()
          },
        }
      },
    },
    host,
  )
}
