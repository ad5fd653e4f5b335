/**
 * What happens to a record of `gateway.to-sign`, by its kind:
 *
 *  - A batch is signed for a day on which it may still be sent, under the batch number that it names, and goes to
 *    `gateway.requests`.
 *  - A query of an agreement, its cancellation, or a request for a return file is signed and goes to
 *    `gateway.requests`.
 *  - A form is signed and goes to `gateway.forms`, together with `agreement.form_ready`, which gives upstream its
 *    address. A form that is withdrawn is deleted there.
 *  - What can't be signed, since the partner's settings have changed, goes to `gateway.commands`, and the reconciler
 *    ends it.
 *
 * All outputs stay in the record's lane, and are committed with the offset in one transaction.
 */
import { batchNo } from '@payout/mapi/values/batch-no'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { Partner } from '@payout/runtime/partners/partners'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import { topics } from '@payout/schemas/topics'
import { isNotSignable, PartnerMissingError } from '../errors.ts'
import type { SignerDependencies } from '../signer-dependencies.ts'
import { processPartition } from '../task/process-partition.ts'
import { signBatchAgain } from './batch-again.ts'
import { signedForm, withdrawnForm } from './form.ts'
import { serviceNotSigned } from './not-signed.ts'
import { serviceRequest } from './service-request.ts'

/**
 * Processes one lane of `gateway.to-sign`, until the session ends. A record that can't be decoded makes the lane wait:
 * it is our own, not a dead letter. What can't be signed ends by itself, and the records of other partners behind it go
 * on.
 */
export function runToSignTask(session: CheckpointedSession, dependencies: SignerDependencies): Promise<void> {
  return processPartition(session, 'gateway.to-sign', {
    switches: dependencies.switches,
    outputsOf: async (records) => (await Promise.all(records.map((record) => sign(record, dependencies)))).flat(),
  })
}

async function sign(record: LogRecord, dependencies: SignerDependencies): Promise<OutgoingRecord[]> {
  const { codec, metrics } = dependencies
  const { name, value } = codec.decode(record.value, topics['gateway.to-sign'].values)
  switch (name) {
    case 'gateway.GatewayToSign':
      metrics.add('signer_signed_again_total', { reason: value.reason })
      return signBatchAgain(value, record, dependencies)
    case 'gateway.GatewayServiceToSign':
      return orNotSigned({ ...value, agreementId: null }, record, dependencies, async () => [
        serviceRequest(partnerOf(value.partner, dependencies), value, record, dependencies),
      ])
    case 'gateway.GatewayFormToSign':
      if (value.withdrawn) return [withdrawnForm(value, record, dependencies)]
      return orNotSigned({ ...value, service: 'sign_protocol_with_partner' }, record, dependencies, () =>
        signedForm(partnerOf(value.partner, dependencies), value, record, dependencies),
      )
  }
}

/**
 * The outputs that `make` gives for a form or a request; where it can't be signed, the record that says so to the
 * reconciler.
 */
async function orNotSigned(
  {
    partner,
    requestId,
    service,
    agreementId,
  }: { partner: string; requestId: string; service: string; agreementId: string | null },
  record: LogRecord,
  dependencies: SignerDependencies,
  make: () => Promise<OutgoingRecord[]>,
): Promise<OutgoingRecord[]> {
  const about = { partner, requestId: batchNo(requestId), service, agreementId }
  try {
    return await make()
  } catch (error) {
    if (!isNotSignable(error)) throw error
    return [serviceNotSigned(about, error, record, dependencies)]
  }
}

function partnerOf(alias: string, { rules }: SignerDependencies): Partner {
  const partner = rules.partner(alias)
  if (!partner) throw new PartnerMissingError(alias)
  return partner
}
