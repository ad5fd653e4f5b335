import { eventLogMetrics } from '@payout/runtime/observability/event-log-metrics'
import { Metrics } from '@payout/runtime/observability/metrics'
import { type Connections, openConnections, topicWatch, untilConnected } from '@payout/runtime/service/connections'
import type { ServiceHost } from '@payout/runtime/service/host'
import { runService } from '@payout/runtime/service/service'
import { Switches } from '@payout/runtime/switches/switches'
import { startSigner } from './app.ts'
import { signerSchema, signerSettings } from './config.ts'
import { signerMetricTable } from './metrics.ts'

/**
 * Runs the service as a process, until the process is asked to stop.
 * @param ports replaces what the service is connected to: the fault tests hand over ports of their own, and no setting
 *   can
 * @param host what the service runs in, where that is not a process of its own
 */
export function runSigner(
  ports: (connections: Connections) => Connections = (connections) => connections,
  host?: ServiceHost,
): Promise<void> {
  const metrics = new Metrics('signer', signerMetricTable)
  return runService(
    {
      name: 'signer',
      schema: signerSchema,
      registry: metrics.registry,
      partnerKeys: 'sign',
      start: async ({ config, partners, logger, clock, fatal, waits, opened }) => {
        const connections = ports(openConnections(config, 'signer', logger, eventLogMetrics(metrics)))
        opened(() => connections.close())
        const topics = topicWatch(config, 'signer', { logger, metrics })
        opened(async () => topics.close())
        const lanes = await untilConnected(connections, config, 'signer', { logger, waits, topics })
        const { log, codec } = connections
        const switches = new Switches({ log, codec, clock, logger, metrics })
        opened(() => switches.close())
        const consumer = await startSigner({
          ...connections,
          topics,
          switches,
          partners,
          clock,
          logger,
          metrics,
          settings: signerSettings(config, lanes),
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
            await consumer.stop(config.SHUTDOWN_LIMIT * 0.8)
            topics.close()
            await switches.close()
            await connections.close()
          },
        }
      },
    },
    host,
  )
}
