import { interfaceOf, isServiceName, serviceParameters } from '@payout/mapi/interfaces/services'
import { buildRequest } from '@payout/mapi/interfaces/signed-request'
import { batchNo, laneOf } from '@payout/mapi/values/batch-no'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { Partner } from '@payout/runtime/partners/partners'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { GatewayServiceToSign } from '@payout/schemas/generated/records'
import { ServiceUnknownError, SigningKeyMissingError } from '../errors.ts'
import type { SignerDependencies } from '../signer-dependencies.ts'
import { traceparentOf } from '../task/traceparent.ts'

/**
 * A signed request of another service than the batch payout, for `gateway.requests`. A request that is too late to be
 * sent is signed all the same: egress decides that.
 * @throws SigningKeyMissingError, ServiceUnknownError; MapiError for parameters that can't be signed (any more).
 */
export function serviceRequest(
  partner: Partner,
  { requestId, service, parameters, sendBefore }: GatewayServiceToSign,
  record: LogRecord,
  { codec, clock, metrics, settings, source }: SignerDependencies,
): OutgoingRecord {
  if (!partner.signingKey) throw new SigningKeyMissingError(partner.alias)
  if (!isServiceName(service)) throw new ServiceUnknownError(service)
  const definition = interfaceOf(service)
  const { partnerId, charset } = partner
  const business = parameters.map(({ name, value }) => [name, value] as const)
  const { body } = buildRequest(
    definition,
    serviceParameters({ definition, partner: partnerId, charset }, business),
    partner.signingKey,
  )
  metrics.add('signer_service_requests_total', { status: service })
  const signedAt = clock.now()
  const subject = `${partner.alias}/${requestId}`
  return {
    topic: 'gateway.requests',
    partition: laneOf(batchNo(requestId), settings.lanes),
    key: subject,
    value: codec.encode('gateway.GatewayServiceRequest', {
      partner: partner.alias,
      requestId,
      service,
      charset,
      body: Buffer.from(body, 'latin1'),
      sendBefore,
      signedAt,
      cause: coordinatesOf(record),
    }),
    headers: cloudEventHeaders({
      id: subject,
      type: eventType('gateway.GatewayServiceRequest'),
      source,
      subject,
      time: signedAt,
      traceparent: traceparentOf(record),
    }),
  }
}
