/** What is wrong with a topic: the table of the contracts and the plan against what Kafka says of it. */

import { compressionType, type TopicDefinition } from '@payout/schemas/topic-definition'
import { qualifiedTopic, type TopicName, topicNames, topics } from '@payout/schemas/topics'
import { DAY_MS } from '@payout/schemas/units'
import { TOPIC_RULES, type TopicFault } from './topic-rules.ts'

const YEAR_MS = 365 * DAY_MS
const CLAIM_LIFE_MS = 30 * DAY_MS

/** What topics are held against; a service doesn't know the numbers of partitions that were planned. */
export interface TopicDemands {
  readonly namespace: string
  /**
   * Partitions of every `gateway.*` topic. They never change while anything is in flight. Without it: as many as the
   * largest of them has.
   */
  readonly lanes?: number
  /** Partitions of the topics that are keyed by their users. */
  readonly keyPartitions?: number
  /** Production refuses what could lose records. */
  readonly mode: 'production' | 'sandbox'
  /** How long ids stay taken: a rebuild reads so far back. 30 days by default. */
  readonly claimLifeMs?: number
  /** Default: all topics. */
  readonly topics?: readonly TopicName[]
}

export interface TopicPlan extends TopicDemands {
  readonly lanes: number
  readonly keyPartitions: number
  readonly replicationFactor: number
  readonly minInsyncReplicas: number
}

/** What is wrong with a topic. */
export interface TopicFinding {
  /** Without its namespace. */
  readonly topic: TopicName
  readonly fault: TopicFault
  /** An `error` must be put right. */
  readonly level: 'error' | 'warning'
  /** With the topic's whole name, what was read, what was expected, and the way out. */
  readonly message: string
}

/** A topic as Kafka describes it. */
export interface TopicState {
  readonly partitions: number
  /** The smallest number of replicas of a partition. */
  readonly replicationFactor: number
  /** Settings in Kafka's own words, also those by default; undefined where this user may not see them. */
  readonly settings: Readonly<Record<string, string>> | undefined
}

type Problem = readonly [fault: TopicFault, message: string]

