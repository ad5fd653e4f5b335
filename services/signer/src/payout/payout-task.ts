/**
 * What happens to the records of `payout.commands`, from top to bottom:
 *
 *  1. Each record is decoded, or it is a dead letter (S2.3).
 *  2. Each payout in it is judged by itself.
 *  3. The ids of all payouts of a fetch are claimed in one script, each under the coordinates of its record (S2).
 *  4. A payout whose claim is acquired or reentrant is grouped, signed and goes to `gateway.requests`; where it can't
 *     be paid, it is `payout.failed`. A duplicate with other content is `payout.refused`. A duplicate with the same
 *     content has no output, and neither has a stale one.
 *  5. A person's decision, and a return file that is to be fetched, go to `gateway.commands`, or an event says why not.
 *  6. The claim of a payout that failed gets its end. That of a signed one gets it from the reconciler, with the
 *     outcome (S2.7).
 *  7. All outputs are committed with the offset in one transaction (S3), which raises the checkpoint.
 */

import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { PayoutEvent, ReturnFileEvent } from '@payout/runtime/record/domain-event'
import { payoutClaimKey } from '@payout/runtime/record/payout-claim-key'
import type { Claim, ClaimOutcome } from '@payout/runtime/redis/port'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import { Pace } from '@payout/runtime/task/pace'
import { MIB, SECOND_MS } from '@payout/schemas/units'
import { deadLetterRecord } from '../command/dead-letter.ts'
import type { Refusal } from '../command/refusal.ts'
import { isNotSignable } from '../errors.ts'
import type { SignerDependencies } from '../signer-dependencies.ts'
import { switchesKnown } from '../task/switches-known.ts'
import { traceparentOf } from '../task/traceparent.ts'
import { GROUP } from '../topology.ts'
import { type Batch, composedBatch, groupSingles, halves } from './batch.ts'
import { decisionRecord } from './decision-command.ts'
import { OwnOutputs } from './own-outputs.ts'
import { type Judgement, judgePayout, type Payable } from './payout-check.ts'
import { type PayoutCommand, type PayoutInstruction, readPayoutCommand } from './payout-command.ts'
import { failedBeforeSending, refused } from './refusal-events.ts'
import { returnFileRecord } from './return-file-command.ts'

/** Commands of so many bytes are enough: nothing more is waited for. */
const ENOUGH_BYTES = 4 * MIB

/**
 * Each batch costs all stages some milliseconds of CPU, with ten lines or three hundred. Alipay takes seconds to pay
 * one, so a fifth of a second is nothing to who waits for it.
 */
const PACE = { everyMs: 200, atOnce: 2 }

/** Processes one partition of `payout.commands`, until the session ends. */
export async function runPayoutTask(session: CheckpointedSession, dependencies: SignerDependencies): Promise<void> {
  const ownOutputs = new OwnOutputs(dependencies.log, dependencies.codec, session)
  const pace = new Pace(PACE)
  while (!session.stopping) {
    const { records, next } = await fetchRecords(session, pace, dependencies)
    // A fetch of nothing but transaction markers: their offsets go with the next commit.
    if (next === undefined || records.length === 0) continue
    if (!(await switchesKnown(session, dependencies.switches))) return
    pace.begin()
    const outputs = await processRecords(records, ownOutputs, dependencies)
    await session.commit(outputs, { 'payout.commands': next })
  }
}

/**
 * The records that are there. While payouts keep coming, also those that come until the next transaction is due, and
 * while egress has a queue, those that come within the configured time: batches get fuller.
 */
async function fetchRecords(
  session: CheckpointedSession,
  pace: Pace,
  dependencies: SignerDependencies,
): Promise<{ records: LogRecord[]; next: number | undefined }> {
  const { maxRecords, lingerMs, lingerAboveLag } = dependencies.settings
  const records: LogRecord[] = []
  let next: number | undefined
  let bytes = 0
  let deadline = performance.now() + SECOND_MS
  do {
    const timeoutMs = Math.max(0, deadline - performance.now())
    for (const fetched of await session.poll({ maxRecords: maxRecords - records.length, timeoutMs })) {
      if (next === undefined) {
        const hasQueue = dependencies.egressLag.requests() > lingerAboveLag
        deadline = performance.now() + (hasQueue ? lingerMs : pace.waitMs())
      }
      records.push(...fetched.records)
      bytes = fetched.records.reduce((sum, { value }) => sum + (value?.length ?? 0), bytes)
      next = fetched.next
    }
    if (next === undefined || session.stopping || records.length >= maxRecords || bytes >= ENOUGH_BYTES) break
  } while (performance.now() < deadline)
  return { records, next }
}

