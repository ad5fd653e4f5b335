import { charsetNamed } from '@payout/mapi/charset'
import { type Fen, formatYuan } from '@payout/mapi/fen'
import { parseForm } from '@payout/mapi/form'
import { notifyDetails } from '@payout/mapi/notify-details'
import type { LogRecord } from '@payout/runtime/event-log/port'
import type { Codec, NamedRecord } from '@payout/schemas/codec'
import type {
  GatewayAnswer,
  GatewayNotify,
  GatewayRequestLine,
  PayoutPayoutLine,
} from '@payout/schemas/generated/records'
import { type RecordName, recordNames } from '@payout/schemas/schema-catalog'
import { eventKind, eventWords } from './event-words.ts'
import { formatMoment } from './moment.ts'

/** Whose story is told. */
export interface Subject {
  readonly partner: string
  readonly payoutId: string
  /** The line's serial at Alipay. */
  readonly serial: string
}

/** One step of a payout's story: what one record says about it. */
export interface StoryEntry {
  /** The record's own time stamp, UTC milliseconds. */
  readonly at: number
  /** What the record is, in a word or two: `command`, `signed request`, `answer`. */
  readonly step: string
  /** What it says about this payout, a sentence each. No keys, no partner ids; other payees of the batch are left out. */
  readonly says: readonly string[]
  /** Where it stands: `gateway.answers/3@17`. */
  readonly place: string
  readonly record: RecordName
}

/** What a record says about a payout; undefined where it is about others only, or can't be read. */
export function storyEntry(record: LogRecord, subject: Subject, codec: Codec): StoryEntry | undefined {
  const named = read(record, codec)
  const told = named && tell(named, subject)
  if (named === undefined || told === undefined) return undefined
  return { at: record.timestamp, ...told, place: placeOf(record), record: named.name }
}

/** Where a record stands: `topic/partition@offset`. */
export function placeOf({ topic, partition, offset }: Pick<LogRecord, 'topic' | 'partition' | 'offset'>): string {
  return `${topic}/${partition}@${offset}`
}

/** Any record of ours; undefined for a tombstone, or what this release can't read. */
export function read(record: LogRecord, codec: Codec): NamedRecord | undefined {
  try {
    return record.value === null ? undefined : codec.decode(record.value, recordNames)
  } catch {
    return undefined
  }
}

type Told = Pick<StoryEntry, 'step' | 'says'>

function tell(named: NamedRecord, subject: Subject): Told | undefined {
  if (named.value.partner !== subject.partner) return undefined
  switch (named.name) {
    case 'payout.PayoutRequested':
      return named.value.payoutId === subject.payoutId ? { step: 'command', says: asked(named.value) } : undefined
    case 'payout.PayoutBatchRequested':
      return tellBatchCommand(named.value.lines, subject)
    case 'payout.PayoutDecided':
    case 'gateway.GatewayDecision': {
      const { payoutId, decision, batchNo, decidedBy, reason, lookedAt, lookedWhere, alipaySaid } = named.value
      if (payoutId !== subject.payoutId) return undefined
      return {
        step: named.name === 'payout.PayoutDecided' ? 'command to decide' : 'decision',
        says: [
          `${decision}, by ${decidedBy}: ${reason}`,
          `looked up batch ${batchNo} ${lookedWhere} at ${formatMoment(lookedAt)}; Alipay said: ${alipaySaid}`,
        ],
      }
    }
    case 'gateway.GatewayRequest': {
      const { lines, batchNo, signing, payDate, charset, resubmission, signedAt } = named.value
      const place = lineOf(lines, subject)
      if (place === undefined) return undefined
      const again = resubmission ? '; a person asked for this second batch' : ''
      return {
        step: 'signed request',
        says: [
          `batch ${batchNo}, line ${place.number} of ${lines.length}, serial ${place.line.serial}${again}`,
          `signing ${signing}, pay date ${payDate}, ${charset}, signed at ${formatMoment(signedAt)}`,
        ],
      }
    }
    case 'gateway.GatewayToSign': {
      const { lines, batchNo, signing, notBefore, reason } = named.value
      if (lineOf(lines, subject) === undefined) return undefined
      const why = reason === 'again' ? 'a person decided so' : 'its pay date passed before any attempt'
      return { step: 'to be signed', says: [`batch ${batchNo}, signing ${signing}, not before ${notBefore}: ${why}`] }
    }
    case 'gateway.GatewayAttempt': {
      const { state, batchNo, attempts, code } = named.value
      const said = {
        waiting: `batch ${batchNo} waits unsent${code ? `: ${code}` : ''}`,
        open: `batch ${batchNo}: attempt ${attempts} is about to be made`,
        closed: `batch ${batchNo} is closed after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${code ? `: ${code}` : ''}`,
      }
      return { step: 'attempt', says: [said[state]] }
    }
    case 'gateway.GatewayAnswer':
      return { step: 'answer', says: answered(named.value) }
    case 'gateway.GatewayNotify':
      return { step: 'notify', says: notified(named.value, subject.serial) }
    case 'gateway.GatewayDue':
      return {
        step: 'due',
        says: [`batch ${named.value.batchNo}: the outcome was due at ${formatMoment(named.value.dueAt)}`],
      }
    case 'payout.PayoutAccepted':
    case 'payout.PayoutSucceeded':
    case 'payout.PayoutFailed':
    case 'payout.PayoutRefused':
    case 'payout.PayoutUnresolved':
    case 'payout.PayoutOverdue':
    case 'payout.PayoutMismatched':
    case 'payout.PayoutResubmitted': {
      const { payoutId, evidence, eventId } = named.value
      if (payoutId !== subject.payoutId) return undefined
      const version = 'version' in named.value ? `version ${named.value.version}, ` : ''
      const source = `${evidence.source.topic}/${evidence.source.partition}@${evidence.source.offset}`
      return {
        step: `event ${eventKind(named.name)}`,
        says: [
          eventWords(named),
          `${version}proved by the ${evidence.kind} ${evidence.id} (${source}), event id ${eventId}`,
        ],
      }
    }
  }
}

