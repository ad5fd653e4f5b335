import type { LogRecord } from '@payout/runtime/event-log/port'
import { type RecordName, recordNames } from '@payout/schemas/avro/schema-catalog'
import type { Codec, NamedRecord } from '@payout/schemas/codec'

/** A record about something of one partner, with its name: all but the switches. */
export type PartnerRecord = NamedRecord<Exclude<RecordName, 'gateway.GatewaySwitch'>>

/** Any record of ours; undefined for a tombstone, or what this release can't read. */
export function readRecord(record: LogRecord, codec: Codec): NamedRecord | undefined {
  try {
    return record.value === null ? undefined : codec.decode(record.value, recordNames)
  } catch {
    return undefined
  }
}

/** The same for a record that stories may be made of. */
export function readPartnerRecord(record: LogRecord, codec: Codec): PartnerRecord | undefined {
  const named = readRecord(record, codec)
  return named?.name === 'gateway.GatewaySwitch' ? undefined : named
}
