/**
 * What happens to a record of `agreement.commands`, from top to bottom:
 *
 *  1. It is decoded, or it is a dead letter (S2.3).
 *  2. It is judged by itself: partner, ids, and the interface's own rules (SGN-4, UNS-1, UNS-2).
 *  3. A command that is not valid is `agreement.failed`, and nothing is signed for it. A valid one goes to
 *     `gateway.commands`, into the lane of its agreement: there the reconciler does it, refuses it, or recognises a
 *     copy.
 *  4. All outputs are committed with the offset in one transaction (S3), which raises the checkpoint.
 */

import { laneOfAgreement } from '@payout/mapi/values/agreement-id'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { AgreementEvent } from '@payout/runtime/record/domain-event'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import { reportId } from '@payout/schemas/event-id'
import { placeOf } from '@payout/schemas/place'
import { DAY_MS } from '@payout/schemas/units'
import { deadLetterRecord } from '../command/dead-letter.ts'
import { ofCommand, type Refusal, shown } from '../command/refusal.ts'
import type { SignerDependencies } from '../signer-dependencies.ts'
import { processPartition } from '../task/process-partition.ts'
import { type AgreementJudgement, judgeAgreement } from './agreement-check.ts'
import { type AgreementInstruction, readAgreementCommand } from './agreement-command.ts'

/** The state of an agreement knows the ids of its commands for forty days: none may come back later than that. */
const MAX_AGE_MS = 30 * DAY_MS

/** Processes one partition of `agreement.commands`, until the session ends. */
export function runAgreementTask(session: CheckpointedSession, dependencies: SignerDependencies): Promise<void> {
  return processPartition(session, 'agreement.commands', {
    switches: dependencies.switches,
    outputsOf: (records) => Promise.all(records.map((record) => processRecord(record, dependencies))),
  })
}

async function processRecord(record: LogRecord, dependencies: SignerDependencies): Promise<OutgoingRecord> {
  const { clock, codec, events, metrics, rules, settings } = dependencies
  const oldestAllowed = clock.now() - Math.min(settings.claimLifeMs, MAX_AGE_MS)
  const command = readAgreementCommand(record, codec, oldestAllowed)
  if (command.kind === 'dead-letter') {
    metrics.add('signer_agreement_commands_total', { status: 'dead-letter' })
    return deadLetterRecord('agreement.commands', command, dependencies)
  }
  metrics.add('signer_agreement_commands_total', { status: command.action })
  const judgement = judgeAgreement(command, { partner: rules.partner, formUrl: settings.formUrl })
  if (judgement.ok) return commandRecord(command, judgement, dependencies)
  metrics.add('signer_agreement_commands_failed_total', { reason: judgement.refusal.code })
  return events.record(agreementFailed(command, judgement.refusal, judgement.agreementId), command.traceparent)
}

function commandRecord(
  { action, partner, commandId, contentHash, parameters, seenCode, coordinates, traceparent }: AgreementInstruction,
  { agreementId, account }: AgreementJudgement & { readonly ok: true },
  { codec, settings, source }: SignerDependencies,
): OutgoingRecord {
  const { timestamp } = coordinates
  const subject = `${partner}/${agreementId}`
  return {
    topic: 'gateway.commands',
    partition: laneOfAgreement(agreementId, settings.lanes),
    key: subject,
    value: codec.encode('gateway.GatewayAgreementCommand', {
      partner,
      agreementId,
      commandId,
      action,
      contentHash,
      account,
      parameters,
      seenCode,
      source: coordinates,
    }),
    headers: cloudEventHeaders({
      id: `${subject}/${commandId}/${placeOf(coordinates)}`,
      type: eventType('gateway.GatewayAgreementCommand'),
      source,
      subject,
      time: timestamp,
      traceparent,
    }),
  }
}

/** The event that says why a command is refused: it never reaches the agreement, and changes nothing there. */
function agreementFailed(
  { partner, commandId, coordinates }: AgreementInstruction,
  { code, explanation }: Refusal,
  agreementId: string | null,
): AgreementEvent {
  return {
    name: 'agreement.AgreementFailed',
    value: {
      eventId: reportId('agreement.failed', partner, `${agreementId ?? 'command'}/${commandId}`, coordinates),
      agreementId,
      commandId: isPayoutId(commandId) ? commandId : shown(commandId),
      partner: shown(partner),
      version: null,
      ...ofCommand(coordinates),
      reason: code,
      explanation,
    },
  }
}
