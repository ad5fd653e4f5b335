/** What is wrong with a topic: the table of the contracts and the plan against what Kafka says of it. */
import { compressionType, type TopicDefinition } from '@payout/schemas/topic-definition'
import { qualifiedTopic, type TopicName, topics } from '@payout/schemas/topics'

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
  const compression = compressionType(definition)
  if (settings['compression.type'] !== compression) {
    const differs = `has compression.type ${settings['compression.type']} instead of ${compression}`
    warning(`${differs}: to change it, ${alterCommand(name, `compression.type=${compression}`)}`)
  }
  if (plan.mode === 'production') for (const message of safetyErrors(state)) error(message)
  return findings
}

/** A command that changes one setting and nothing else. The request that kafkajs has puts all that it does not name back to their defaults. */
function alterCommand(topic: string, setting: string): string {
  return `kafka-configs.sh --bootstrap-server "$KAFKA_BROKERS" --alter --topic ${topic} --add-config ${setting}`
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

/** How many partitions the plan gives a topic. */
export function partitionsOf({ lanes, keyPartitions }: TopicPlan, { partitions }: TopicDefinition): number {
  switch (partitions) {
    case 'lanes':
      return lanes
    case 'by-key':
      return keyPartitions
  }
}
