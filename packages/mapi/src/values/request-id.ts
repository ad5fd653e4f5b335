import { createHash } from 'node:crypto'
import { type BatchNo, makeBatchNo } from './batch-no.ts'
import type { PayDate } from './china-time.ts'

export interface RequestIdParts {
  /** The day in China on which the request was made. */
  readonly day: PayDate
  /** From 0 to MAX_LANES - 1. */
  readonly lane: number
  /**
   * What tells this request from all others of that day and lane: service, partner's alias, command, number of the
   * poll.
   */
  readonly about: readonly (string | number)[]
}

/**
 * The id of a request to another interface than the batch payout, version 1. It is written like a batch number, so that
 * its lane can be read from it and both are kept, claimed and closed alike; a batch never has the same one, since the
 * digest is that of the JSON `["request",1,...about]`. It is never sent to Alipay.
 * @throws MapiError MAPI_BATCH_NO_LANE
 */
export function makeRequestId({ day, lane, about }: RequestIdParts): BatchNo {
  const digest = createHash('sha256')
    .update(JSON.stringify(['request', 1, ...about]))
    .digest()
  return makeBatchNo({ payDate: day, lane, digest })
}
