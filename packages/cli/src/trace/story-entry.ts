import type { LogRecord } from '@payout/runtime/event-log/port'
import type { RecordName } from '@payout/schemas/avro/schema-catalog'
import type { GatewayAttempt, PayoutStanding } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import { formatMoment } from '../arguments/moment.ts'
import type { PartnerRecord } from './partner-record.ts'

/** One step of a story: what one record says about what the story is of. */
export interface StoryEntry {
  /** The record's own time stamp, UTC milliseconds. */
  readonly at: number
  /** What the record is, in a word or two: `command`, `signed request`, `answer`. */
  readonly step: string
  /** What it says, a sentence each. No keys, no partner ids, no address of a form; what is about others is left out. */
  readonly says: readonly string[]
  /** Where it stands: `gateway.answers/3@17`. */
  readonly place: string
  readonly record: RecordName
}

/** What a record is, and what it says. */
export type EntryText = Pick<StoryEntry, 'step' | 'says'>

/** One step; undefined where the record says nothing about what the story is of. */
export function entryOf(
  record: LogRecord,
  { name }: PartnerRecord,
  text: EntryText | undefined,
): StoryEntry | undefined {
  return text && { at: record.timestamp, ...text, place: placeOf(record), record: name }
}

/** What egress says of a batch or a request before and after it calls. @param what `batch 2026…` */
export function describeAttempt(what: string, { state, attempts, code }: GatewayAttempt): EntryText {
  const said = {
    deferred: `${what} waits unsent${code ? `: ${code}` : ''}`,
    in_doubt: `${what}: attempt ${attempts} is about to be made`,
    closed: `${what} is closed after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${code ? `: ${code}` : ''}`,
  }
  return { step: 'attempt', says: [said[state]] }
}

/** When an answer came, and what follows. */
export function answerTimesWords(
  { final, httpStatus, sentAt, answeredAt }: AnswerTimes,
  what: 'batch number' | 'request',
): string {
  const took = sentAt === null ? '' : `, ${answeredAt - sentAt} ms after it was sent`
  const status = httpStatus === null ? '' : `, HTTP ${httpStatus}`
  const next = final ? `the last word on this ${what}` : 'it will be tried again, identical'
  return `at ${formatMoment(answeredAt)}${took}${status}; ${next}`
}

interface AnswerTimes {
  readonly final: boolean
  readonly httpStatus: number | null
  readonly sentAt: number | null
  readonly answeredAt: number
}

/** What an event stands on. */
export function evidenceWords({ eventId, evidence, version, standing }: EventWithEvidence): string {
  const counted = typeof version === 'number' ? `version ${version}, ` : ''
  const stands = standing ? `stands ${standing.status}${finalityWords(standing)}, ` : ''
  return `${counted}${stands}proved by the ${evidence.kind} ${evidence.id} (${placeOf(evidence.source)}), event id ${eventId}`
}

/** What is still to come by itself. */
function finalityWords({ final, closed }: PayoutStanding): string {
  if (final) return ' for good'
  return closed ? ', nothing more is sent' : ''
}

interface EventWithEvidence {
  readonly eventId: string
  readonly version?: number | null
  readonly standing?: PayoutStanding | null
  readonly evidence: {
    readonly kind: string
    readonly id: string
    readonly source: { readonly topic: string; readonly partition: number; readonly offset: number }
  }
}
