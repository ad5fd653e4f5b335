/** The reconciler with the ports replaced that TEST_REPLACED names: everything else as in its own main.ts. */
import { openConnections, untilConnected } from '@payout/runtime/connections'
import { eventLogMetrics } from '@payout/runtime/event-log-metrics'
import { Metrics } from '@payout/runtime/metrics'
import { runService } from '@payout/runtime/service'
import { Codec } from '@payout/schemas/codec'
import { startReconciler } from '../../../services/reconciler/src/app.ts'
import { reconcilerSchema } from '../../../services/reconciler/src/config.ts'
import { reconcilerMetricTable } from '../../../services/reconciler/src/metrics.ts'
import { Guardian } from '../../../services/reconciler/src/rebuild/guardian.ts'
import { replacedLog } from '../ports/event-log.ts'
import { replacedMemory } from '../ports/memory.ts'

const metrics = new Metrics('reconciler', reconcilerMetricTable)

await runService({
  name: 'reconciler',
  schema: reconcilerSchema,
  registry: metrics.registry,
  start: async ({ config, logger, clock, fatal }) => {
    const real = openConnections(config, 'reconciler', logger, eventLogMetrics(metrics))
    const connections = { ...real, log: replacedLog(real.log), memory: replacedMemory(real.memory) }
    const lanes = await untilConnected(connections, config, 'reconciler', logger)
    const codec = new Codec()
    const guardian = new Guardian(
      {
        ...connections,
        codec,
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
      codec,
      clock,
      logger,
      metrics,
      settings: { lanes, overdueAfterMs: config.OVERDUE_AFTER, maxRecords: config.RECONCILER_MAX_RECORDS },
    })
    consumer.ended.catch(fatal)
    return {
      checks: {
        kafka: () => consumer.healthy || 'not all lanes of this member work',
        redis: () => connections.memory.healthy || 'Redis does not answer',
        memory: async () => {
          const trust = await connections.memory.rebuild.trust()
          return trust === 'trusted' || `Redis has to be rebuilt first (${trust})`
        },
      },
      stop: async () => {
        await guardian.stop()
        await consumer.stop(config.SHUTDOWN_LIMIT * 0.8)
        await connections.close()
      },
    }
  },
})
