import type { LogRecord } from '@payout/runtime/event-log/port'
import type { Codec, NamedRecord } from '@payout/schemas/codec'
import type { GatewayAttempt, PayoutStanding } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import { type RecordName, recordNames } from '@payout/schemas/schema-catalog'
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
export type Told = Pick<StoryEntry, 'step' | 'says'>

/** One step; undefined where the record says nothing about what the story is of. */
export function entryOf(record: LogRecord, { name }: PartnerRecord, told: Told | undefined): StoryEntry | undefined {
  return told && { at: record.timestamp, ...told, place: placeOf(record), record: name }
}

/** Any record of ours; undefined for a tombstone, or what this release can't read. */
export function read(record: LogRecord, codec: Codec): NamedRecord | undefined {
  try {
    return record.value === null ? undefined : codec.decode(record.value, recordNames)
  } catch {
    return undefined
  }
}

/** The same for a record that stories may be made of. */
export function readOfPartner(record: LogRecord, codec: Codec): PartnerRecord | undefined {
  const named = read(record, codec)
  return named?.name === 'gateway.GatewaySwitch' ? undefined : named
}

/** What egress says of a batch or a request before and after it calls. @param what `batch 2026…` */
export function attemptTold(what: string, { state, attempts, code }: GatewayAttempt): Told {
  const said = {
    deferred: `${what} waits unsent${code ? `: ${code}` : ''}`,
    in_doubt: `${what}: attempt ${attempts} is about to be made`,
    closed: `${what} is closed after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${code ? `: ${code}` : ''}`,
  }
  return { step: 'attempt', says: [said[state]] }
}

/** When an answer came, and what follows. */
export function answeredWords(
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
export function provedWords({ eventId, evidence, version, standing }: Proved): string {
  const counted = typeof version === 'number' ? `version ${version}, ` : ''
  const stands = standing ? `stands ${standing.status}${openness(standing)}, ` : ''
  return `${counted}${stands}proved by the ${evidence.kind} ${evidence.id} (${placeOf(evidence.source)}), event id ${eventId}`
}

/** What is still to come by itself. */
function openness({ final, closed }: PayoutStanding): string {
  if (final) return ' for good'
  return closed ? ', nothing more is sent' : ''
}

interface Proved {
  readonly eventId: string
  readonly version?: number | null
  readonly standing?: PayoutStanding | null
  readonly evidence: {
    readonly kind: string
    readonly id: string
    readonly source: { readonly topic: string; readonly partition: number; readonly offset: number }
  }
}
