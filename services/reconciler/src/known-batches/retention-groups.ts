import { hasOpenPayout, type KnownBatch, relatedBatchNos } from './known-batch.ts'
import { batchKey, parseBatchKey } from './state-keys.ts'

/** Known batches, as far as they are loaded. */
export interface LoadedBatches {
  load(keys: readonly string[]): Promise<void>
  get(key: string): KnownBatch | undefined
}

/**
 * The batches of all groups to which one of `changed` belongs and in which nothing is open. A batch, its payouts, and
 * the batches in which a payout of it was sent again are one group, and remembered together: evidence about a batch
 * number is held against all its payouts. While one payout of a group has no outcome, none of it is forgotten (S2.7).
 */
export async function settledBatches(changed: Iterable<string>, batches: LoadedBatches): Promise<ReadonlySet<string>> {
  const open = new Set<string>()
  const settled = new Set<string>()
  for (const key of changed) {
    if (open.has(key) || settled.has(key)) continue
    const group = new Set([key])
    const isOpen = await reachesOpen(group, open, batches)
    for (const member of group) (isOpen ? open : settled).add(member)
  }
  return settled
}

/** Whether a payout of the group is open; adds to it what it reaches until then. */
async function reachesOpen(group: Set<string>, open: ReadonlySet<string>, batches: LoadedBatches): Promise<boolean> {
  await batches.load([...group])
  // What is added meanwhile is visited too.
  for (const key of group) {
    if (open.has(key)) return true
    const known = batches.get(key)
    if (known === undefined) continue
    if (hasOpenPayout(known)) return true
    const { partner, batchNo } = parseBatchKey(key)
    const related = [...relatedBatchNos(batchNo, known)].map((other) => batchKey(partner, other))
    if (related.some((other) => open.has(other))) return true
    // Together: a batch has as many as its lines were sent again one by one.
    await batches.load(related)
    for (const other of related) group.add(other)
  }
  return false
}
