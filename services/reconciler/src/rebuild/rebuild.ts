/**
 * Writes into Redis again what it has lost, from what is committed in Kafka (S7.3, S7.4):
 *
 *  1. a token is put into Redis: of two rebuilds at once the later one goes on;
 *  2. every transactional id of signer, egress and reconciler is initialised, so that nothing in flight can commit any more;
 *  3. the topics are read to their end: requests make claims, batches and payouts known, events what became of them, answers and
 *     notifies what the reconciler has seen;
 *  4. claims and states are written, then checkpoints, then the marker.
 */

import type { EventLog } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import type { RebuildWriter } from '@payout/runtime/redis/port'
import type { Clock } from '@payout/runtime/service/clock'
import type { Codec } from '@payout/schemas/codec'
import { RebuildRun } from './rebuild-run.ts'
import { extentOf, GROUPS, progressOf } from './tail.ts'

/** Before what claims still know there is nothing to be rebuilt; a day for what was on its way then. */
const DAY_MS = 24 * 3_600_000
const ALIVE_EVERY_MS = 2_000

export interface RebuildOptions {
  readonly log: EventLog
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  readonly claimLifeMs: number
  readonly overdueAfterMs: number
}

/** What a rebuild has read and written. */
export interface RebuildReport {
  readonly extent: 'whole' | 'tail'
  readonly requests: number
  readonly events: number
  readonly answers: number
  readonly notifies: number
}

/**
 * Rebuilds what an untrusted Redis has lost.
 * @param writer what `memory.rebuild.begin()` gave.
 * @throws RebuildSupersededError when a later rebuild began: there is nothing to do.
 */
export async function rebuild(writer: RebuildWriter, options: RebuildOptions): Promise<RebuildReport> {
  // What a failed sign of life means, the next write tells.
  const alive = setInterval(() => void writer.touch().catch(() => undefined), ALIVE_EVERY_MS)
  try {
    return await rebuildWith(writer, options)
  } finally {
    clearInterval(alive)
  }
}

async function rebuildWith(writer: RebuildWriter, options: RebuildOptions): Promise<RebuildReport> {
  const { log, clock, claimLifeMs, logger } = options
  await fenceAll(log)
  const progress = await progressOf(log)
  const extent = extentOf(await writer.readCheckpoints(), progress, clock.now() - claimLifeMs - DAY_MS)
  logger.info(
    { since: new Date(extent.since).toISOString(), tail: extent.inputsFrom !== undefined },
    'Redis is rebuilt from the topics',
  )
  const run = new RebuildRun(options, writer, extent, progress)
  const report = await run.readAll()
  await run.writeCheckpoints()
  await writer.finish()
  return report
}

/** After this nothing that was in flight when it began can commit. */
async function fenceAll(log: EventLog): Promise<void> {
  for (const { group, tasks, topics } of GROUPS) {
    const names = await log.taskNames({ tasks, topics })
    await Promise.all(names.map((name) => log.fence(group, name)))
  }
}
