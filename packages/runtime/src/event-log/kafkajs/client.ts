/** The settings of every connection to Kafka, and the way of kafkajs's log lines into ours. */
import type { ConnectionOptions } from 'node:tls'
import { Kafka, type LogEntry, logLevel, type SASLOptions } from 'kafkajs'
import { patchKafkajs } from './patches/patch.ts'

/** The part of a pino logger that the event log uses. */
export interface EventLogLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** How Kafka is reached. */
export interface KafkaConnection {
  /** `host:port` of some of the brokers; the others are learnt from them. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly logger: EventLogLogger
  /** `true`: TLS with the certificate authorities that Node knows. */
  readonly ssl?: boolean | ConnectionOptions
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
  /**
   * How many bytes a batch of records may hold when it is decompressed; one that holds more can't be read. Default 64
   * MiB.
   */
  readonly maxBatchBytes?: number
}

/**
 * kafkajs calls every retry an error, and each transaction meets some: what it says is for debugging only. What is
 * truly wrong ends as an error of the adapter, and is logged there.
 */
function writeTo(logger: EventLogLogger): (entry: LogEntry) => void {
  return ({ namespace, log }) => {
    const { broker, groupId, memberId, retryCount, error, topic, partition } = log
    const fields = { kafkajs: namespace, broker, groupId, memberId, retryCount, topic, partition, reason: error }
    logger.debug(fields, log.message)
  }
}

/** One kafkajs client; consumers, producers and admins of it have connections of their own. Connects to nothing yet. */
export function kafkaClient({ brokers, clientId, logger, ssl, sasl, maxBatchBytes }: KafkaConnection): Kafka {
  patchKafkajs(maxBatchBytes)
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    authenticationTimeout: 10_000,
    requestTimeout: 30_000,
    retry: { retries: 8, initialRetryTime: 50, maxRetryTime: 1_000 },
    logLevel: logLevel.WARN,
    logCreator: () => writeTo(logger),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl: sasl as SASLOptions }),
  })
}

/** An error and its causes, outermost first. */
export function kafkaErrors(error: unknown): Error[] {
  const found: Error[] = []
  for (let at: unknown = error; at instanceof Error && found.length < 8; at = at.cause) found.push(at)
  return found
}

/** The protocol's name of an error (`UNKNOWN_TOPIC_OR_PARTITION`), looked for along its causes. */
export function kafkaErrorType(error: unknown): string | undefined {
  for (const one of kafkaErrors(error)) if ('type' in one && typeof one.type === 'string') return one.type
  return undefined
}
