import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { Switches } from '@payout/runtime/switches/switches'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import { SECOND_MS } from '@payout/schemas/units'
import type { INPUTS } from '../topology.ts'
import { switchesKnown } from './switches-known.ts'

/** Records of one transaction at the most: a batch that is signed again can have megabytes. */
const MAX_RECORDS = 100

/**
 * Processes the records of one input partition whose records need no claim. The outputs of each poll are committed with
 * its offset in one transaction (S3). A record may be processed twice: the reader of the outputs recognises the
 * repetition. Ends when the session ends.
 * @param outputsOf gives the outputs of records; an error makes the task wait for an operator.
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
    for (const { records, next } of await session.poll({ maxRecords: MAX_RECORDS, timeoutMs: SECOND_MS })) {
      if (records.length === 0) continue
      if (!(await switchesKnown(session, switches))) return
      await session.requireTrust()
      await session.commit(await outputsOf(records), { [topic]: next })
    }
  }
}