function asked({ amountFen, payeeName, payeeAccount, memo }: PayoutPayoutLine): string[] {
  return [
    `pay ${formatYuan(amountFen as Fen)} yuan to ${payeeName} (${payeeAccount})${memo === '' ? '' : `, memo "${memo}"`}`,
  ]
}

function tellBatchCommand(lines: readonly PayoutPayoutLine[], { payoutId }: Subject): Told | undefined {
  const says = lines.flatMap((line, index) =>
    line.payoutId === payoutId ? [`line ${index + 1} of a batch of ${lines.length}`, ...asked(line)] : [],
  )
  return says.length === 0 ? undefined : { step: 'command', says }
}

function lineOf(lines: readonly GatewayRequestLine[], { payoutId }: Subject) {
  const index = lines.findIndex((line) => line.payoutId === payoutId)
  const line = lines[index]
  return line && { line, number: index + 1 }
}

function answered({ attempt, outcome, code, final, httpStatus, sentAt, answeredAt }: GatewayAnswer): string[] {
  const said = {
    accepted: 'the gateway took the batch (this is no payment yet)',
    refused: `the gateway refused the batch: ${code ?? 'no code'}`,
    unknown: `nobody knows whether the gateway took the batch: ${code ?? 'no code'}`,
  }
  const took = sentAt === null ? '' : `, ${answeredAt - sentAt} ms after it was sent`
  const status = httpStatus === null ? '' : `, HTTP ${httpStatus}`
  const next = final ? 'the last word on this batch number' : 'it will be tried again, identical'
  return [`attempt ${attempt}: ${said[outcome]}`, `at ${formatMoment(answeredAt)}${took}${status}; ${next}`]
}

function notified({ notifyId, body, charset, receivedAt }: GatewayNotify, serial: string): string[] {
  const head = `notify ${notifyId}, received at ${formatMoment(receivedAt)}`
  const lines = notifyLines(body, charset)
  if (lines === undefined) return [head, 'its details could not be read']
  const ours = lines.flatMap((line) => {
    if (!line.ok) return line.serial === serial ? [`the line of this payout could not be read (${line.why})`] : []
    if (line.line.serial !== serial) return []
    const { result, amount, reason, alipaySerial, completedAt } = line.line
    const said = result === 'S' ? 'paid' : `not paid: ${reason ?? 'no reason given'}`
    return [
      `${result}: ${formatYuan(amount)} yuan ${said}`,
      `Alipay's serial ${alipaySerial}, completed at ${formatMoment(completedAt)}`,
    ]
  })
  return [head, ...(ours.length > 0 ? ours : [`none of its ${lines.length} lines names this payout`])]
}

function notifyLines(body: Buffer, charset: string) {
  try {
    return notifyDetails(parseForm(body), charsetNamed(charset) ?? 'utf-8')
  } catch {
    return undefined
  }
}
