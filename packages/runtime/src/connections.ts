import { Codec } from '@payout/schemas/codec'
import type * as z from 'zod'
import { kafkaAccess, type kafkaFields } from './config-kafka.ts'
import { type redisFields, redisOptions } from './config-redis.ts'
import { type registryFields, registryOptions } from './config-registry.ts'
import type { serviceFields } from './config-service.ts'
import { isKafkaAway } from './event-log/errors.ts'
import { kafkaEventLog } from './event-log/kafkajs/event-log.ts'
import type { EventLogMetrics } from './event-log/metrics.ts'
import type { EventLog } from './event-log/port.ts'
import type { Logger } from './logging.ts'
import { checkRedis } from './redis/check-redis.ts'
import { RedisUnavailableError } from './redis/errors.ts'
import { redisMemory } from './redis/memory.ts'
import type { Memory } from './redis/port.ts'
import { SchemaRegistry } from './schema-registry.ts'
import { RegistryUnavailableError } from './schema-registry-client.ts'
import { registryEventLog } from './schema-registry-log.ts'
import type { StartWaits } from './start-waits.ts'

type ConnectionSettings = z.output<
  z.ZodObject<typeof serviceFields & typeof kafkaFields & typeof redisFields & typeof registryFields>
>

/** What a service is connected to that works on lanes: signer, egress, reconciler. Ingress can do without Redis, and connects by itself. */
export interface Connections {
  readonly log: EventLog
  readonly memory: Memory
  /** Writes single-object encoding, or Confluent's framing where a schema registry is configured; reads both. */
  readonly codec: Codec
  readonly registry: SchemaRegistry | undefined
  close(): Promise<void>
}

/** Connects to Kafka, Redis and the schema registry as configured. Each connects when it is first used, and again after anything. */
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
  const memory = redisMemory(redisOptions(config, `${config.NAMESPACE}.${service}`, logger))
  const options = registryOptions(config)
  const registry = options && new SchemaRegistry({ ...options, logger })
  return {
    log: registry ? registryEventLog(log, registry) : log,
    memory,
    codec: new Codec(registry),
    registry,
    close: async () => {
      await log.close()
      await memory.close()
    },
  }
}

/**
 * Waits until the schema registry, Redis and Kafka answer, however long that takes, and checks what must not be (S7.5). What is no fault of
 * Redis but should be known is logged as a warning.
 * @returns the number of lanes.
 * @throws TopicMissingError when the topics were never made; RedisUnfitError when this Redis must not be used;
 *   RegistryRefusedError when the schema registry says no; the reason of the stop when the process is asked to stop.
 */
export async function untilConnected(
  { log, registry }: Connections,
  config: ConnectionSettings,
  service: string,
  { logger, waits }: { readonly logger: Logger; readonly waits: StartWaits },
): Promise<number> {
  // What it would say again and again is said by the wait.
  const server = redisOptions(config, `${config.NAMESPACE}.${service}`, logger.child({}, { level: 'silent' }))
  const production = config.MODE === 'production'
  if (registry) await waits.until('the schema registry', () => registry.tryToConnect(), isRegistryAway)
  const warnings = await waits.until('Redis', () => checkRedis({ ...server, production }), isRedisUnavailable)
  for (const warning of warnings) logger.warn({ warning }, 'Redis is not set up as it should be')
  return waits.until('Kafka', () => log.partitions('gateway.requests'), isKafkaAway)
}

function isRedisUnavailable(error: unknown): boolean {
  return error instanceof RedisUnavailableError
}

function isRegistryAway(error: unknown): boolean {
  return error instanceof RegistryUnavailableError
}
