import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { Switches } from '@payout/runtime/switches/switches'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import type { INPUTS } from '../topology.ts'
import { switchesKnown } from './switches-known.ts'

/** Records of one transaction at the most: a batch that is signed again can have megabytes. */
const MAX_RECORDS = 100

/**
 * Works off one partition of a topic whose records need no claim: what comes of each fetch is committed with its offset in one transaction
 * (S3). Whoever reads the outputs tells a repeated record by itself.
 * @param outputsOf what comes of records; what it throws lets the partition wait.
 */
export async function processPartition(
  session: CheckpointedSession,
  topic: (typeof INPUTS)[number],
  {
    switches,
    outputsOf,
  }: {
    readonly switches: Pick<Switches, 'known'>
    readonly outputsOf: (records: readonly LogRecord[]) => Promise<OutgoingRecord[]>
  },
): Promise<void> {
  while (!session.stopping) {
    for (const { records, next } of await session.poll({ maxRecords: MAX_RECORDS, timeoutMs: 1_000 })) {
      if (records.length === 0) continue
      if (!(await switchesKnown(session, switches))) return
      await session.requireTrust()
      await session.commit(await outputsOf(records), { [topic]: next })
    }
  }
}
