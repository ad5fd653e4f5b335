/** A Kafka of one broker for a measurement, and figures with their spread. */

import { createTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import type { EventLogLogger, KafkaConnection } from '@payout/runtime/event-log/kafkajs/client'
import { provision } from '@payout/sandbox/provision/provision'
import type { TopicName } from '@payout/schemas/topics'

const say = (message: string) => process.stderr.write(`${message}\n`)

const ignore = () => undefined
const silent: EventLogLogger = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export interface OneBroker {
  readonly address: string
  connection(clientId: string, address?: string): KafkaConnection
  /** Makes the topics, each with so many partitions, in a namespace. */
  makeTopics(namespace: string, partitions: number, topics: readonly TopicName[]): Promise<void>
}

/** Gives a broker of this machine to `work`, and stops it whatever comes. */
export async function withOneBroker(work: (broker: OneBroker) => Promise<void>): Promise<void> {
  const provisioned = await provision({ prefer: 'processes', progress: say })
  try {
    const [address = ''] = provisioned.kafka.brokers
    const connection = (clientId: string, at = address): KafkaConnection => ({
      brokers: [at],
      clientId,
      logger: silent,
    })
    await work({
      address,
      connection,
      makeTopics: async (namespace, partitions, topics) => {
        const replication = { replicationFactor: 1, minInsyncReplicas: 1 }
        const plan = { namespace, lanes: partitions, keyPartitions: partitions, ...replication, topics }
        await createTopics(connection('bench'), { ...plan, mode: 'sandbox' })
      },
    })
  } finally {
    await provisioned.stop()
  }
}

/** The value below which so much (0 to 1) of all lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}
