import { eventLogMetrics } from '@payout/runtime/observability/event-log-metrics'
import { Metrics } from '@payout/runtime/observability/metrics'
import { type Connections, openConnections, topicWatch, untilConnected } from '@payout/runtime/service/connections'
import type { ServiceHost } from '@payout/runtime/service/host'
import { runService } from '@payout/runtime/service/service'
import { startReconciler } from './app.ts'
import { reconcilerSchema, reconcilerSettings } from './config.ts'
import { reconcilerMetricTable } from './metrics.ts'
import { Guardian } from './rebuild/guardian.ts'

/**
 * Runs the service as a process, until it has to end.
 * @param ports what it works with in place of what it is connected to: the fault tests hand over ports of their own
 * here, and no setting can.
 * @param host what it runs in, where that is not a process of its own
 */
export function runReconciler(
  ports: (connections: Connections) => Connections = (connections) => connections,
  host?: ServiceHost,
): Promise<void> {
  const metrics = new Metrics('reconciler', reconcilerMetricTable)
  return runService(
    {
      name: 'reconciler',
      schema: reconcilerSchema,
      partnerKeys: 'none',
      registry: metrics.registry,
      start: async ({ config, partners, logger, clock, fatal, waits, opened }) => {
        const connections = ports(openConnections(config, 'reconciler', logger, eventLogMetrics(metrics)))
        opened(() => connections.close())
        const topics = topicWatch(config, 'reconciler', { logger, metrics })
        opened(async () => topics.close())
        const lanes = await untilConnected(connections, config, 'reconciler', { logger, waits, topics })
        const guardian = new Guardian(
          {
            ...connections,
            clock,
            logger,
            claimLifeMs: config.CLAIM_LIFE,
            overdueAfterMs: config.OVERDUE_AFTER,
            rebuildsByItself: config.REBUILD_BY_ITSELF,
          },
          metrics,
        )
        guardian.start()
        const consumer = await startReconciler({
          ...connections,
          topics,
          clock,
          logger,
          metrics,
          partners: partners.list(),
          settings: reconcilerSettings(config, lanes),
        })
        consumer.ended.catch(fatal)
        return {
          checks: {
            topics: () => topics.unfit?.message ?? true,
            kafka: () => consumer.healthy || 'not all tasks of this member work',
            redis: () => connections.stateStore.healthy || 'Redis does not answer',
            stateStore: async () => {
              const trust = await connections.stateStore.rebuild.trust()
              return trust === 'trusted' || `Redis has to be rebuilt first (${trust})`
            },
          },
          stop: async () => {
            await guardian.stop()
            await consumer.stop(config.SHUTDOWN_LIMIT * 0.8)
            topics.close()
            await connections.close()
          },
        }
      },
    },
    host,
  )
}
