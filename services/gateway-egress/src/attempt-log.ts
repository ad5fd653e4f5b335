import { payDate } from '@payout/mapi/china-time'
import type { LaneSession, LogRecord } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import type { GatewayRequest } from '@payout/schemas/generated/records'
import { BatchBook, type HeldBatch } from './batch-book.ts'
import { batchKey } from './egress-records.ts'

export const ATTEMPTS = 'gateway.attempts'

/**
 * Reads the lane of `gateway.attempts` to its end as of now, which is after the session's initialisation: what an earlier owner
 * committed is in it, and nothing more can come from there (S5.1). The last record of a batch number counts.
 * @throws NotAvroError, UnknownSchemaError where a record can't be read: the lane has to wait.
 */
export async function readAttempts(session: LaneSession, codec: Codec): Promise<BatchBook> {
  const book = new BatchBook()
  const end = await session.end(ATTEMPTS)
  while (session.position(ATTEMPTS) < end && !session.stopping) {
    const fetched = await session.poll({ topics: [ATTEMPTS], maxRecords: 1_000, timeoutMs: 1_000 })
    for (const { records } of fetched) for (const record of records) apply(record, book, codec)
  }
  return book
}

function apply(record: LogRecord, book: BatchBook, codec: Codec): void {
  if (record.value === null) {
    if (record.key !== null) book.forget(record.key.toString())
    return
  }
  const { value } = codec.decode(record.value, ['gateway.GatewayAttempt'])
  const key = batchKey(value)
  switch (value.state) {
    case 'closed':
      book.close(key, value.at)
      return
    case 'waiting':
    case 'open': {
      const request = decodeRequest(codec, value.request)
      book.hold({
        key,
        partner: value.partner,
        batchNo: value.batchNo,
        payDate: payDate(request.payDate),
        state: value.state,
        attempts: value.attempts,
        request: value.request ?? Buffer.alloc(0),
        traceparent: record.headers.traceparent,
        dueAt: 0,
      })
    }
  }
}

/** @throws NotAvroError where there is no request. */
export function decodeRequest(codec: Codec, framed: HeldBatch['request'] | null): GatewayRequest {
  return codec.decode(framed, ['gateway.GatewayRequest']).value
}
