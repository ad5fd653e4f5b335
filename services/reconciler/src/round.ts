import { isWrittenLikeOurs } from '@payout/mapi/values/batch-no'
import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import { AgreementRound } from './agreement/agreement-round.ts'
import { LaneOutputs } from './lane/lane-outputs.ts'
import { isBatchRecord, type LaneRecord } from './lane/lane-record.ts'
import type { LaneStates } from './lane/lane-states.ts'
import { StagedStates } from './lane/staged-states.ts'
import { WorkingSet } from './lane/working-set.ts'
import { neverSent } from './payout/not-signed.ts'
import { PayoutRound } from './payout/payout-round.ts'
import { hasPartner, type ReconcilerParts } from './reconciler-parts.ts'
import { ReturnFileRound } from './return-file/return-file-round.ts'

/** What time does to agreements in one transaction, at the most. */
const DUE_AT_ONCE = 200

/** What a round has to write. */
export interface RoundResult {
  readonly outputs: readonly OutgoingRecord[]
  /** Timers of the requests that were read. */
  readonly due: readonly { readonly member: string; readonly at: number }[]
  /** The lane's states as they became: to be adopted once the outputs, which hold them too, are committed. */
  readonly staged: StagedStates
}

/** A lane as a round needs it. */
export interface Lane {
  readonly session: CheckpointedSession
  readonly states: LaneStates
}

/**
 * How many payouts each piece of evidence is about, as far as its batch is known; undefined where it is not: its request may still be unread.
 * Rows of a file that was uploaded elsewhere wait for no request of ours: their batch number is written otherwise.
 */
export async function payoutsOf(
  evidence: readonly LaneRecord[],
  { stateStore }: Pick<ReconcilerParts, 'stateStore'>,
): Promise<(number | undefined)[]> {
  const set = new WorkingSet(stateStore.states)
  await set.loadBatches(evidence.filter(isBatchRecord).map(({ value }) => value))
  return evidence.map((entry) => {
    if (!isBatchRecord(entry)) return 1
    const { partner, batchNo } = entry.value
    const lines = set.batch(partner, batchNo)?.lines.length
    if (entry.kind !== 'return-rows') return lines
    return lines === undefined && isWrittenLikeOurs(batchNo) ? undefined : entry.value.rows.length
  })
}

/** Computes one round and writes the states of payouts. False: they changed under it, and it has to be computed again. */
export async function tryRound(
  records: readonly LaneRecord[],
  { session: { partition }, states }: Lane,
  parts: ReconcilerParts,
): Promise<RoundResult | false> {
  const staged = new StagedStates(states)
  const outputs = new LaneOutputs(parts, partition)
  const agreements = new AgreementRound(parts, partition, staged, outputs)
  const files = new ReturnFileRound(parts, partition, staged, outputs)
  const payouts = new PayoutRound(parts, outputs)
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
          await agreements.answer(neverSent(entry.value), entry.record)
          await files.answer(neverSent(entry.value), entry.record)
        } else await agreements.formNotSigned(entry.value, entry.record)
        break
      case 'service-request':
        break
      default:
        await payouts.take(entry)
    }
  }
  if (!(await payouts.save())) return false
  outputs.states(staged, parts.clock.now())
  return { outputs: outputs.records, due: payouts.due, staged }
}

/** What time alone does to the lane's agreements and return files. */
export async function timeRound(
  { session: { partition }, states }: Lane,
  parts: ReconcilerParts,
): Promise<Omit<RoundResult, 'due'>> {
  const now = parts.clock.now()
  const staged = new StagedStates(states)
  const outputs = new LaneOutputs(parts, partition)
  const agreements = new AgreementRound(parts, partition, staged, outputs)
  const due = states.dueAgreements(now, (alias) => hasPartner(parts.partners, alias))
  for (const agreement of due.take(DUE_AT_ONCE)) await agreements.time(agreement)
  await new ReturnFileRound(parts, partition, staged, outputs).time(states)
  outputs.states(staged, now)
  return { outputs: outputs.records, staged }
}
