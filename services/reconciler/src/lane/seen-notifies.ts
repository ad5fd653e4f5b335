import type { LogRecord } from '@payout/runtime/event-log/port'
import type { Claims } from '@payout/runtime/redis/port'
import type { LaneRecord } from './lane-record.ts'

/** Notifies that were seen under other coordinates, and say nothing new (S2.6); the same id with other content is new evidence. */
export async function seenNotifies(records: readonly LaneRecord[], claims: Claims): Promise<ReadonlySet<LogRecord>> {
  const notifies = records.flatMap((entry) => (entry.kind === 'notify' ? [entry] : []))
  if (notifies.length === 0) return new Set()
  const outcomes = await claims.claim(
    'notify',
    'reconciler',
    notifies.map(({ value: { partner, notifyId, contentHash }, record: { topic, partition, offset, timestamp } }) => ({
      key: `${partner}/${notifyId}/${contentHash}`,
      contentHash,
      coordinates: { topic, partition, offset, line: 0, timestamp },
    })),
  )
  return new Set(
    notifies.flatMap(({ record }, index) => {
      const kind = outcomes[index]?.kind
      return kind === 'duplicate' || kind === 'stale' ? [record] : []
    }),
  )
}
