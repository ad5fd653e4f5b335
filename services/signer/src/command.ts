import { deadLetterHeaders } from '@payout/runtime/dead-letter-headers'
import type { LogRecord } from '@payout/runtime/event-log/port'
import type { Coordinates } from '@payout/runtime/redis/port'
import type { Codec } from '@payout/schemas/codec'
import { PipelineError } from '@payout/schemas/error'
import type { PayoutDecided, PayoutPayoutLine } from '@payout/schemas/generated/records'
import { contentHash, type PayoutContent } from './content-hash.ts'

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
  /** It can't be read, or asks for nothing: nothing was claimed for it. */
  | { readonly kind: 'dead-letter'; readonly record: LogRecord; readonly code: string; readonly explanation: string }

/** W3C trace context; what is written otherwise, however long, is not passed on. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/**
 * Reads a record of `payout.commands`. Never throws: what can't be read is a dead letter (S2.3).
 * @param oldestAllowed UTC milliseconds: a command from before could bring back an id whose claim is forgotten.
 */
export function readCommand(record: LogRecord, codec: Codec, oldestAllowed: number): Command {
  const firstTime = Number(record.headers[deadLetterHeaders.firstTime] ?? record.timestamp)
  // Written so that a first time that is no number counts as too old.
  if (!(Math.min(firstTime, record.timestamp) >= oldestAllowed)) {
    return deadLetter(
      record,
      'COMMAND_TOO_OLD',
      'the command is older than the life of claims: whether its id was used before is not known any more',
    )
  }
  try {
    const { name, value } = codec.decode(record.value, [
      'payout.PayoutRequested',
      'payout.PayoutBatchRequested',
      'payout.PayoutDecided',
    ])
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
    }
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    return deadLetter(record, error.code, error.message)
  }
}

function deadLetter(record: LogRecord, code: string, explanation: string): Command {
  return { kind: 'dead-letter', record, code, explanation }
}

/** The record's trace context, where it has one. */
export function traceparentOf({ headers: { traceparent } }: Pick<LogRecord, 'headers'>): string | undefined {
  return traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined
}

function ask(record: LogRecord, line: PayoutPayoutLine, partner: string, payer: string | null, index: number): Ask {
  const { payoutId, payeeAccount, payeeName, amountFen, memo } = line
  const content = { partner, payer, payeeAccount, payeeName, amountFen, memo }
  const { topic, partition, offset, timestamp } = record
  return {
    ...content,
    payoutId,
    contentHash: contentHash(content),
    coordinates: { topic, partition, offset, line: index, timestamp },
    traceparent: traceparentOf(record),
  }
}
