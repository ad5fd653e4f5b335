import { describeMoment, isoMoment, LAST_MOMENT } from '@payout/mapi/text/moment'
import { escapeUnprintable } from '@payout/mapi/text/printable-text'
import type { EventLog, LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import { deadLetterHeaders as headers } from '@payout/schemas/dead-letter-headers'
import { PipelineError } from '@payout/schemas/error'
import { type CommandTopic, deadLetterTopic, topics } from '@payout/schemas/topics'
import { KIB } from '@payout/schemas/units'

/** What the headers below and the record's own frame add, with some room to spare. */
const ADDED_BYTES = 8 * KIB
/** What each header adds to its name and value at the most. */
const HEADER_BYTES = 10
/** A time stamp has 13 digits: what is longer is none, and may be as long as upstream likes. */
const MAX_TIME = 32

/** A command that can't be decoded, or contains nothing to do: nothing is claimed for it (S2.3). */
export interface DeadLetter {
  readonly kind: 'dead-letter'
  readonly record: LogRecord
  readonly code: string
  readonly explanation: string
}

export function deadLetter(record: LogRecord, code: string, explanation: string): DeadLetter {
  return { kind: 'dead-letter', record, code, explanation }
}

/**
 * Decodes a command. Never throws a PipelineError: what can't be decoded, or is too old, is a dead letter (S2.3).
 * @param oldestAllowed UTC milliseconds: an older command could bring back an id that is forgotten.
 * @param decode makes the command of the record's value.
 */
export function decodeOrDeadLetter<C>(record: LogRecord, oldestAllowed: number, decode: () => C): C | DeadLetter {
  if (!(record.timestamp <= LAST_MOMENT)) {
    const why = `the record's time stamp ${describeMoment(record.timestamp, oldestAllowed)}`
    return deadLetter(record, 'COMMAND_TIME', `${why}. Write it anew, with the time of writing`)
  }
  const firstText = record.headers[headers.firstTime]
  const firstTime = Number(firstText ?? record.timestamp)
  // Written so that a first time that is no number counts as too old.
  if (!(Math.min(firstTime, record.timestamp) >= oldestAllowed)) {
    const what =
      record.timestamp >= oldestAllowed ? firstTimeWords(firstText, oldestAllowed) : timeWords(record, oldestAllowed)
    return deadLetter(
      record,
      'COMMAND_TOO_OLD',
      `${what}. Claims are known from ${isoMoment(oldestAllowed)} on: whether the id of an older command was used is not known any more`,
    )
  }
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    return deadLetter(record, error.code, error.message)
  }
}

function timeWords({ timestamp }: LogRecord, oldestAllowed: number): string {
  return timestamp < 0
    ? 'the record has no time stamp'
    : `the record's time stamp ${describeMoment(timestamp, oldestAllowed)}`
}

function firstTimeWords(text: string | undefined, oldestAllowed: number): string {
  const header = `the header ${headers.firstTime}`
  const time = Number(text)
  if (Number.isNaN(time))
    return `${header} is "${escapeUnprintable((text ?? '').slice(0, MAX_TIME))}", which is no number of milliseconds`
  return `${header} ${describeMoment(time, oldestAllowed)}`
}

/**
 * The record for the dead-letter topic: the command byte for byte, with its key and headers, the reason, and its place.
 * Where the topic's limit leaves no room for the value, the value is left out, and a header says how long it was. Where
 * key and headers alone leave none, they are left out too. The command itself still stands in the command topic.
 */
export async function deadLetterRecord(
  from: CommandTopic,
  { record, code, explanation }: DeadLetter,
  { log, logger }: { readonly log: Pick<EventLog, 'partitions'>; readonly logger: Pick<Logger, 'warn'> },
): Promise<OutgoingRecord> {
  logger.warn({ topic: from, partition: record.partition, offset: record.offset, code }, 'dead letter')
  const topic = deadLetterTopic(from)
  const valueBytes = record.value?.length ?? 0
  const room = topics[topic].maxMessageBytes - ADDED_BYTES - frameBytes(record)
  const fits = valueBytes <= room
  const framed = room >= 0
  return {
    topic,
    partition: record.partition % (await log.partitions(topic)),
    key: framed ? record.key : null,
    value: fits ? record.value : null,
    headers: {
      ...(framed ? record.headers : {}),
      ...(fits ? {} : { [headers.valueLeftOut]: String(valueBytes) }),
      [headers.code]: code,
      [headers.explanation]: explanation,
      [headers.topic]: from,
      [headers.partition]: String(record.partition),
      [headers.offset]: String(record.offset),
      [headers.firstTime]: (record.headers[headers.firstTime] ?? String(record.timestamp)).slice(0, MAX_TIME),
    },
  }
}

/** The bytes of a record's key and headers, at the most. */
function frameBytes({ key, headers: texts }: LogRecord): number {
  let bytes = key?.length ?? 0
  for (const [name, text] of Object.entries(texts)) {
    bytes += HEADER_BYTES + Buffer.byteLength(name) + Buffer.byteLength(text)
  }
  return bytes
}
