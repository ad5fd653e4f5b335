import type { PayoutRow } from '@payout/cli/payout-file/payout-csv'
import { readPartnerRecord } from '@payout/cli/trace/partner-record'
import { commandTopics } from '@payout/cli/write/dead-letter'
import type { EventLog } from '@payout/runtime/event-log/port'
import { type DomainEvent, isDomainEvent, isPayoutEvent, type PayoutEvent } from '@payout/runtime/record/domain-event'
import type { SandboxClient } from '@payout/sandbox/alipay/sandbox-client'
import type { Codec } from '@payout/schemas/codec'
import { type CommandTopic, deadLetterTopic, type TopicName } from '@payout/schemas/topics'
import type { SampleAgreement } from '../samples/sample-agreement.ts'
import type { SampleReturnFile } from '../samples/sample-return-file.ts'
import { auditPayouts, type PayoutAudit } from './payout-audit.ts'
import { auditAgreement, auditReturnFile } from './service-audit.ts'
import { type Stage, stageTimes, type TimedRecord } from './stage-times.ts'

/** What was found in the topics and in the books. */
export interface SystemAudit {
  readonly payoutAudit: PayoutAudit
  readonly stages: readonly Stage[]
  /** What is not as it must be with the agreement and the return file, one sentence each. */
  readonly services: readonly string[]
  /** Commands that the signer has not processed, one sentence a partition. */
  readonly unread: readonly string[]
}

export interface SystemAuditOptions {
  /** Every command that was written, in that order. */
  readonly asked: readonly PayoutRow[]
  /** How many unreadable commands were written besides. */
  readonly malformed: number
  readonly agreement: SampleAgreement
  readonly returnFile: SampleReturnFile
  readonly books: SandboxClient | undefined
  readonly signal: AbortSignal
}

/** Everything that tells what became of a payout, and when. */
const TOPICS: readonly TopicName[] = [
  'payout.commands',
  'gateway.requests',
  'gateway.attempts',
  'gateway.answers',
  'gateway.notifies',
  'payout.events',
  'agreement.events',
]

/**
 * Reads the topics whole, and the books; meant for when the services have stopped, so that nothing is in flight any
 * more.
 */
export async function auditSystem(log: EventLog, codec: Codec, options: SystemAuditOptions): Promise<SystemAudit> {
  const { asked, malformed, agreement, returnFile, books, signal } = options
  const records: TimedRecord[] = []
  for await (const record of log.read({ from: await wholeTopics(log, TOPICS), until: 'end', signal })) {
    const named = readPartnerRecord(record, codec)
    if (named !== undefined) records.push({ record, named })
  }
  let deadLetters = 0
  const dead = await wholeTopics(log, commandTopics.map(deadLetterTopic))
  for await (const _ of log.read({ from: dead, until: 'end', signal })) deadLetters += 1
  const all = records.flatMap(({ named }) => (isDomainEvent(named) ? [named] : []))
  const events = all.filter(isOfOurPayouts)
  return {
    payoutAudit: auditPayouts({ asked, malformed, events, deadLetters, books: await books?.books() }),
    stages: stageTimes(records),
    services: [
      ...auditAgreement(agreement, all, (await books?.agreements()) ?? []),
      ...auditReturnFile(returnFile, all, (await books?.returnFiles()) ?? []),
    ],
    unread: (await Promise.all(commandTopics.map((topic) => unreadCommands(log, topic)))).flat(),
  }
}

/** What came back from a bank was uploaded elsewhere: it is compared with its file. */
function isOfOurPayouts(event: DomainEvent): event is PayoutEvent {
  return isPayoutEvent(event) && (event.name !== 'payout.PayoutReturned' || event.value.payoutId !== null)
}

async function wholeTopics(log: EventLog, topics: readonly TopicName[]) {
  const places = topics.map(async (topic) =>
    Array.from(
      { length: await log.partitions(topic) },
      (_, partition) => ({ topic, partition, at: 'beginning' }) as const,
    ),
  )
  return (await Promise.all(places)).flat()
}

/** A command that was written again must have been read too before anyone may say that nothing new came of it. */
async function unreadCommands(log: EventLog, topic: CommandTopic): Promise<string[]> {
  const [offsets, committed] = await Promise.all([log.offsets(topic), log.committed('signer', topic)])
  return offsets.flatMap(({ beginning, end }, partition) => {
    const left = end - (committed[partition] ?? beginning)
    return left > 0 ? [`${left} commands of ${topic}/${partition} were not processed`] : []
  })
}
