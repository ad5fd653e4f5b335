import { loadConfig } from '@payout/runtime/config/config'
import { kafkaAccess } from '@payout/runtime/config/kafka'
import { redisOptions } from '@payout/runtime/config/redis'
import { registryOptions } from '@payout/runtime/config/registry'
import { kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'
import { eventLogMetrics } from '@payout/runtime/observability/event-log-metrics'
import { Metrics } from '@payout/runtime/observability/metrics'
import { redisStateStore } from '@payout/runtime/redis/state-store'
import { registryEventLog } from '@payout/runtime/schema-registry/log'
import { SchemaRegistry } from '@payout/runtime/schema-registry/registry'
import { topicWatch } from '@payout/runtime/service/connections'
import type { ServiceHost } from '@payout/runtime/service/host'
import { runService } from '@payout/runtime/service/service'
import { Codec } from '@payout/schemas/codec'
import { SECOND_MS } from '@payout/schemas/units'
import { startIngress } from './app.ts'
import { ingressSchema, ingressSettings, tlsFiles } from './config.ts'
import { ingressMetrics, ingressMetricTable } from './metrics.ts'
import { addressedPartner } from './notify/addressed-partner.ts'
import { SERVICE } from './topology.ts'

/** The part of SHUTDOWN_LIMIT that is kept for closing the connections to Kafka and Redis, after the requests. */
const CLOSING_MS = 3 * SECOND_MS

/**
 * Runs the service as a process, until the process is asked to stop.
 * @param host what the service runs in, where that is not a process of its own
 */
export function runIngress(host?: ServiceHost): Promise<void> {
  const metrics = new Metrics(SERVICE, ingressMetricTable)
  return runService(
    {
      name: SERVICE,
      schema: ingressSchema,
      partnerKeys: 'verify',
      registry: metrics.registry,
      start: async ({ config, partners, logger, clock, stopping, fatal, opened, host }) => {
        const kafka = kafkaEventLog({
          ...kafkaAccess(config),
          namespace: config.NAMESPACE,
          clientId: SERVICE,
          logger,
          metrics: eventLogMetrics(metrics),
        })
        const stateStore = redisStateStore(redisOptions(config, SERVICE, logger))
        opened(async () => void (await Promise.all([kafka.close(), stateStore.close()])))
        // Notifies are taken whatever is found: Kafka itself says whether it has stored one.
        const topics = topicWatch(config, SERVICE, { logger, metrics })
        topics.begin()
        opened(async () => topics.close())
        const options = registryOptions(config)
        const registry = options && new SchemaRegistry({ ...options, logger })
        // Not waited for: until the registry has answered, what comes gets 503, as without Kafka.
        registry?.connect(stopping).catch((error) => {
          if (!stopping.aborted) fatal(error)
        })
        const addressed = new Map(partners.list().map((partner) => [partner.alias, addressedPartner(partner)]))
        const app = await startIngress({
          log: registry ? registryEventLog(kafka, registry) : kafka,
          stateStore,
          codec: new Codec(registry),
          partner: (alias) => addressed.get(alias),
          clock,
          logger,
          metrics: ingressMetrics(metrics),
          settings: ingressSettings(config),
          tls: tlsFiles(config),
        })
        host.onReload(() => {
          try {
            const tls = tlsFiles(loadConfig(ingressSchema, host.env))
            if (tls) app.replaceTls(tls)
            logger.info('the certificate was read again')
          } catch (error) {
            logger.error({ err: error }, 'the new certificate cannot be used: the old one stays')
          }
        })
        return {
          checks: {
            kafka: async () => (await app.ready()) || 'gateway.notifies cannot be written',
            schemas: () => (registry?.connected ?? true) || 'the schema registry has not answered yet',
          },
          details: { notifies: `${app.url}/notify/<alias>`, agreements: `${app.url}/agreement/<alias>/<token>` },
          stop: async () => {
            topics.close()
            await app.stop(Math.max(0, config.SHUTDOWN_LIMIT - CLOSING_MS))
            await Promise.all([kafka.close(), stateStore.close()])
          },
        }
      },
    },
    host,
  )
}
