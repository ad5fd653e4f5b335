/**
 * Makes the topics of the table, and compares those that are there with it (docs/architecture.md). Nothing else makes
 * topics, and nothing here changes one that exists.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { PipelineError } from '@payout/schemas/error'
import { compressionType, type TopicDefinition } from '@payout/schemas/topic-definition'
import { qualifiedTopic, type TopicName, topicNames, topics } from '@payout/schemas/topics'
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs'
import { GroupAtWorkError, LogUnavailableError, TopicsLateError } from '../../errors.ts'
import {
  allFindings,
  partitionsOf,
  type TopicDemands,
  type TopicFinding,
  type TopicPlan,
  type TopicState,
} from '../../topic-findings.ts'
import { type KafkaConnection, kafkaClient, kafkaErrorType } from '../client.ts'
import { within } from '../within.ts'
import { withReason } from './access-fault.ts'

const LOOK_AGAIN_MS = 50
/** Where the settings are wrong kafkajs may still be connecting. */
const DISCONNECT_MS = 1_000

/**
 * Makes the topics of the plan that are not there; gives their names, without the namespace.
 * @param ledWithinMs how long it may take until each partition of them has a leader
 * @throws LogUnavailableError; TopicsLateError where not every partition has a leader in time
 */
export function createTopics(connection: KafkaConnection, plan: TopicPlan, ledWithinMs = 30_000): Promise<TopicName[]> {
  return withAdmin(connection, async (admin) => {
    const there = new Set(await admin.listTopics())
    const missing = (plan.topics ?? topicNames).filter((topic) => !there.has(qualifiedTopic(plan.namespace, topic)))
    if (missing.length === 0) return missing
    await admin.createTopics({ waitForLeaders: false, topics: missing.map((topic) => topicConfig(plan, topic)) })
    await untilLed(
      admin,
      missing.map((topic) => qualifiedTopic(plan.namespace, topic)),
      ledWithinMs,
    )
    return missing
  })
}

/**
 * A new topic is not at once known to every broker, and kafkajs's own wait gives up at the first that does not know
 * it.
 */
async function untilLed(admin: Admin, topics: string[], withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs
  for (;;) {
    let cause: unknown
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics })
      if (found.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)))
        return
    } catch (error) {
      cause = error
    }
    if (Date.now() > deadline) throw new TopicsLateError(withinMs, { cause })
    await sleep(LOOK_AGAIN_MS)
  }
}

/**
 * Lets a group begin a topic at its beginning again, for one that was made anew. All members of the group must have
 * stopped.
 * @throws GroupAtWorkError; LogUnavailableError
 */
export async function beginAgain(
  connection: KafkaConnection,
  namespace: string,
  group: string,
  topic: TopicName,
): Promise<void> {
  const groupId = `${namespace}.${group}`
  await withAdmin(connection, async (admin) => {
    const { groups } = await admin.describeGroups([groupId])
    if (groups.some(({ members }) => members.length > 0)) throw new GroupAtWorkError(group)
    await admin.resetOffsets({ groupId, topic: qualifiedTopic(namespace, topic), earliest: true })
  })
}

/**
 * Compares what is there with the plan.
 * @returns findings, errors first; empty when all is well.
 * @throws LogUnavailableError
 */
export async function checkTopics(connection: KafkaConnection, plan: TopicDemands): Promise<TopicFinding[]> {
  return allFindings(plan, await describeTopics(connection, plan.namespace, plan.topics ?? topicNames))
}

/** The topics of these that are there, and may be seen. @throws LogUnavailableError */
export function describeTopics(
  connection: KafkaConnection,
  namespace: string,
  wanted: readonly TopicName[],
): Promise<Map<TopicName, TopicState>> {
  return withAdmin(connection, (admin) => describe(admin, namespace, wanted))
}

function topicConfig(plan: TopicPlan, topic: TopicName): ITopicConfig {
  const definition: TopicDefinition = topics[topic]
  const settings: Record<string, string | number> = {
    'cleanup.policy': definition.cleanupPolicy,
    'retention.ms': definition.retentionMs,
    'retention.bytes': -1,
    'max.message.bytes': definition.maxMessageBytes,
    'min.insync.replicas': plan.minInsyncReplicas,
    'unclean.leader.election.enable': 'false',
    'compression.type': compressionType(definition),
  }
  return {
    topic: qualifiedTopic(plan.namespace, topic),
    numPartitions: partitionsOf(plan, definition),
    replicationFactor: plan.replicationFactor,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value: String(value) })),
  }
}

async function describe(
  admin: Admin,
  namespace: string,
  wanted: readonly TopicName[],
): Promise<Map<TopicName, TopicState>> {
  const there = new Set(await admin.listTopics())
  const present = wanted.filter((topic) => there.has(qualifiedTopic(namespace, topic)))
  if (present.length === 0) return new Map()
  const names = present.map((topic) => qualifiedTopic(namespace, topic))
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics: names })
  const resources = await settingsOf(admin, names)
  return new Map(
    present.map((topic): [TopicName, TopicState] => {
      const name = qualifiedTopic(namespace, topic)
      const partitions = metadata.find((found) => found.name === name)?.partitions ?? []
      const entries = resources?.find(({ resourceName }) => resourceName === name)?.configEntries
      return [
        topic,
        {
          partitions: partitions.length,
          replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
          settings:
            entries && Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
        },
      ]
    }),
  )
}

/** What the brokers say of these topics; undefined where this user may not ask for it. */
async function settingsOf(admin: Admin, names: readonly string[]) {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    })
    return resources
  } catch (error) {
    if (kafkaErrorType(error)?.endsWith('AUTHORIZATION_FAILED')) return undefined
    throw error
  }
}

/**
 * Gives an admin client to `work`, and closes its connections whatever comes.
 * @throws LogUnavailableError for whatever is no error of the pipeline; LogAccessError
 */
async function withAdmin<T>(connection: KafkaConnection, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(connection).admin()
  try {
    return await withReason(
      connection,
      admin.connect().then(() => work(admin)),
    )
  } catch (error) {
    if (error instanceof PipelineError) throw error
    throw new LogUnavailableError('the topics could not be looked at or made', { cause: error })
  } finally {
    await within(DISCONNECT_MS, 'a disconnection', admin.disconnect()).catch(() => undefined)
  }
}
