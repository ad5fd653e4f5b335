import type { LogRecord } from '@payout/runtime/event-log/port'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import type { Coordinates } from '@payout/runtime/redis/port'
import type { Codec } from '@payout/schemas/codec'
import type { PayoutDecided, PayoutPayoutLine, ReturnFileRequested } from '@payout/schemas/generated/records'
import { topics } from '@payout/schemas/topics'
import { contentHash, type PayoutContent } from '../command/content-hash.ts'
import { type DeadLetter, deadLetter, decodeOrDeadLetter } from '../command/dead-letter.ts'
import { traceparentOf } from '../task/traceparent.ts'

/** One payout that upstream wants: a PayoutRequested, or one line of a PayoutBatchRequested. Not yet judged. */
export interface PayoutInstruction extends PayoutContent {
  readonly payoutId: string
  readonly contentHash: string
  readonly coordinates: Coordinates
  readonly traceparent: string | undefined
}

/** A record of `payout.commands`, as far as it can be read. */
export type PayoutCommand =
  | { readonly kind: 'single'; readonly instructions: readonly [PayoutInstruction] }
  /** Its lines go under one batch number. */
  | { readonly kind: 'batch'; readonly instructions: readonly PayoutInstruction[] }
  /** A batch that names an id twice: refused whole, no id is taken. */
  | { readonly kind: 'names-twice'; readonly instructions: readonly PayoutInstruction[] }
  | { readonly kind: 'decision'; readonly decision: PayoutDecided; readonly record: LogRecord }
  | { readonly kind: 'return-file'; readonly requested: ReturnFileRequested; readonly record: LogRecord }
  | DeadLetter

/**
 * Reads a record of `payout.commands`. Never throws: what can't be read is a dead letter (S2.3).
 * @param oldestAllowed UTC milliseconds: a command from before could bring back an id whose claim is forgotten.
 */
export function readPayoutCommand(record: LogRecord, codec: Codec, oldestAllowed: number): PayoutCommand {
  return decodeOrDeadLetter(record, oldestAllowed, (): PayoutCommand => {
    const { name, value } = codec.decode(record.value, topics['payout.commands'].values)
    switch (name) {
      case 'payout.PayoutRequested':
        return { kind: 'single', instructions: [instructionOf(record, value, value.partner, value.payer, 0)] }
      case 'payout.PayoutBatchRequested': {
        if (value.lines.length === 0)
          return deadLetter(record, 'COMMAND_EMPTY', 'the batch command has no line, so it asks for nothing')
        const instructions = value.lines.map((line, index) =>
          instructionOf(record, line, value.partner, value.payer, index),
        )
        const twice = new Set(instructions.map(({ payoutId }) => payoutId)).size < instructions.length
        return { kind: twice ? 'names-twice' : 'batch', instructions }
      }
      case 'payout.PayoutDecided':
        return { kind: 'decision', decision: value, record }
      case 'payout.ReturnFileRequested':
        return { kind: 'return-file', requested: value, record }
    }
  })
}

function instructionOf(
  record: LogRecord,
  line: PayoutPayoutLine,
  partner: string,
  payer: string | null,
  index: number,
): PayoutInstruction {
  const { payoutId, payeeAccount, payeeName, amountFen, memo } = line
  const content = { partner, payer, payeeAccount, payeeName, amountFen, memo }
  return {
    ...content,
    payoutId,
    contentHash: contentHash(content),
    coordinates: coordinatesOf(record, index),
    traceparent: traceparentOf(record),
  }
}
