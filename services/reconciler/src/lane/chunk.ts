import type { Offsets } from '@payout/runtime/event-log/port'
import type { LaneRecord } from './lane-record.ts'

/** Payouts of one chunk at the most, but for one piece of evidence alone: each has a state and may have an event. */
const MOST_PAYOUTS = 5_000

/** Records that are processed in one transaction, as Spring Batch's chunk is: a batch is Alipay's here. */
export interface Chunk {
  readonly records: readonly LaneRecord[]
  /** What is processed when it is, topic by topic. */
  readonly offsets: Offsets
}

/**
 * Cuts what one fetch brought, in its order, so that a lane that has been away does not take hundreds of thousands of
 * payouts into one transaction.
 * @param payouts how many each record is about; undefined where its batch is not known.
 * @param offsets the next offsets of the whole: the last chunk carries them, with the markers behind the records.
 */
export function cutIntoChunks(
  records: readonly LaneRecord[],
  payouts: readonly (number | undefined)[],
  offsets: Offsets,
): Chunk[] {
  const cut: { records: LaneRecord[]; offsets: Offsets }[] = []
  let room = 0
  for (const [index, entry] of records.entries()) {
    const weight = payouts[index] ?? alone(entry)
    let last = cut.at(-1)
    if (!last || weight > room) {
      last = { records: [], offsets: {} }
      cut.push(last)
      room = MOST_PAYOUTS
    }
    last.records.push(entry)
    last.offsets[entry.record.topic] = entry.record.offset + 1
    room -= weight
  }
  const last = cut.at(-1)
  if (last) last.offsets = { ...offsets }
  return cut
}

/** What a record of an unknown batch can make: one event, but each row of a return file has its own. */
function alone(entry: LaneRecord): number {
  return entry.kind === 'return-rows' ? entry.value.rows.length : 1
}
