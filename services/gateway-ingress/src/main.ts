import { loadConfig } from '@payout/runtime/config'
import { kafkaAccess } from '@payout/runtime/config-kafka'
import { redisOptions } from '@payout/runtime/config-redis'
import { kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'
import { eventLogMetrics } from '@payout/runtime/event-log-metrics'
import { Metrics } from '@payout/runtime/metrics'
import { redisMemory } from '@payout/runtime/redis/memory'
import { runService } from '@payout/runtime/service'
import { addressedPartner } from './addressed-partner.ts'
import { startIngress } from './app.ts'
import { ingressSchema, ingressSettings, tlsFiles } from './config.ts'
import { ingressMetrics, ingressMetricTable } from './metrics.ts'

const NAME = 'gateway-ingress'
/** Of SHUTDOWN_LIMIT, what is kept for closing the connections to Kafka and Redis once the requests have ended or are cut. */
const CLOSING_MS = 3000

const metrics = new Metrics(NAME, ingressMetricTable)

await runService({
  name: NAME,
  schema: ingressSchema,
  partnerKeys: 'verify',
  registry: metrics.registry,
  start: async ({ config, partners, logger, clock }) => {
    const log = kafkaEventLog({
      ...kafkaAccess(config),
      namespace: config.NAMESPACE,
      clientId: NAME,
      logger,
      metrics: eventLogMetrics(metrics),
    })
    const memory = redisMemory(redisOptions(config, NAME, logger))
    const addressed = new Map(partners.list().map((partner) => [partner.alias, addressedPartner(partner)]))
    const app = await startIngress({
      log,
      memory,
      partner: (alias) => addressed.get(alias),
      clock,
      logger,
      metrics: ingressMetrics(metrics),
      settings: ingressSettings(config),
      tls: tlsFiles(config),
    })
    process.on('SIGHUP', () => {
      try {
        const tls = tlsFiles(loadConfig(ingressSchema))
        if (tls) app.replaceTls(tls)
        logger.info('the certificate was read again')
      } catch (error) {
        logger.error({ err: error }, 'the new certificate cannot be used: the old one stays')
      }
    })
    return {
      checks: { kafka: async () => (await app.ready()) || 'gateway.notifies cannot be written' },
      details: { notifies: `${app.url}/notify/<alias>` },
      stop: async () => {
        await app.stop(Math.max(0, config.SHUTDOWN_LIMIT - CLOSING_MS))
        await Promise.all([log.close(), memory.close()])
      },
    }
  },
})
