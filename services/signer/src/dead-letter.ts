import { deadLetterHeaders as headers } from '@payout/runtime/dead-letter-headers'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import { PipelineError } from '@payout/schemas/error'
import { type CommandTopic, deadLetterTopic, topics } from '@payout/schemas/topics'
import type { SignerParts } from './signer-parts.ts'

/** What the headers below and the record's own frame add, and some room. */
const ADDED_BYTES = 8 * 1024

/** A command that can't be read, or asks for nothing: nothing is claimed for it (S2.3). */
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
 * Reads a command. Never throws: what can't be read, or is too old, is a dead letter.
 * @param oldestAllowed UTC milliseconds: a command from before could bring back an id that is forgotten.
 */
export function readOrBury<C>(record: LogRecord, oldestAllowed: number, read: () => C): C | DeadLetter {
  const firstTime = Number(record.headers[headers.firstTime] ?? record.timestamp)
  // Written so that a first time that is no number counts as too old.
  if (!(Math.min(firstTime, record.timestamp) >= oldestAllowed)) {
    return deadLetter(
      record,
      'COMMAND_TOO_OLD',
      'the command is older than the life of claims: whether its id was used before is not known any more',
    )
  }
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    return deadLetter(record, error.code, error.message)
  }
}

/**
 * A command that can't be read, byte for byte, with the reason and where it stood. Its key and headers stay. Only where both topics' limit leaves no room for
 * what is added, the value is left out, and a header says how long it was: it still stands in the command topic.
 */
export async function deadLetterRecord(
  from: CommandTopic,
  { record, code, explanation }: DeadLetter,
  { log, logger }: Pick<SignerParts, 'log' | 'logger'>,
): Promise<OutgoingRecord> {
  logger.warn({ topic: from, partition: record.partition, offset: record.offset, code }, 'dead letter')
  const topic = deadLetterTopic(from)
  const texts = Object.entries(record.headers).flat().join('')
  const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0) + Buffer.byteLength(texts)
  const fits = bytes + ADDED_BYTES <= topics[topic].maxMessageBytes
  return {
    topic,
    partition: record.partition % (await log.partitions(topic)),
    key: record.key,
    value: fits ? record.value : null,
    headers: {
      ...record.headers,
      ...(fits ? {} : { [headers.valueLeftOut]: String(record.value?.length ?? 0) }),
      [headers.code]: code,
      [headers.explanation]: explanation,
      [headers.topic]: from,
      [headers.partition]: String(record.partition),
      [headers.offset]: String(record.offset),
      [headers.firstTime]: record.headers[headers.firstTime] ?? String(record.timestamp),
    },
  }
}
