/**
 * `npm run rebuild`: writes everything into Redis again that the topics know; then the services go on by themselves.
 */
import { escapeUnprintableLines } from '@payout/mapi/text/printable-text'
import { systemClock } from '@payout/runtime/clock'
import { loadConfig } from '@payout/runtime/config/config'
import { CONFIGURATION_EXIT_CODE, ConfigurationError } from '@payout/runtime/config/error'
import { isKafkaAway } from '@payout/runtime/event-log/errors'
import { noMetrics } from '@payout/runtime/event-log/metrics'
import { logger as makeLogger } from '@payout/runtime/observability/logging'
import { openConnections, topicWatch, untilConnected } from '@payout/runtime/service/connections'
import { startUnlessAsked } from '@payout/runtime/service/help'
import { StartWaits } from '@payout/runtime/service/start-waits'
import { rebuildSchema } from './config.ts'
import { rebuild } from './rebuild/rebuild.ts'

const does =
  'Writes into Redis again what the topics know; then the services go on by themselves. Where Redis is trusted it does nothing.'
await startUnlessAsked({ name: 'rebuild', does, schema: rebuildSchema }, async () => {
  try {
    const config = loadConfig(rebuildSchema)
    const logger = makeLogger('rebuild', config.LOG_LEVEL)
    const connections = openConnections(config, 'rebuild', logger, noMetrics)
    // A signal ends this process as it ends any other: nothing has to be handed back.
    const waits = new StartWaits(logger, new AbortController().signal)
    const topics = topicWatch(config, 'reconciler', {
      logger,
      metrics: { set: () => undefined, remove: () => undefined },
    })
    const unfit = await waits.until('Kafka', () => topics.look(), isKafkaAway)
    if (unfit !== undefined) throw unfit
    await untilConnected(connections, config, 'rebuild', { logger, waits, topics })
    if ((await connections.stateStore.rebuild.trust()) === 'trusted') {
      logger.info('Redis is trusted: there is nothing to rebuild')
      await connections.close()
      process.exit(0)
    }
    const report = await rebuild(await connections.stateStore.rebuild.begin(), {
      ...connections,
      clock: systemClock(config.CLOCK_SHIFT),
      logger,
      claimLifeMs: config.CLAIM_LIFE,
      overdueAfterMs: config.OVERDUE_AFTER,
    })
    logger.info(report, 'Redis is rebuilt; the services go on by themselves')
    await connections.close()
  } catch (error) {
    console.error(escapeUnprintableLines(error instanceof Error ? error.message : String(error)))
    process.exitCode = error instanceof ConfigurationError ? CONFIGURATION_EXIT_CODE : 1
  }
})
