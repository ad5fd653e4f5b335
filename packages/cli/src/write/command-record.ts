import type { EventLog, OutgoingRecord } from '@payout/runtime/event-log/port'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { Codec, NamedRecord } from '@payout/schemas/codec'
import { placeOf } from '@payout/schemas/place'
import type { CommandTopic } from '@payout/schemas/topics'
import { MIB } from '@payout/schemas/units'
import { awaitWrite, beforeWriting, type WriteOptions, withPublisher } from './write.ts'

const MAX_BYTES = 4 * MIB

/** What is needed of the event log to write a command. */
export type CommandLog = Pick<EventLog, 'namespace' | 'partitionFor' | 'publisher'>

/** A command with where it goes. */
export interface CommandRecord {
  readonly topic: CommandTopic
  /** Commands under one key keep their order. */
  readonly key: string
  /** What it is about, for the CloudEvents headers: `shop/po-1`. */
  readonly subject: string
  readonly record: NamedRecord
}

/**
 * Writes one command.
 * @returns where it stands: `agreement.commands/3@17`
 * @param options what is said when nobody knows whether it was written; without it the log's own error says so
 * @throws WriteUnknownError, or LogUnavailableError without `options`, when it is not known whether it was written; the
 *   same command can be sent again
 */
export async function publishCommand(
  log: CommandLog,
  codec: Codec,
  command: CommandRecord,
  options?: WriteOptions,
): Promise<string> {
  const { topic, key, subject, record } = command
  const { name, value } = record
  const now = Date.now()
  const outgoing = {
    topic,
    partition: await beforeWriting(log.partitionFor(topic, key), options?.signal),
    key,
    value: codec.encode(name, value),
    headers: cloudEventHeaders({
      id: `${subject}/${eventType(name)}/${now}`,
      type: eventType(name),
      source: `/${log.namespace}/cli`,
      subject,
      time: now,
    }),
  }
  return publishRecord(log, outgoing, options)
}

/**
 * Writes one record.
 * @param options what is said when nobody knows whether it was written; without it the log's own error says so
 * @returns where it stands: `payout.commands.dlq/3@17`
 * @throws WriteUnknownError, or LogUnavailableError without `options`, when it is not known whether it was written
 */
export function publishRecord(
  log: Pick<EventLog, 'publisher'>,
  record: OutgoingRecord,
  options?: WriteOptions,
): Promise<string> {
  const work = withPublisher(log, MAX_BYTES, async (publisher) => {
    const { offset } = await publisher.append(record)
    return placeOf({ ...record, offset })
  })
  return options ? awaitWrite(work, options) : work
}
