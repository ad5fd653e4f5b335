/** What the records of a chunk, or time, make of a lane's states, and what has to be written for it. */

import { isWrittenLikeOurs } from '@payout/mapi/values/batch-no'
import type { Offsets, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import type { GatewayServiceAnswer, GatewayServiceNotSigned } from '@payout/schemas/generated/records'
import { AgreementProcessor } from './agreement/agreement-processor.ts'
import { StateConflictError } from './errors.ts'
import type { LaneBatches } from './known-batches/kept-batches.ts'
import { batchKey } from './known-batches/state-keys.ts'
import { WorkingSet } from './known-batches/working-set.ts'
import { LaneOutputs } from './lane/lane-outputs.ts'
import { isBatchRecord, type LaneRecord } from './lane/lane-record.ts'
import type { LaneStates } from './lane/lane-states.ts'
import { StagedStates } from './lane/staged-states.ts'
import { PayoutProcessor } from './payout/payout-processor.ts'
import type { ReconcilerDependencies } from './reconciler-dependencies.ts'
import { ReturnFileProcessor } from './return-file/return-file-processor.ts'

/**
 * A chunk is computed again when the states changed under it; more often than this means that somebody else works on
 * the lane.
 */
const TRIES = 5

/** Of so many records the batches are in memory at a time while their payouts are counted: all of them may be large. */
const COUNTED = 50

/** A lane as a computation needs it. */
export interface Lane {
  readonly session: CheckpointedSession
  readonly states: LaneStates
  /** What it keeps in memory of batches and payouts. */
  readonly kept: LaneBatches
  /** Offsets of what was processed and had nothing to be written: they go with the next commit. */
  deferred: Offsets
}

/** What has to be written for a chunk. */
export interface ComputedChunk {
  readonly outputs: readonly OutgoingRecord[]
  /** Timers of the requests that were read. */
  readonly timers: readonly { readonly member: string; readonly at: number }[]
  /** The lane's states as they became: to be adopted once the outputs, which hold them too, are committed. */
  readonly staged: StagedStates
}

/**
 * How many payouts each record is about, as far as its batch is known; undefined where it is not: its request may still
 * be unread. Rows of a file that was uploaded elsewhere wait for no request of ours: their batch number is written
 * otherwise.
 * @param records in the order in which they are processed: requests first.
 */
export async function payoutCounts(
  records: readonly LaneRecord[],
  lane: Lane,
  { stateStore }: Pick<ReconcilerDependencies, 'stateStore'>,
): Promise<(number | undefined)[]> {
  const counts = new Map<string, number | undefined>()
  for (const { kind, value } of records)
    if (kind === 'request') counts.set(batchKey(value.partner, value.batchNo), value.lines.length)
  const asked = records.flatMap((entry) =>
    isBatchRecord(entry) && !counts.has(batchKey(entry.value.partner, entry.value.batchNo)) ? [entry.value] : [],
  )
  for (let from = 0; from < asked.length; from += COUNTED) {
    const some = asked.slice(from, from + COUNTED)
    const known = new WorkingSet(stateStore.states, lane.kept)
    await known.loadBatches(some)
    for (const { partner, batchNo } of some)
      counts.set(batchKey(partner, batchNo), known.batch(partner, batchNo)?.lines.length)
  }
  return records.map((entry) => {
    if (!isBatchRecord(entry)) return 1
    const { partner, batchNo } = entry.value
    const lines = counts.get(batchKey(partner, batchNo))
    if (entry.kind !== 'return-rows') return lines
    return lines === undefined && isWrittenLikeOurs(batchNo) ? undefined : entry.value.rows.length
  })
}

/**
 * Computes a chunk and writes the states of payouts.
 * @throws StateConflictError when somebody else changes the states again and again.
 */
export async function computeChunk(
  records: readonly LaneRecord[],
  lane: Lane,
  dependencies: ReconcilerDependencies,
): Promise<ComputedChunk> {
  for (let tries = 0; tries < TRIES; tries++) {
    const computed = await computeOnce(records, lane, dependencies)
    if (computed) return computed
  }
  throw new StateConflictError()
}

/** False: the states of payouts changed meanwhile, and the chunk has to be computed again. */
async function computeOnce(
  records: readonly LaneRecord[],
  { session: { partition }, states, kept }: Lane,
  dependencies: ReconcilerDependencies,
): Promise<ComputedChunk | false> {
  const set = new WorkingSet(dependencies.stateStore.states, kept)
  const staged = new StagedStates(states)
  const outputs = new LaneOutputs(dependencies, partition)
  const agreements = new AgreementProcessor(dependencies, partition, staged, outputs)
  const files = new ReturnFileProcessor(dependencies, partition, staged, outputs)
  const payouts = new PayoutProcessor(dependencies, set, outputs)
  await payouts.load(records.filter(isBatchRecord))
  for (const entry of records) {
    switch (entry.kind) {
      case 'agreement-command':
        await agreements.command(entry.value)
        break
      case 'return-file-command':
        await files.command(entry.value)
        break
      case 'service-answer':
        await agreements.answer(entry.value, entry.record)
        await files.answer(entry.value, entry.record)
        break
      case 'service-not-signed':
        if (entry.value.agreementId === null) {
          const answer = neverSent(entry.value)
          await agreements.answer(answer, entry.record)
          await files.answer(answer, entry.record)
        } else await agreements.formNotSigned(entry.value, entry.record)
        break
      case 'service-request':
        break
      default:
        await payouts.process(entry)
    }
  }
  if (!(await payouts.save())) return false
  outputs.states(staged, dependencies.clock.now())
  return { outputs: outputs.records, timers: payouts.timers, staged }
}

/** What time alone does to the lane's agreements and return files, for one transaction. */
export async function computeDue(
  { session: { partition }, states }: Lane,
  dependencies: ReconcilerDependencies,
): Promise<Omit<ComputedChunk, 'timers'>> {
  const now = dependencies.clock.now()
  const staged = new StagedStates(states)
  const outputs = new LaneOutputs(dependencies, partition)
  await new AgreementProcessor(dependencies, partition, staged, outputs).time(states, now)
  await new ReturnFileProcessor(dependencies, partition, staged, outputs).time(states)
  outputs.states(staged, now)
  return { outputs: outputs.records, staged }
}

/** That a request of another service can't be signed, as egress says it of one that was never attempted. */
function neverSent({ partner, requestId, service, at }: GatewayServiceNotSigned): GatewayServiceAnswer {
  return {
    partner,
    requestId,
    service,
    outcome: 'unknown',
    code: 'NOT_SENT',
    attempt: 0,
    final: true,
    httpStatus: null,
    contentType: null,
    body: null,
    file: null,
    sentAt: null,
    answeredAt: at,
  }
}
