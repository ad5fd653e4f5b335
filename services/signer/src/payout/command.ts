import type { LogRecord } from '@payout/runtime/event-log/port'
import type { Coordinates } from '@payout/runtime/redis/port'
import type { Codec } from '@payout/schemas/codec'
import type { PayoutDecided, PayoutPayoutLine, ReturnFileRequested } from '@payout/schemas/generated/records'
import { topics } from '@payout/schemas/topics'
import { contentHash, type PayoutContent } from './content-hash.ts'
import { type DeadLetter, deadLetter, readOrBury } from './dead-letter.ts'

/** One payout that was asked for: a PayoutRequested, or one line of a PayoutBatchRequested. Not yet judged. */
export interface Ask extends PayoutContent {
  readonly payoutId: string
  readonly contentHash: string
  readonly coordinates: Coordinates
  readonly traceparent: string | undefined
}

/** A record of `payout.commands`, as far as it can be read. */
export type Command =
  | { readonly kind: 'single'; readonly asks: readonly [Ask] }
  /** Its lines go under one batch number. */
  | { readonly kind: 'batch'; readonly asks: readonly Ask[] }
  /** A batch that names an id twice: refused whole, no id is taken. */
  | { readonly kind: 'names-twice'; readonly asks: readonly Ask[] }
  | { readonly kind: 'decision'; readonly decision: PayoutDecided; readonly record: LogRecord }
  | { readonly kind: 'return-file'; readonly asked: ReturnFileRequested; readonly record: LogRecord }
  | DeadLetter

/** W3C trace context; what is written otherwise, however long, is not passed on. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/**
 * Reads a record of `payout.commands`. Never throws: what can't be read is a dead letter (S2.3).
 * @param oldestAllowed UTC milliseconds: a command from before could bring back an id whose claim is forgotten.
 */
export function readCommand(record: LogRecord, codec: Codec, oldestAllowed: number): Command {
  return readOrBury(record, oldestAllowed, (): Command => {
    const { name, value } = codec.decode(record.value, topics['payout.commands'].values)
    switch (name) {
      case 'payout.PayoutRequested':
        return { kind: 'single', asks: [ask(record, value, value.partner, value.payer, 0)] }
      case 'payout.PayoutBatchRequested': {
        if (value.lines.length === 0)
          return deadLetter(record, 'COMMAND_EMPTY', 'the batch command has no line, so it asks for nothing')
        const asks = value.lines.map((line, index) => ask(record, line, value.partner, value.payer, index))
        const twice = new Set(asks.map(({ payoutId }) => payoutId)).size < asks.length
        return { kind: twice ? 'names-twice' : 'batch', asks }
      }
      case 'payout.PayoutDecided':
        return { kind: 'decision', decision: value, record }
      case 'payout.ReturnFileRequested':
        return { kind: 'return-file', asked: value, record }
    }
  })
}

/** The record's trace context, where it has one. */
export function traceparentOf({ headers: { traceparent } }: Pick<LogRecord, 'headers'>): string | undefined {
  return traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined
}

/** Where the record stands, as what comes of it says so. */
export function coordinatesOf({ topic, partition, offset, timestamp }: LogRecord): Coordinates {
  return { topic, partition, offset, line: 0, timestamp }
}

function ask(record: LogRecord, line: PayoutPayoutLine, partner: string, payer: string | null, index: number): Ask {
  const { payoutId, payeeAccount, payeeName, amountFen, memo } = line
  const content = { partner, payer, payeeAccount, payeeName, amountFen, memo }
  return {
    ...content,
    payoutId,
    contentHash: contentHash(content),
    coordinates: { ...coordinatesOf(record), line: index },
    traceparent: traceparentOf(record),
  }
}
