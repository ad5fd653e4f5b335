import { deadLetterHeaders as headers } from '@payout/runtime/dead-letter-headers'
import type { EventLog, LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import { deadLetterTopic, topics } from '@payout/schemas/topics'

/** What the headers below and the record's own frame add, and some room. */
const ADDED_BYTES = 8 * 1024

/**
 * A command that can't be read, byte for byte, with the reason and where it stood. Its key and headers stay. Only where both topics' limit leaves no room for
 * what is added, the value is left out, and a header says how long it was: it still stands in the command topic.
 */
export async function deadLetterRecord(
  letter: { readonly record: LogRecord; readonly code: string; readonly explanation: string },
  log: Pick<EventLog, 'partitions'>,
): Promise<OutgoingRecord> {
  const { record, code, explanation } = letter
  const topic = deadLetterTopic('payout.commands')
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
      [headers.topic]: record.topic,
      [headers.partition]: String(record.partition),
      [headers.offset]: String(record.offset),
      [headers.firstTime]: record.headers[headers.firstTime] ?? String(record.timestamp),
    },
  }
}