async function processRecords(
  records: readonly LogRecord[],
  ownOutputs: OwnOutputs,
  dependencies: SignerDependencies,
): Promise<OutgoingRecord[]> {
  const oldestAllowed = dependencies.clock.now() - dependencies.settings.claimLifeMs
  const commands = records.map((record) => readPayoutCommand(record, dependencies.codec, oldestAllowed))
  const claimed = await claimAll(commands, ownOutputs, dependencies)

  const outputs: OutgoingRecord[] = []
  const events: { event: PayoutEvent | ReturnFileEvent; traceparent: string | undefined }[] = []
  const emit = (event: PayoutEvent | ReturnFileEvent, { traceparent }: Pick<PayoutInstruction, 'traceparent'>): void =>
    void events.push({ event, traceparent })
  const singles: Payable[] = []
  const batches: Batch[] = []
  const failed: PayoutInstruction[] = []

  for (const command of commands) {
    dependencies.metrics.add('signer_commands_total', { status: command.kind })
    switch (command.kind) {
      case 'single': {
        const payable = applyClaim(command.instructions[0])
        if (payable) singles.push(payable)
        break
      }
      case 'batch': {
        const batch = composedBatch(command.instructions.flatMap((instruction) => applyClaim(instruction) ?? []))
        if (batch) batches.push(batch)
        break
      }
      case 'names-twice': {
        const refusal = {
          code: 'ID_TWICE_IN_COMMAND',
          explanation: 'the batch command names an id twice, so it is refused whole: send it again with each id once',
        }
        const ids = new Map(command.instructions.map((instruction) => [instruction.payoutId, instruction]))
        for (const instruction of ids.values()) emit(refused(instruction, refusal, null), instruction)
        break
      }
      case 'decision':
      case 'return-file': {
        const sent =
          command.kind === 'decision'
            ? decisionRecord(command.decision, command.record, dependencies)
            : returnFileRecord(command.requested, command.record, dependencies)
        if ('record' in sent) outputs.push(sent.record)
        else emit(sent.refusal, { traceparent: traceparentOf(command.record) })
        break
      }
      case 'dead-letter':
        outputs.push(await deadLetterRecord('payout.commands', command, dependencies))
        break
    }
  }
  for (const batch of [...batches, ...groupSingles(singles)]) outputs.push(...signOrFail(batch))
  for (const { event, traceparent } of events) outputs.push(await dependencies.events.record(event, traceparent))
  if (failed.length > 0) await dependencies.stateStore.claims.settle('payout', failed.map(claimOf))
  return outputs

  /** What follows from the claim of one payout: it may be signed, or an event says why not, or there is nothing new. */
  function applyClaim(instruction: PayoutInstruction): Payable | undefined {
    const { judgement, outcome } = claimed.get(instruction) ?? {}
    if (!judgement || !outcome) throw new RangeError('every instruction is claimed')
    dependencies.metrics.add('signer_claims_total', { outcome: outcome.kind })
    switch (outcome.kind) {
      case 'stale':
        return undefined
      case 'duplicate':
        if (!outcome.sameContent) emit(refused(instruction, refusalOf(judgement), outcome.by), instruction)
        return undefined
      case 'acquired':
      case 'reentrant':
        if (judgement.ok) return judgement.payable
        fail(instruction, judgement.refusal)
        return undefined
    }
  }

  function fail(instruction: PayoutInstruction, refusal: Refusal): void {
    dependencies.metrics.add('signer_failed_before_sending_total', { reason: refusal.code })
    emit(failedBeforeSending(instruction, refusal), instruction)
    failed.push(instruction)
  }

  function signOrFail(batch: Batch): OutgoingRecord[] {
    try {
      const record = dependencies.requestSigner.sign(batch)
      if (record) {
        dependencies.metrics.observe('signer_batch_lines', {}, batch.payables.length)
        return [record]
      }
    } catch (error) {
      if (!isNotSignable(error)) throw error
      // The partner's own settings are at fault: its account's name in its charset, its extend_param.
      for (const { instruction } of batch.payables) fail(instruction, { code: error.code, explanation: error.message })
      return []
    }
    const parted = halves(batch)
    if (parted) return parted.flatMap(signOrFail)
    const refusal = {
      code: 'BATCH_TOO_LARGE',
      explanation: 'the signed batch is larger than a record may be: ask for it in smaller batches, under new ids',
    }
    for (const { instruction } of batch.payables) fail(instruction, refusal)
    return []
  }
}

/**
 * Judges and claims every payout of every command, in order: of two with one id in the same fetch the first one gets
 * it.
 */
async function claimAll(
  commands: readonly PayoutCommand[],
  ownOutputs: OwnOutputs,
  dependencies: SignerDependencies,
): Promise<Map<PayoutInstruction, { judgement: Judgement; outcome: ClaimOutcome }>> {
  const instructions: PayoutInstruction[] = []
  const judgements: Judgement[] = []
  const claims: Claim[] = []
  for (const command of commands) {
    if (command.kind !== 'single' && command.kind !== 'batch') continue
    for (const instruction of command.instructions) {
      instructions.push(instruction)
      judgements.push(judgePayout(instruction, command.instructions.length, dependencies.rules))
      claims.push(claimOf(instruction))
    }
  }
  const outcomes = claims.length ? await dependencies.stateStore.claims.claim('payout', GROUP, claims) : []
  const claimed = new Map<PayoutInstruction, { judgement: Judgement; outcome: ClaimOutcome }>()
  for (const [index, instruction] of instructions.entries()) {
    const judgement = judgements[index]
    let outcome = outcomes[index]
    if (!judgement || !outcome) throw new RangeError('one outcome for each claim')
    const { offset, line } = instruction.coordinates
    if (outcome.kind === 'reentrant' && (await ownOutputs.has(offset, line, outcome.claimedAt)))
      outcome = { kind: 'stale' }
    claimed.set(instruction, { judgement, outcome })
  }
  return claimed
}

function claimOf({ partner, payoutId, contentHash, coordinates }: PayoutInstruction): Claim {
  return { key: payoutClaimKey(partner, payoutId), contentHash, coordinates }
}

function refusalOf(judgement: Judgement): Refusal {
  if (!judgement.ok) return judgement.refusal
  return {
    code: 'ID_TAKEN',
    explanation:
      'another command holds this id, with other content: nothing is paid for this one; ask again under a new id',
  }
}
