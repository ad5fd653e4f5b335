/**
 * Every topic of the pipeline. Nothing else in the code spells a topic's name.
 *
 * The `namespace` setting begins the real name of each: `payout.commands` of the namespace `live` is the Kafka topic
 * `live.payout.commands`.
 */

const MIB = 1024 * 1024

/** What decides the number of a topic's partitions. */
export type PartitionRule =
  /** As many as there are lanes: partition p of every such topic is lane p. */
  | 'lanes'
  /** Set when the topic is made (setting `TOPIC_PARTITIONS`); records are placed by murmur2 of their key, as Java does. */
  | 'by-key'

/** One row of the topic table. */
export interface TopicDefinition {
  /** Who may read it: `users` is part of the contract with upstream and downstream, `pipeline` is our own. */
  readonly audience: 'users' | 'pipeline'
  /** What the key of a record is made of. */
  readonly key: string
  /** Full names of the Avro records that may stand in it; empty for dead letters, whose values stay as they came. */
  readonly values: readonly string[]
  readonly partitions: PartitionRule
  readonly cleanupPolicy: 'delete' | 'compact'
  /** `-1`: kept without limit. Unit: milliseconds. */
  readonly retentionMs: number
  readonly maxMessageBytes: number
  /** The only service that writes it; `upstream` for commands. */
  readonly writtenBy: readonly ('upstream' | 'signer' | 'gateway-egress' | 'gateway-ingress' | 'reconciler')[]
  readonly readBy: readonly ('downstream' | 'signer' | 'gateway-egress' | 'reconciler')[]
  readonly description: string
}

const MONTH_MS = 30 * 24 * 3_600_000

export const topics = {
  'payout.commands': {
    audience: 'users',
    key: "upstream's choice; the payout's id is the habit",
    values: ['payout.PayoutRequested', 'payout.PayoutBatchRequested', 'payout.PayoutDecided'],
    partitions: 'by-key',
    cleanupPolicy: 'delete',
    retentionMs: MONTH_MS,
    maxMessageBytes: 4 * MIB,
    writtenBy: ['upstream'],
    readBy: ['signer'],
    description: 'What upstream wants paid, and what a person decided.',
  },
  'payout.commands.dlq': {
    audience: 'users',
    key: 'as it came',
    values: [],
    partitions: 'by-key',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: 4 * MIB,
    writtenBy: ['signer'],
    readBy: [],
    description: 'Commands that could not be read, byte for byte, with the reason and where they stood.',
  },
  'payout.events': {
    audience: 'users',
    key: 'partner and payout id: `partner/payoutId`',
    values: [
      'payout.PayoutAccepted',
      'payout.PayoutSucceeded',
      'payout.PayoutFailed',
      'payout.PayoutRefused',
      'payout.PayoutUnresolved',
      'payout.PayoutOverdue',
      'payout.PayoutMismatched',
      'payout.PayoutResubmitted',
    ],
    partitions: 'by-key',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['signer', 'reconciler'],
    readBy: ['downstream'],
    description: 'What became of every payout. Claims and states are rebuilt from it, so it is kept without limit.',
  },
  'gateway.requests': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: ['gateway.GatewayRequest'],
    partitions: 'lanes',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: 4 * MIB,
    writtenBy: ['signer'],
    readBy: ['gateway-egress', 'reconciler'],
    description: 'Signed requests, whole, as they go to the gateway.',
  },
  'gateway.to-sign': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: ['gateway.GatewayToSign'],
    partitions: 'lanes',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: 4 * MIB,
    writtenBy: ['gateway-egress', 'reconciler'],
    readBy: ['signer'],
    description:
      'What has to be signed again: a request whose pay date has passed unsent, a line a person sends again.',
  },
  'gateway.attempts': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: ['gateway.GatewayAttempt'],
    partitions: 'lanes',
    cleanupPolicy: 'compact',
    retentionMs: -1,
    maxMessageBytes: 4 * MIB,
    writtenBy: ['gateway-egress'],
    readBy: ['gateway-egress'],
    description: "Egress's own memory: batches that wait, intents before each call, final answers.",
  },
  'gateway.answers': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: ['gateway.GatewayAnswer'],
    partitions: 'lanes',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['gateway-egress'],
    readBy: ['reconciler'],
    description: 'What the gateway answered, or that nobody knows.',
  },
  'gateway.notifies': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: ['gateway.GatewayNotify'],
    partitions: 'lanes',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: 4 * MIB,
    writtenBy: ['gateway-ingress'],
    readBy: ['reconciler'],
    description: 'Verified notifies, with their raw bytes.',
  },
  'gateway.decisions': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: ['gateway.GatewayDecision'],
    partitions: 'lanes',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['signer'],
    readBy: ['reconciler'],
    description: "A person's decisions, in the lane of the payout's batch.",
  },
  'gateway.due': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: ['gateway.GatewayDue'],
    partitions: 'lanes',
    cleanupPolicy: 'delete',
    retentionMs: MONTH_MS,
    maxMessageBytes: MIB,
    writtenBy: ['reconciler'],
    readBy: ['reconciler'],
    description: "The reconciler's clock: a batch whose outcome is due.",
  },
} as const satisfies Record<string, TopicDefinition>

/** The name of a topic without its namespace. */
export type TopicName = keyof typeof topics

/** A topic whose partition p is lane p. */
export type LaneTopic = { [T in TopicName]: (typeof topics)[T]['partitions'] extends 'lanes' ? T : never }[TopicName]

export const topicNames = Object.keys(topics) as TopicName[]

/** The dead-letter topic of a command topic. */
export function deadLetterTopic(topic: 'payout.commands'): 'payout.commands.dlq' {
  return `${topic}.dlq`
}

/** The topic's name in Kafka: `namespace.topic`. */
export function qualifiedTopic(namespace: string, topic: TopicName): string {
  return `${namespace}.${topic}`
}
