import type { EventLog, LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import { deadLetterTopic } from '@payout/schemas/topics'
import { FIRST_TIME_HEADER } from './command.ts'

/** A command that can't be read, byte for byte, with the reason and where it stood. Its key and headers stay. */
export async function deadLetterRecord(
  letter: { readonly record: LogRecord; readonly code: string; readonly explanation: string },
  log: Pick<EventLog, 'partitions'>,
): Promise<OutgoingRecord> {
  const { record, code, explanation } = letter
  const topic = deadLetterTopic('payout.commands')
  return {
    topic,
    partition: record.partition % (await log.partitions(topic)),
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      'dead-letter-code': code,
      'dead-letter-explanation': explanation,
      'dead-letter-topic': record.topic,
      'dead-letter-partition': String(record.partition),
      'dead-letter-offset': String(record.offset),
      [FIRST_TIME_HEADER]: record.headers[FIRST_TIME_HEADER] ?? String(record.timestamp),
    },
  }
}
