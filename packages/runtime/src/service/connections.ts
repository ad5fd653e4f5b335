import { Codec } from '@payout/schemas/codec'
import type * as z from 'zod'
import { kafkaAccess, type kafkaFields } from '../config/kafka.ts'
import { type redisFields, redisOptions } from '../config/redis.ts'
import { type registryFields, registryOptions } from '../config/registry.ts'
import type { serviceFields } from '../config/service.ts'
import { isKafkaAway, TopicMissingError, TopicsUnfitError } from '../event-log/errors.ts'
import { describeTopics } from '../event-log/kafkajs/admin/topic-admin.ts'
import { kafkaEventLog } from '../event-log/kafkajs/event-log.ts'
import type { EventLogMetrics } from '../event-log/metrics.ts'
import type { EventLog } from '../event-log/port.ts'
import type { Logger } from '../observability/logging.ts'
import { checkRedis } from '../redis/connection/check-redis.ts'
import { RedisUnavailableError } from '../redis/errors.ts'
import type { StateStore } from '../redis/port.ts'
import { redisStateStore } from '../redis/state-store.ts'
import { RegistryUnavailableError } from '../schema-registry/client.ts'
import { registryEventLog } from '../schema-registry/log.ts'
import { SchemaRegistry } from '../schema-registry/registry.ts'
import { TopicWatch, type TopicWatchDependencies, topicsOf } from '../task/topic-watch.ts'
import type { StartWaits } from './start-waits.ts'

type ConnectionSettings = z.output<
  z.ZodObject<typeof serviceFields & typeof kafkaFields & typeof redisFields & typeof registryFields>
>

/**
 * What a service is connected to that works on tasks: signer, egress, reconciler. Ingress can do without Redis, and
 * connects by itself.
 */
export interface Connections {
  readonly log: EventLog
  readonly stateStore: StateStore
  /** Writes single-object encoding, or Confluent's framing where a schema registry is configured; reads both. */
  readonly codec: Codec
  readonly registry: SchemaRegistry | undefined
  close(): Promise<void>
}

/** Looks at the topics of a service, as Kafka is reached for it. */
export function topicWatch(
  config: ConnectionSettings,
  service: Parameters<typeof topicsOf>[0],
  dependencies: Pick<TopicWatchDependencies, 'metrics'> & { readonly logger: Logger },
): TopicWatch {
  const { NAMESPACE: namespace, MODE: mode, CLAIM_LIFE: claimLifeMs, KAFKA_TOPICS_EVERY: everyMs } = config
  const topics = topicsOf(service)
  const connection = { ...kafkaAccess(config), clientId: `${namespace}.${service}`, logger: dependencies.logger }
  const describe = () => describeTopics(connection, namespace, topics)
  return new TopicWatch({ ...dependencies, describe, everyMs, demands: { namespace, mode, claimLifeMs, topics } })
}

/**
 * Connects to Kafka, Redis and the schema registry as configured. Each connects when it is first used, and again
 * after anything.
 */
export function openConnections(
  config: ConnectionSettings,
  service: string,
  logger: Logger,
  metrics: EventLogMetrics,
): Connections {
  const log = kafkaEventLog({
    ...kafkaAccess(config),
    namespace: config.NAMESPACE,
    clientId: `${config.NAMESPACE}.${service}`,
    logger,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
    metrics,
  })
  const stateStore = redisStateStore(redisOptions(config, `${config.NAMESPACE}.${service}`, logger))
  const options = registryOptions(config)
  const registry = options && new SchemaRegistry({ ...options, logger })
  return {
    log: registry ? registryEventLog(log, registry) : log,
    stateStore,
    codec: new Codec(registry),
    registry,
    close: async () => {
      await log.close()
      await stateStore.close()
    },
  }
}

/** What logs a start that waits. */
interface Waiting {
  readonly logger: Logger
  readonly waits: StartWaits
  readonly topics: TopicWatch
}

/**
 * Waits until the schema registry, Redis and Kafka answer and the topics are as they must be, however long that
 * takes, and checks what must not be (S7.5). What is no fault of Redis but should be known is logged as a warning.
 * From then on the topics are looked at again and again.
 * @returns the number of lanes
 * @throws RedisUnfitError when this Redis must not be used; RegistryRefusedError when the schema registry says no;
 *   the reason of the stop when the process is asked to stop.
 */
export async function untilConnected(
  { log, registry }: Connections,
  config: ConnectionSettings,
  service: string,
  { logger, waits, topics }: Waiting,
): Promise<number> {
  // What it would say again and again is said by the wait.
  const server = redisOptions(config, `${config.NAMESPACE}.${service}`, logger.child({}, { level: 'silent' }))
  const production = config.MODE === 'production'
  if (registry) await waits.until('the schema registry', () => registry.tryToConnect(), isRegistryAway)
  const warnings = await waits.until('Redis', () => checkRedis({ ...server, production }), isRedisUnavailable)
  for (const warning of warnings) logger.warn({ warning }, 'Redis is not set up as it should be')
  const lanes = await waits.until(
    'Kafka',
    () => topics.check().then(() => log.partitions('gateway.requests')),
    isKafkaNotReady,
  )
  topics.begin()
  return lanes
}

function isKafkaNotReady(error: unknown): boolean {
  return isKafkaAway(error) || error instanceof TopicsUnfitError || error instanceof TopicMissingError
}

function isRedisUnavailable(error: unknown): boolean {
  return error instanceof RedisUnavailableError
}

function isRegistryAway(error: unknown): boolean {
  return error instanceof RegistryUnavailableError
}
