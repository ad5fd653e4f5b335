/**
 * What happens to a record of `agreement.commands`, from top to bottom:
 *
 *  1. it is read, or it is a dead letter;
 *  2. it is judged by itself: partner, ids, and the interface's own rules (SGN-4, UNS-1, UNS-2);
 *  3. what is not valid is `agreement.failed`, and nothing is signed for it; what is valid goes to `gateway.commands`, into the lane of its
 *     agreement, where the reconciler does it, refuses it, or tells it from a copy;
 *  4. all of it is committed with the offset in one transaction (S3), and the checkpoint is raised.
 */
import { laneOfAgreement } from '@payout/mapi/values/agreement-id'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import { processPartition } from '../lane/partition-work.ts'
import { deadLetterRecord } from '../payout/dead-letter.ts'
import { agreementFailed } from '../payout/refusal-events.ts'
import type { SignerParts } from '../signer-parts.ts'
import { type AgreementJudgement, judgeAgreement } from './agreement-check.ts'
import { type AgreementAsk, readAgreementCommand } from './agreement-command.ts'

/** The state of an agreement remembers the ids of its commands for forty days: none may come back later than that. */
const MAX_AGE_MS = 30 * 86_400_000

/** Works off one partition of `agreement.commands`. */
export function takeAgreementCommands(session: CheckpointedSession, parts: SignerParts): Promise<void> {
  return processPartition(session, 'agreement.commands', {
    switches: parts.switches,
    outputsOf: (records) => Promise.all(records.map((record) => take(record, parts))),
  })
}

async function take(record: LogRecord, parts: SignerParts): Promise<OutgoingRecord> {
  const { clock, codec, events, metrics, rules, settings } = parts
  const oldestAllowed = clock.now() - Math.min(settings.claimLifeMs, MAX_AGE_MS)
  const command = readAgreementCommand(record, codec, oldestAllowed)
  if (command.kind === 'dead-letter') {
    metrics.add('signer_agreement_commands_total', { status: 'dead-letter' })
    return deadLetterRecord('agreement.commands', command, parts)
  }
  metrics.add('signer_agreement_commands_total', { status: command.action })
  const judgement = judgeAgreement(command, { partner: rules.partner, formUrl: settings.formUrl })
  if (judgement.ok) return commandRecord(command, judgement, parts)
  metrics.add('signer_agreement_commands_failed_total', { reason: judgement.refusal.code })
  return events.record(agreementFailed(command, judgement.refusal, judgement.agreementId), command.traceparent)
}

function commandRecord(
  { action, partner, commandId, contentHash, parameters, seenCode, coordinates, traceparent }: AgreementAsk,
  { agreementId, account }: AgreementJudgement & { readonly ok: true },
  { codec, settings, source }: SignerParts,
): OutgoingRecord {
  const { topic, partition, offset, timestamp } = coordinates
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
      id: `${subject}/${commandId}/${topic}/${partition}@${offset}`,
      type: eventType('gateway.GatewayAgreementCommand'),
      source,
      subject,
      time: timestamp,
      traceparent,
    }),
  }
}
