/**
 * What happens to a record of `gateway.to-sign`, by what it asks for:
 *
 *  - a batch is signed for a day on which it may still be sent, under the batch number that it names, and goes to `gateway.requests`;
 *  - a question about an agreement, its cancelling or a return file is signed and goes to `gateway.requests`;
 *  - a form is signed and goes to `gateway.forms`, together with `agreement.form_ready`, which tells upstream its address; one that is
 *    withdrawn is taken away there.
 *
 * All of it stays in the record's lane, and is committed with the offset in one transaction.
 */
import { batchNo } from '@payout/mapi/batch-no'
import type { CheckpointedSession } from '@payout/runtime/checkpointed-session'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { Partner } from '@payout/runtime/partners'
import { topics } from '@payout/schemas/topics'
import { coordinatesOf } from './command.ts'
import { PartnerMissingError } from './errors.ts'
import { signedForm, withdrawnForm } from './form.ts'
import { workOffPartition } from './partition-work.ts'
import { serviceRequest } from './service-request.ts'
import type { SignerParts } from './signer-parts.ts'

/** Works off one partition of `gateway.to-sign`. What can't be read or signed makes the lane wait: it is our own, not a dead letter. */
export function signForLane(session: CheckpointedSession, parts: SignerParts): Promise<void> {
  return workOffPartition(session, 'gateway.to-sign', async (records) =>
    (await Promise.all(records.map((record) => sign(record, parts)))).flat(),
  )
}

async function sign(record: LogRecord, parts: SignerParts): Promise<OutgoingRecord[]> {
  const { codec, requestSigner, metrics } = parts
  const { name, value } = codec.decode(record.value, topics['gateway.to-sign'].values)
  switch (name) {
    case 'gateway.GatewayToSign': {
      const partner = partnerOf(value.partner, parts)
      metrics.add('signer_signed_again_total', { reason: value.reason })
      return [requestSigner.signAgain(partner, value, batchNo(value.batchNo), coordinatesOf(record))]
    }
    case 'gateway.GatewayServiceToSign':
      return [serviceRequest(partnerOf(value.partner, parts), value, record, parts)]
    case 'gateway.GatewayFormToSign':
      if (value.withdrawn) return [withdrawnForm(value, record, parts)]
      return signedForm(partnerOf(value.partner, parts), value, record, parts)
  }
}

function partnerOf(alias: string, { rules }: SignerParts): Partner {
  const partner = rules.partner(alias)
  if (!partner) throw new PartnerMissingError(alias)
  return partner
}
