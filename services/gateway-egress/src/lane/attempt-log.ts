import type { LogRecord, TaskSession } from '@payout/runtime/event-log/port'
import { replay } from '@payout/runtime/task/replay'
import type { Codec } from '@payout/schemas/codec'
import { BATCH_LIFE_MS } from '../plan/closed-life.ts'
import { decodeRequest, laneRequest, requestKey } from '../request/lane-request.ts'
import { RequestBook } from '../request/request-book.ts'
import { ATTEMPTS } from '../topology.ts'

/**
 * Reads the lane of `gateway.attempts` to its end (S5.1). The last record of a key counts.
 * @throws NotAvroError, UnknownSchemaError, ServiceUnknownError where a record can't be read: the lane has to wait.
 */
export async function readAttempts(session: TaskSession, codec: Codec): Promise<RequestBook> {
  const book = new RequestBook()
  await replay(session, ATTEMPTS, (record) => apply(record, book, codec))
  return book
}

function apply(record: LogRecord, book: RequestBook, codec: Codec): void {
  if (record.value === null) {
    if (record.key !== null) book.forget(record.key.toString())
    return
  }
  const { value } = codec.decode(record.value, ['gateway.GatewayAttempt'])
  switch (value.state) {
    case 'closed':
      book.close(requestKey(value.partner, value.batchNo), value.forgetAt ?? value.at + BATCH_LIFE_MS)
      return
    case 'deferred':
    case 'in_doubt': {
      const signed = decodeRequest(codec, value.request)
      const request = laneRequest(signed, value.request ?? Buffer.alloc(0), record.headers.traceparent)
      book.hold({ ...request, state: value.state, attempts: value.attempts, dueAt: 0 })
    }
  }
}
