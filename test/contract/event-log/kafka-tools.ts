/** What only an operator does to topics; the port has no words for it. */
import { randomUUID } from 'node:crypto'
import kafkajs, { CompressionTypes, Kafka, logLevel } from 'kafkajs'

function operator(brokers: readonly string[]): Kafka {
  return new Kafka({ brokers: [...brokers], clientId: 'operator', logLevel: logLevel.NOTHING })
}

/** A transaction of a producer of its own. */
async function begun(kafka: Kafka, transactionalId: string) {
  const producer = kafka.producer({ transactionalId, maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  return { producer, transaction: await producer.transaction() }
}

async function withAdmin<T>(
  brokers: readonly string[],
  work: (admin: ReturnType<Kafka['admin']>) => Promise<T>,
): Promise<T> {
  const admin = operator(brokers).admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

/** Deletes the records of partition 0 below `offset`, as retention does. `topic` with its namespace. */
export async function deleteRecordsBelow(brokers: readonly string[], topic: string, offset: number): Promise<void> {
  const partitions = [{ partition: 0, offset: String(offset) }]
  await withAdmin(brokers, async (admin) => {
    // Loads the topic's metadata, which the next call takes for granted.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions })
  })
}

/**
 * Lets the cleaner work on a topic as soon as it looks, and gives it segments that are small enough for it to find
 * some.
 */
export async function compactAtOnce(brokers: readonly string[], topic: string): Promise<void> {
  const settings = {
    'cleanup.policy': 'compact',
    'min.cleanable.dirty.ratio': '0',
    'delete.retention.ms': '100',
    'segment.ms': '300',
    'file.delete.delay.ms': '100',
  }
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  await withAdmin(brokers, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    }),
  )
}

/** Gives a topic these settings, and the broker's own for all others. `topic` with its namespace. */
export async function alterTopic(
  brokers: readonly string[],
  topic: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }]
  await withAdmin(brokers, (admin) => admin.alterConfigs({ validateOnly: false, resources }))
}

/** Gives topics more partitions. Names with their namespace. */
export async function addPartitions(
  brokers: readonly string[],
  topics: readonly string[],
  count: number,
): Promise<void> {
  const topicPartitions = topics.map((topic) => ({ topic, count }))
  await withAdmin(brokers, (admin) => admin.createPartitions({ topicPartitions }))
}

export async function deleteTopic(brokers: readonly string[], topic: string): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    await admin.deleteTopics({ topics: [topic] })
    while ((await admin.listTopics()).includes(topic)) await new Promise((resolve) => setTimeout(resolve, 50))
  })
}

/** Groups whose names begin so. */
export async function groups(brokers: readonly string[], beginning: string): Promise<string[]> {
  const found = await withAdmin(brokers, (admin) => admin.listGroups())
  return found.groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(beginning))
}

/**
 * Leaves records of two aborted transactions side by side in partition 0 (offsets 0 to 2), and a committed one behind
 * them.
 */
export async function abortSideBySide(brokers: readonly string[], topic: string): Promise<void> {
  const kafka = operator(brokers)
  const [first, second, third] = await Promise.all(
    ['first', 'second', 'third'].map(async (name) => ({ ...(await begun(kafka, `${topic}.${name}`)), name })),
  )
  if (!first || !second || !third) throw new RangeError('three producers')
  for (const { transaction, name } of [first, second, first, third])
    await transaction.send({ topic, messages: [{ partition: 0, key: name, value: name }] })
  await first.transaction.abort()
  await second.transaction.abort()
  await third.transaction.commit()
  await Promise.all([first, second, third].map(({ producer }) => producer.disconnect()))
}

/** Writes one record in a transaction of another client, which stays open until it is aborted. */
export async function openTransaction(
  brokers: readonly string[],
  topic: string,
  partition: number,
  value: Buffer = Buffer.from('never committed'),
): Promise<{ abort(): Promise<void> }> {
  const { producer, transaction } = await begun(operator(brokers), `${topic}.${randomUUID()}`)
  await transaction.send({ topic, messages: [{ partition, key: null, value }] })
  return {
    abort: async () => {
      await transaction.abort()
      await producer.disconnect()
    },
  }
}

/**
 * Writes a record of nothing but zeros in a batch that gzip makes a thousand times smaller.
 * @throws what the broker says against it
 */
export async function writeZeros(brokers: readonly string[], topic: string, bytes: number): Promise<void> {
  const producer = operator(brokers).producer({ retry: { retries: 0 } })
  await producer.connect()
  try {
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [{ value: Buffer.alloc(bytes) }] })
  } finally {
    await producer.disconnect()
  }
}

/** Where a partition is. Brokers by their ids. */
export interface Placement {
  readonly partition: number
  readonly leader: number
  /** The preferred leader first. */
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

export async function placements(brokers: readonly string[], topic: string): Promise<Placement[]> {
  const { topics } = await withAdmin(brokers, (admin) => admin.fetchTopicMetadata({ topics: [topic] }))
  const found = topics.flatMap(({ partitions }) => partitions)
  return found
    .map(({ partitionId, leader, replicas, isr }) => ({ partition: partitionId, leader, replicas, inSync: isr }))
    .sort((a, b) => a.partition - b.partition)
}

/** Makes another broker a partition's preferred leader. When it becomes its leader, the cluster's settings say. */
export async function prefer(brokers: readonly string[], topic: string, partition: number, replicas: number[]) {
  await withAdmin(brokers, (admin) =>
    admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment: [{ partition, replicas }] }] }),
  )
}