/** What the demands and the table say against the topics as they are: errors first. */
export function allFindings(demands: TopicDemands, states: ReadonlyMap<TopicName, TopicState>): TopicFinding[] {
  const wanted = demands.topics ?? topicNames
  const lanes = demands.lanes ?? mostLanes(wanted, states)
  const all = { ...demands, ...(lanes === undefined ? {} : { lanes }) }
  const findings = wanted.flatMap((topic) => findingsOf(all, topic, states.get(topic)))
  return findings.sort((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning'))
}

/** The number of partitions of the largest topic of those that have one for each lane: a topic never loses any. */
export function mostLanes(
  wanted: readonly TopicName[],
  states: ReadonlyMap<TopicName, TopicState>,
): number | undefined {
  const numbers = wanted.flatMap((topic) => {
    const state = states.get(topic)
    return state !== undefined && topics[topic].partitions === 'lanes' ? [state.partitions] : []
  })
  return numbers.length === 0 ? undefined : Math.max(...numbers)
}

/** What the demands and the table say against a topic as it is; `undefined` where there is none. */
export function findingsOf(demands: TopicDemands, topic: TopicName, state: TopicState | undefined): TopicFinding[] {
  const name = qualifiedTopic(demands.namespace, topic)
  const problems =
    state === undefined
      ? [MISSING]
      : [...partitionProblems(demands, topic, state), ...settingProblems(demands, topic, state)]
  return problems.map(([fault, message]) => ({
    topic,
    fault,
    level: TOPIC_RULES[fault].level,
    message: `${name} ${message}`,
  }))
}

/** A service finds that the number of lanes is another one than at its start. */
export function lanesChanged(namespace: string, topic: TopicName, before: number, now: number): TopicFinding {
  const message = `${qualifiedTopic(namespace, topic)} had ${before} partitions when this process was started, and has ${now} now: see "Partitions were added" in docs/operations.md`
  return { topic, fault: 'lanes-changed', level: TOPIC_RULES['lanes-changed'].level, message }
}

const MISSING: Problem = [
  'missing',
  'does not exist, or this user may not see it: create the topics (npm run topics -- apply), or give DESCRIBE on it',
]

function* partitionProblems(demands: TopicDemands, topic: TopicName, { partitions }: TopicState): Generator<Problem> {
  const { lanes, keyPartitions, namespace } = demands
  const rule = topics[topic].partitions
  // Whoever writes a topic of one names its first partition, however many others somebody adds.
  if (rule === 'one') return
  const isLaneTopic = rule === 'lanes'
  const planned = isLaneTopic ? lanes : keyPartitions
  if (planned === undefined || partitions === planned) return
  const message = `has ${partitions} partitions instead of ${planned}`
  if (!isLaneTopic) yield ['key-partitions', message]
  else if (partitions > planned)
    yield [
      'lanes',
      `${message}: every gateway topic needs as many as this one has, since a topic never loses any; see "Partitions were added" in docs/operations.md`,
    ]
  else {
    const command = `kafka-topics.sh --bootstrap-server "$KAFKA_BROKERS" --alter --topic ${qualifiedTopic(namespace, topic)} --partitions ${planned}`
    yield [
      'lanes',
      `${message}: every gateway topic needs one for each lane; see "Partitions were added" in docs/operations.md, then: ${command}`,
    ]
  }
}

function* settingProblems(
  demands: TopicDemands,
  topic: TopicName,
  { settings, replicationFactor }: TopicState,
): Generator<Problem> {
  if (settings === undefined) {
    yield ['unseen', 'has settings that this user may not see: give DESCRIBE_CONFIGS on it']
    return
  }
  const definition: TopicDefinition = topics[topic]
  const mend = (setting: string) => alterCommand(qualifiedTopic(demands.namespace, topic), setting)
  yield* keepingProblems(demands, topic, settings, mend)
  const maxBytes = Number(settings['max.message.bytes'])
  if (!(maxBytes >= definition.maxMessageBytes)) {
    const wanted = definition.maxMessageBytes
    yield [
      'small-batches',
      `has max.message.bytes ${maxBytes} instead of ${wanted}, so large batches would be refused: ${mend(`max.message.bytes=${wanted}`)}`,
    ]
  }
  const compression = compressionType(definition)
  if (settings['compression.type'] !== compression) {
    const differs = `has compression.type ${settings['compression.type']} instead of ${compression}`
    yield ['compression', `${differs}: to change it, ${mend(`compression.type=${compression}`)}`]
  }
  if (demands.mode === 'production') yield* safetyProblems(replicationFactor, settings, mend)
}

/**
 * A command that changes one setting and nothing else. The request that kafkajs has puts all that it does not name
 * back to their defaults.
 */
function alterCommand(topic: string, setting: string): string {
  return `kafka-configs.sh --bootstrap-server "$KAFKA_BROKERS" --alter --topic ${topic} --add-config ${setting}`
}

/** Whether what has to be kept is kept. */
function* keepingProblems(
  { claimLifeMs = CLAIM_LIFE_MS }: TopicDemands,
  topic: TopicName,
  settings: Readonly<Record<string, string>>,
  mend: (setting: string) => string,
): Generator<Problem> {
  const { cleanupPolicy, retentionMs }: TopicDefinition = topics[topic]
  const policies = (settings['cleanup.policy'] ?? '').split(',').map((policy) => policy.trim())
  const ageMs = Number(settings['retention.ms'])
  const bytes = Number(settings['retention.bytes'])
  const has = `has cleanup.policy ${settings['cleanup.policy']} instead of ${cleanupPolicy}`
  const mendPolicy = mend(`cleanup.policy=${cleanupPolicy}`)
  if (cleanupPolicy === 'compact') {
    const isLimited = ageMs !== -1 || bytes !== -1
    // A topic of neither policy is nothing that Kafka knows; of one that it will know nobody knows what it deletes.
    if (policies.includes('delete') && isLimited)
      yield ['deletes', `${has}, so what it holds is deleted: ${mendPolicy}`]
    else if (!policies.includes('compact') || policies.length > 1) yield ['not-compacted', `${has}: ${mendPolicy}`]
    return
  }
  if (policies.length !== 1 || policies[0] !== 'delete')
    yield ['compacted', `${has}, so records of the same key vanish: ${mendPolicy}`]
  const isRebuiltFrom = retentionMs === -1 && (topic === 'payout.events' || topics[topic].audience === 'pipeline')
  if (bytes !== -1) {
    const message = `has retention.bytes ${bytes}, so records would be deleted by size, whatever their age: ${mend('retention.bytes=-1')}`
    yield [isRebuiltFrom ? 'kept-too-short' : 'kept-short', message]
  }
  if (ageMs === retentionMs || (ageMs === -1 && retentionMs === -1)) return
  if (retentionMs !== -1)
    yield ['kept-short', `has retention.ms ${ageMs} instead of ${retentionMs}: ${mend(`retention.ms=${retentionMs}`)}`]
  else if (isRebuiltFrom && !(ageMs >= claimLifeMs + DAY_MS)) {
    yield [
      'kept-too-short',
      `keeps records for ${daysOf(ageMs)} days only, and a rebuild needs those of ${daysOf(claimLifeMs + DAY_MS)}: ${mend('retention.ms=-1')}`,
    ]
  } else if (!(ageMs >= YEAR_MS)) {
    yield [
      'kept-short',
      `keeps records for ${daysOf(ageMs)} days only, and they are the audit: ${mend('retention.ms=-1')}`,
    ]
  }
}

function daysOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

/** What production refuses (docs/architecture.md): anything by which an acknowledged record could be lost. */
function* safetyProblems(
  replicationFactor: number,
  settings: Readonly<Record<string, string>>,
  mend: (setting: string) => string,
): Generator<Problem> {
  const inSync = Number(settings['min.insync.replicas'])
  if (replicationFactor < 3)
    yield [
      'unsafe',
      `has ${replicationFactor} replicas, and three are needed: kafka-reassign-partitions.sh gives it more`,
    ]
  if (!(inSync >= 2))
    yield ['unsafe', `has min.insync.replicas ${inSync}, and 2 are needed: ${mend('min.insync.replicas=2')}`]
  if (replicationFactor >= 3 && inSync >= replicationFactor) {
    yield [
      'standstill',
      `has min.insync.replicas ${inSync} of ${replicationFactor} replicas, so no broker could be restarted: ${mend('min.insync.replicas=2')}`,
    ]
  }
  if (settings['unclean.leader.election.enable'] !== 'false') {
    yield [
      'unsafe',
      `allows unclean leader election, which loses acknowledged records: ${mend('unclean.leader.election.enable=false')}`,
    ]
  }
}

/** How many partitions the plan gives a topic. */
export function partitionsOf({ lanes, keyPartitions }: TopicPlan, { partitions }: TopicDefinition): number {
  switch (partitions) {
    case 'lanes':
      return lanes
    case 'by-key':
      return keyPartitions
    case 'one':
      return 1
  }
}
