import type { EventLog, OutgoingRecord, Publisher } from '@payout/runtime/event-log/port'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { Codec } from '@payout/schemas/codec'
import { placeOf } from '@payout/schemas/place'
import { MIB } from '@payout/schemas/units'
import type { PayoutRow } from '../payout-file/payout-csv.ts'
import { withPublisher } from './write.ts'

/** Commands that are on their way at a time. */
const IN_FLIGHT = 2_000
const MAX_BYTES = 64 * MIB

type CommandLog = Pick<EventLog, 'namespace' | 'partitions' | 'partitionFor' | 'publisher'>

/**
 * Writes a `PayoutRequested` for each row, in their order. The key is the payout's id, so that two commands under one
 * id keep their order too.
 * @param onWritten called for each command that is surely written, with its index in `rows`
 * @returns where each stands: `payout.commands/3@17`
 * @throws LogUnavailableError when it is not known whether all were written; the same rows can be sent again
 */
export async function publishPayouts(
  log: CommandLog,
  codec: Codec,
  rows: readonly PayoutRow[],
  onWritten: (index: number, place: string) => void = () => undefined,
): Promise<string[]> {
  return withPublisher(log, MAX_BYTES, async (publisher) => {
    const places: string[] = []
    for (let at = 0; at < rows.length; at += IN_FLIGHT) {
      const records = await Promise.all(rows.slice(at, at + IN_FLIGHT).map((row) => payoutCommand(row, log, codec)))
      const ends = await Promise.allSettled(records.map((record) => append(publisher, record)))
      for (const [index, end] of ends.entries()) {
        if (end.status === 'rejected') continue
        onWritten(at + index, end.value)
        places.push(end.value)
      }
      const failed = ends.find((end) => end.status === 'rejected')
      if (failed) throw failed.reason
    }
    return places
  })
}

async function append(publisher: Publisher, record: OutgoingRecord): Promise<string> {
  const { offset } = await publisher.append(record)
  return placeOf({ ...record, offset })
}

/** The command to pay a row. CloudEvents headers are optional on commands, and help those who look at the topic. */
async function payoutCommand(row: PayoutRow, log: CommandLog, codec: Codec): Promise<OutgoingRecord> {
  const { id, partner, to, name, amountFen, memo } = row
  const now = Date.now()
  return {
    topic: 'payout.commands',
    partition: await log.partitionFor('payout.commands', id),
    key: id,
    value: codec.encode('payout.PayoutRequested', {
      payoutId: id,
      partner,
      payer: null,
      payeeAccount: to,
      payeeName: name,
      amountFen,
      memo,
      requestedAt: now,
    }),
    headers: cloudEventHeaders({
      id: `${partner}/${id}/${now}`,
      type: eventType('payout.PayoutRequested'),
      source: `/${log.namespace}/cli`,
      subject: `${partner}/${id}`,
      time: now,
    }),
  }
}
