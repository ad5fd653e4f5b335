import type { LaneSession, LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import { checkOffsets } from '@payout/runtime/lane-start'
import type { SignerParts } from './signer-parts.ts'
import { GROUP, type INPUTS } from './topology.ts'

/** Records of one transaction at the most: a batch that is signed again can have megabytes. */
const MAX_RECORDS = 100

/**
 * Works off one partition of a topic whose records need no claim: what comes of each fetch is committed with its offset in one transaction
 * (S3), then the floor is raised. Whoever reads the outputs tells a repeated record by itself.
 * @param outputsOf what comes of records; what it throws lets the partition wait.
 */
export async function workOffPartition(
  session: LaneSession,
  topic: (typeof INPUTS)[number],
  { memory }: Pick<SignerParts, 'memory'>,
  outputsOf: (records: readonly LogRecord[]) => Promise<OutgoingRecord[]>,
): Promise<void> {
  const { partition } = session
  await checkOffsets(session, memory, GROUP, [topic])
  while (!session.stopping) {
    for (const { records, next } of await session.poll({ maxRecords: MAX_RECORDS, timeoutMs: 1_000 })) {
      if (records.length === 0) continue
      // A refused floor means that Redis is not to be trusted: then nothing is signed (S7.1).
      await memory.floors.get(GROUP, topic, partition)
      await session.commit(await outputsOf(records), { [topic]: next })
      await memory.floors.raise(GROUP, [{ topic, partition, next, committedAt: Date.now() }])
    }
  }
}
