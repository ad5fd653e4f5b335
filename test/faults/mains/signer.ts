/** The signer with the ports replaced that TEST_REPLACED names: everything else as in its own main.ts. */
import { openConnections, untilConnected } from '@payout/runtime/connections'
import { eventLogMetrics } from '@payout/runtime/event-log-metrics'
import { Metrics } from '@payout/runtime/metrics'
import { runService } from '@payout/runtime/service'
import { startSigner } from '../../../services/signer/src/app.ts'
import { signerSchema } from '../../../services/signer/src/config.ts'
import { signerMetricTable } from '../../../services/signer/src/metrics.ts'
import { replacedLog } from '../ports/event-log.ts'
import { replacedMemory } from '../ports/memory.ts'

const metrics = new Metrics('signer', signerMetricTable)

await runService({
  name: 'signer',
  schema: signerSchema,
  registry: metrics.registry,
  partnerKeys: 'sign',
  start: async ({ config, partners, logger, clock, fatal }) => {
    const real = openConnections(config, 'signer', logger, eventLogMetrics(metrics))
    const connections = { ...real, log: replacedLog(real.log), memory: replacedMemory(real.memory) }
    const lanes = await untilConnected(connections, config, 'signer', logger)
    const consumer = await startSigner({
      ...connections,
      partners,
      clock,
      logger,
      metrics,
      settings: {
        lanes,
        claimLifeMs: config.CLAIM_LIFE,
        maxRecords: config.SIGNER_MAX_RECORDS,
        lingerMs: config.SIGNER_LINGER,
        lingerAboveLag: config.SIGNER_LINGER_ABOVE_LAG,
        defaultMemo: config.SIGNER_DEFAULT_MEMO,
      },
    })
    consumer.ended.catch(fatal)
    return {
      checks: {
        kafka: () => consumer.healthy || 'not all lanes of this member work',
        redis: () => connections.memory.healthy || 'Redis does not answer',
      },
      stop: async () => {
        await consumer.stop(config.SHUTDOWN_LIMIT * 0.8)
        await connections.close()
      },
    }
  },
})
