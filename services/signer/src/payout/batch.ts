import { MAX_DETAIL_LINES } from '@payout/mapi/interfaces/detail-data'
import type { Payable } from './payout-check.ts'

/** Payouts that go under one batch number: one partner, one paying account, 1 to 1,000 lines. */
export interface Batch {
  readonly payables: readonly [Payable, ...Payable[]]
  /** True for what upstream composed: it may not be split. */
  readonly composed: boolean
}

/** Groups single payouts by partner and paying account, in their order, into batches as full as they may be. */
export function groupSingles(payables: readonly Payable[]): Batch[] {
  const groups = Map.groupBy(payables, ({ partner, account }) => JSON.stringify([partner.alias, account.id]))
  return [...groups.values()].flatMap((group) => {
    const batches: Batch[] = []
    for (let start = 0; start < group.length; start += MAX_DETAIL_LINES) {
      const batch = composedBatch(group.slice(start, start + MAX_DETAIL_LINES), false)
      if (batch) batches.push(batch)
    }
    return batches
  })
}

/** The payouts as one batch; undefined where there are none. */
export function composedBatch(payables: readonly Payable[], composed = true): Batch | undefined {
  const [first, ...rest] = payables
  return first && { payables: [first, ...rest], composed }
}

/** Two halves of a batch that is too large to be sent; undefined where it can't be split. */
export function halves({ payables, composed }: Batch): [Batch, Batch] | undefined {
  const middle = Math.ceil(payables.length / 2)
  const left = composedBatch(payables.slice(0, middle), false)
  const right = composedBatch(payables.slice(middle), false)
  return composed || !left || !right ? undefined : [left, right]
}
