/**
 * Every topic of the pipeline. Nothing else in the code spells a topic's name.
 *
 * The `namespace` setting begins the real name of each: `payout.commands` of the namespace `live` is the Kafka topic
 * `live.payout.commands`.
 */

import type { TopicDefinition } from './topic-definition.ts'
import { DAY_MS, MIB } from './units.ts'

const MONTH_MS = 30 * DAY_MS

export const topics = {
  'payout.commands': {
    audience: 'users',
    key: "upstream's choice; the payout's id is the habit",
    values: [
      'payout.PayoutRequested',
      'payout.PayoutBatchRequested',
      'payout.PayoutDecided',
      'payout.ReturnFileRequested',
    ],
    partitions: 'by-key',
    cleanupPolicy: 'delete',
    retentionMs: MONTH_MS,
    maxMessageBytes: 4 * MIB,
    writtenBy: ['upstream'],
    readBy: ['signer'],
    description: 'What upstream wants paid, what a person decided, and which return files are to be fetched.',
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
    key: 'partner and payout id: `partner/payoutId`; `partner/return/withdrawalSerial` and `partner/return-file/date` of what is no payout of ours',
    values: [
      'payout.PayoutAccepted',
      'payout.PayoutSucceeded',
      'payout.PayoutFailed',
      'payout.PayoutRefused',
      'payout.PayoutUnresolved',
      'payout.PayoutOverdue',
      'payout.PayoutMismatched',
      'payout.PayoutResubmitted',
      'payout.PayoutReturned',
      'payout.PayoutReturnFileRead',
      'payout.PayoutReturnFileFailed',
    ],
    partitions: 'by-key',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['signer', 'reconciler'],
    readBy: ['downstream'],
    description:
      'What became of every payout, and what the banks sent back. Claims and states are rebuilt from it, so it is kept without limit.',
  },
  'agreement.commands': {
    audience: 'users',
    key: "upstream's choice, the same for all commands of one account",
    values: [
      'agreement.AgreementSignRequested',
      'agreement.AgreementStatusRequested',
      'agreement.AgreementUnsignRequested',
    ],
    partitions: 'by-key',
    cleanupPolicy: 'delete',
    retentionMs: MONTH_MS,
    maxMessageBytes: MIB,
    writtenBy: ['upstream'],
    readBy: ['signer'],
    description: 'Agreements that are to be signed, looked up or cancelled.',
  },
  'agreement.commands.dlq': {
    audience: 'users',
    key: 'as it came',
    values: [],
    partitions: 'by-key',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['signer'],
    readBy: [],
    description: 'Commands that could not be read, byte for byte, with the reason and where they stood.',
  },
  'agreement.events': {
    audience: 'users',
    key: 'partner and agreement id: `partner/agreementId`',
    values: [
      'agreement.AgreementFormReady',
      'agreement.AgreementSigned',
      'agreement.AgreementNotSigned',
      'agreement.AgreementUnsigned',
      'agreement.AgreementFailed',
      'agreement.AgreementRefused',
      'agreement.AgreementOnHold',
    ],
    partitions: 'by-key',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['signer', 'reconciler'],
    readBy: ['downstream'],
    description: 'What became of every agreement.',
  },
  'gateway.requests': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: ['gateway.GatewayRequest', 'gateway.GatewayServiceRequest'],
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
    values: ['gateway.GatewayToSign', 'gateway.GatewayServiceToSign', 'gateway.GatewayFormToSign'],
    partitions: 'lanes',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: 4 * MIB,
    writtenBy: ['gateway-egress', 'reconciler'],
    readBy: ['signer'],
    description:
      'What has to be signed: a request whose pay date has passed unsent, a line a person sends again, a form, a request of another service.',
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
    description: "Egress' changelog: deferred requests, intents before each call, final answers.",
  },
  'gateway.answers': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: ['gateway.GatewayAnswer', 'gateway.GatewayServiceAnswer', 'gateway.GatewayReturnRows'],
    partitions: 'lanes',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['gateway-egress'],
    readBy: ['reconciler'],
    description:
      'What the gateway answered, or that nobody knows; rows of return files, in the lane of their batch number.',
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
  'gateway.commands': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: [
      'gateway.GatewayDecision',
      'gateway.GatewayAgreementCommand',
      'gateway.GatewayReturnFileCommand',
      'gateway.GatewayNotSigned',
      'gateway.GatewayServiceNotSigned',
    ],
    partitions: 'lanes',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['signer'],
    readBy: ['reconciler'],
    description:
      "A person's decisions, in the lane of the payout's batch; commands about agreements and return files, in theirs; what could not be signed.",
  },
  'gateway.timers': {
    audience: 'pipeline',
    key: 'partner and batch number: `partner/batchNo`',
    values: ['gateway.GatewayTimer'],
    partitions: 'lanes',
    cleanupPolicy: 'delete',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['reconciler'],
    readBy: ['reconciler'],
    description:
      "The reconciler's clock: a batch whose outcome is due. Its end tells a rebuild since when nothing may have been said of a payout.",
  },
  'gateway.states': {
    audience: 'pipeline',
    key: 'what it is the state of: `partner/agreement/agreementId`, `partner/return-file/date`, `partner/return-schedule`',
    values: ['gateway.GatewayAgreementState', 'gateway.GatewayReturnFileState', 'gateway.GatewayReturnSchedule'],
    partitions: 'lanes',
    cleanupPolicy: 'compact',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['reconciler'],
    readBy: ['reconciler'],
    description: "The reconciler's changelog of agreements and return files.",
  },
  'gateway.forms': {
    audience: 'pipeline',
    key: 'partner and command: `partner/agreementId/commandId`',
    values: ['gateway.GatewayForm'],
    partitions: 'lanes',
    cleanupPolicy: 'compact',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['signer'],
    readBy: ['gateway-ingress'],
    description: "Signed forms that lead users to Alipay's signing page.",
  },
  'gateway.switches': {
    audience: 'pipeline',
    key: 'what it is about, and whose switch it is: `partner/ALIAS/person`, `partner/ALIAS/automatic`, `partner/ALIAS/timed`',
    values: ['gateway.GatewaySwitch'],
    partitions: 'one',
    cleanupPolicy: 'compact',
    retentionMs: -1,
    maxMessageBytes: MIB,
    writtenBy: ['people', 'gateway-egress'],
    readBy: ['signer', 'gateway-egress'],
    description: 'Whether money may move: which partners are stopped, with who, when and why.',
  },
} as const satisfies Record<string, TopicDefinition>

/** The name of a topic without its namespace. */
export type TopicName = keyof typeof topics

/** A topic whose partition p is lane p. */
export type LaneTopic = { [T in TopicName]: (typeof topics)[T]['partitions'] extends 'lanes' ? T : never }[TopicName]

/** A topic that upstream writes. */
export type CommandTopic = 'payout.commands' | 'agreement.commands'

export const topicNames = Object.keys(topics) as TopicName[]

const named: ReadonlyMap<string, TopicName> = new Map(topicNames.map((name) => [name, name]))

/** The topic that a text names; undefined where no topic is called so (any more). */
export function topicNamed(text: string): TopicName | undefined {
  return named.get(text)
}

/** The dead-letter topic of a command topic. */
export function deadLetterTopic(topic: CommandTopic): `${CommandTopic}.dlq` {
  return `${topic}.dlq`
}

/** The topic's name in Kafka: `namespace.topic`. */
export function qualifiedTopic(namespace: string, topic: TopicName): string {
  return `${namespace}.${topic}`
}
