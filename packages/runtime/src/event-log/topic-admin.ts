/**
 * Makes the topics of the table, and compares those that are there with it (docs/architecture.md). Nothing else makes topics, and
 * nothing here changes one that exists.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { PipelineError } from '@payout/schemas/error'
import type { TopicDefinition } from '@payout/schemas/topic-definition'
import { qualifiedTopic, type TopicName, topicNames, topics } from '@payout/schemas/topics'
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs'
import { GroupAtWorkError, LogUnavailableError, TopicsLateError } from './errors.ts'
import { type KafkaConnection, kafkaClient } from './kafkajs/client.ts'

const LOOK_AGAIN_MS = 50
const DAY_MS = 24 * 3_600_000
const YEAR_MS = 365 * DAY_MS

export interface TopicPlan {
  readonly namespace: string
  /** Partitions of every `gateway.*` topic. They never change while anything is in flight. */
  readonly lanes: number
  /** Partitions of the topics that are keyed by their users. */
  readonly keyPartitions: number
  readonly replicationFactor: number
  readonly minInsyncReplicas: number
  /** Production refuses what could lose records. */
  readonly mode: 'production' | 'sandbox'
  /** Default: all topics. */
  readonly topics?: readonly TopicName[]
}

/** What is wrong with a topic. An `error` must be put right before any service runs. */
export interface TopicFinding {
  /** Without its namespace. */
  readonly topic: TopicName
  readonly level: 'error' | 'warning'
  readonly message: string
}

/** A topic as Kafka describes it. */
export interface TopicState {
  readonly partitions: number
  /** The smallest number of replicas of a partition. */
  readonly replicationFactor: number
  /** Settings in Kafka's own words, also those by default. */
  readonly settings: Readonly<Record<string, string>>
}

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

/** A new topic is not at once known to every broker, and kafkajs's own wait gives up at the first that does not know it. */
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
 * Lets a group begin a topic at its beginning again, for one that was made anew. All members of the group must have stopped.
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
export async function checkTopics(connection: KafkaConnection, plan: TopicPlan): Promise<TopicFinding[]> {
  return withAdmin(connection, async (admin) => {
    const wanted = plan.topics ?? topicNames
    const states = await describe(admin, plan.namespace, wanted)
    const findings = wanted.flatMap((topic) => findingsOf(plan, topic, states.get(topic)))
    return findings.sort((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning'))
  })
}

/** What the plan and the table say against a topic as it is; `undefined` where there is none. */
export function findingsOf(plan: TopicPlan, topic: TopicName, state: TopicState | undefined): TopicFinding[] {
  const findings: TopicFinding[] = []
  const name = qualifiedTopic(plan.namespace, topic)
  const error = (message: string) => findings.push({ topic, level: 'error', message: `${name} ${message}` })
  const warning = (message: string) => findings.push({ topic, level: 'warning', message: `${name} ${message}` })
  if (state === undefined) {
    error('does not exist: create the topics')
    return findings
  }
  const definition: TopicDefinition = topics[topic]
  const { settings } = state
  const partitions = partitionsOf(plan, definition)
  if (state.partitions !== partitions) {
    const message = `has ${state.partitions} partitions instead of ${partitions}`
    if (definition.partitions === 'lanes') error(`${message}: every gateway topic needs one for each lane`)
    else warning(message)
  }
  if (settings['cleanup.policy'] !== definition.cleanupPolicy) {
    error(`has cleanup.policy ${settings['cleanup.policy']} instead of ${definition.cleanupPolicy}`)
  }
  const maxBytes = Number(settings['max.message.bytes'])
  if (!(maxBytes >= definition.maxMessageBytes)) {
    error(`has max.message.bytes ${maxBytes} instead of ${definition.maxMessageBytes}: large batches would be refused`)
  }
  const retention = retentionWarning(definition, Number(settings['retention.ms']), Number(settings['retention.bytes']))
  if (retention !== undefined) warning(retention)
  if (plan.mode === 'production') for (const message of safetyErrors(state)) error(message)
  return findings
}

function retentionWarning(
  { cleanupPolicy, retentionMs }: TopicDefinition,
  actualMs: number,
  actualBytes: number,
): string | undefined {
  if (cleanupPolicy === 'compact') return undefined
  if (actualBytes !== -1)
    return `has retention.bytes ${actualBytes}: records would be deleted by size, whatever their age`
  if (retentionMs === -1) {
    if (actualMs === -1 || actualMs >= YEAR_MS) return undefined
    return `keeps records for ${Math.floor(actualMs / DAY_MS)} days only: states are rebuilt from them and they are the audit`
  }
  if (actualMs === retentionMs) return undefined
  return `has retention.ms ${actualMs} instead of ${retentionMs}`
}

/** What production refuses (docs/architecture.md): anything by which an acknowledged record could be lost. */
function safetyErrors({ replicationFactor, settings }: TopicState): string[] {
  const found: string[] = []
  if (replicationFactor < 3) found.push(`has ${replicationFactor} replicas: three are needed`)
  const inSync = Number(settings['min.insync.replicas'])
  if (!(inSync >= 2)) found.push(`has min.insync.replicas ${inSync}: 2 are needed`)
  if (replicationFactor >= 3 && inSync >= replicationFactor) {
    found.push(`has min.insync.replicas ${inSync} of ${replicationFactor} replicas: no broker could be restarted`)
  }
  if (settings['unclean.leader.election.enable'] !== 'false') {
    found.push('allows unclean leader election, which loses acknowledged records')
  }
  return found
}

function partitionsOf({ lanes, keyPartitions }: TopicPlan, { partitions }: TopicDefinition): number {
  switch (partitions) {
    case 'lanes':
      return lanes
    case 'by-key':
      return keyPartitions
  }
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
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  })
  return new Map(
    present.map((topic): [TopicName, TopicState] => {
      const name = qualifiedTopic(namespace, topic)
      const partitions = metadata.find((found) => found.name === name)?.partitions ?? []
      const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []
      return [
        topic,
        {
          partitions: partitions.length,
          replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
          settings: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
        },
      ]
    }),
  )
}

async function withAdmin<T>(connection: KafkaConnection, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(connection).admin()
  try {
    await admin.connect()
    return await work(admin)
  } catch (error) {
    if (error instanceof PipelineError) throw error
    throw new LogUnavailableError('the topics could not be looked at or made', { cause: error })
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}
