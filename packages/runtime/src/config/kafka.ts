import type { ConnectionOptions } from 'node:tls'
import { MIB } from '@payout/schemas/units'
import type * as z from 'zod'
import { addresses, certificateFile, flag, integer, keyFile, oneOf, optional, text, timeSpan } from './field.ts'
import { tlsOptions } from './tls.ts'

export const kafkaFields = {
  KAFKA_BROKERS: addresses({
    description: 'some of the Kafka brokers; the others are learnt from them',
    example: 'kafka-1:9092,kafka-2:9092',
  }),
  KAFKA_SASL_MECHANISM: optional(
    oneOf({ description: 'how to log in to Kafka; no log-in where it is not set' }, [
      'plain',
      'scram-sha-256',
      'scram-sha-512',
    ]),
  ),
  KAFKA_SASL_USERNAME: optional(text({ description: 'the user for Kafka' })),
  KAFKA_SASL_PASSWORD: optional(text({ description: "the password of Kafka's user", secret: true })),
  KAFKA_TLS: flag({ description: 'whether to reach Kafka by TLS', default: 'false' }),
  KAFKA_TLS_CA_FILE: optional(
    certificateFile({
      description: "certificate of the authority that signed the brokers' (PEM), where Node doesn't know it",
    }),
  ),
  KAFKA_TLS_CERT_FILE: optional(
    certificateFile({ description: 'our own certificate (PEM), where the brokers ask for one' }),
  ),
  KAFKA_TLS_KEY_FILE: optional(keyFile({ description: 'the key of our own certificate (PEM)' })),
  KAFKA_SESSION_TIMEOUT_MS: integer(
    {
      description: 'a member of a group that is silent for so long loses its tasks',
      unit: 'milliseconds',
      default: '10000',
    },
    { min: 1000, max: 1_800_000 },
  ),
  KAFKA_MAX_BATCH_BYTES: integer(
    {
      description:
        'how much a batch of records may hold when it is decompressed; one that holds more stops its partition until somebody has looked',
      unit: 'bytes',
      default: '67108864',
    },
    { min: 4 * MIB, max: 1024 * MIB },
  ),
  KAFKA_TOPICS_EVERY: timeSpan(
    { description: 'how often a service looks whether its topics are as they must be', default: '1m' },
    { min: '100ms', max: '1h' },
  ),
}

type KafkaSettings = z.output<z.ZodObject<typeof kafkaFields>>

/** How Kafka is reached, in the words of the event log. */
export interface KafkaAccess {
  readonly brokers: readonly string[]
  readonly maxBatchBytes: number
  readonly ssl?: ConnectionOptions
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
}

export function kafkaAccess(config: KafkaSettings): KafkaAccess {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username = '',
    KAFKA_SASL_PASSWORD: password = '',
  } = config
  const ssl = tlsOptions(config.KAFKA_TLS, {
    ca: config.KAFKA_TLS_CA_FILE,
    cert: config.KAFKA_TLS_CERT_FILE,
    key: config.KAFKA_TLS_KEY_FILE,
  })
  return {
    brokers: config.KAFKA_BROKERS.map(({ host, port }) =>
      host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    ),
    maxBatchBytes: config.KAFKA_MAX_BATCH_BYTES,
    ...(ssl === undefined ? {} : { ssl }),
    ...(mechanism === undefined ? {} : { sasl: { mechanism, username, password } }),
  }
}
