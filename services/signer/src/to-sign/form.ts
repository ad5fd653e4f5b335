import { randomBytes } from 'node:crypto'
import { interfaceOf, serviceParameters } from '@payout/mapi/interfaces/services'
import { buildRequest } from '@payout/mapi/interfaces/signed-request'
import { batchNo, laneOf } from '@payout/mapi/values/batch-no'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { Partner } from '@payout/runtime/partners/partners'
import type { AgreementEvent } from '@payout/runtime/record/domain-event'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import { reportId } from '@payout/schemas/event-id'
import type { GatewayFormToSign } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import { FormUrlMissingError, SigningKeyMissingError } from '../errors.ts'
import type { SignerDependencies } from '../signer-dependencies.ts'
import { traceparentOf } from '../task/traceparent.ts'

/**
 * The signed form that leads a user to Alipay's signing page (SGN-1, SGN-2), for `gateway.forms`, and
 * `agreement.form_ready` with its address. Nobody can guess the address: it ends in 256 random bits.
 * @throws SigningKeyMissingError, FormUrlMissingError; MapiError for parameters that can't be signed (any more).
 */
export async function signedForm(
  partner: Partner,
  toSign: GatewayFormToSign,
  record: LogRecord,
  dependencies: SignerDependencies,
): Promise<OutgoingRecord[]> {
  const { codec, clock, events, metrics, settings } = dependencies
  if (!partner.signingKey) throw new SigningKeyMissingError(partner.alias)
  if (settings.formUrl === undefined) throw new FormUrlMissingError()
  const definition = interfaceOf('sign_protocol_with_partner')
  const { partnerId, charset } = partner
  const business = toSign.parameters.map(({ name, value }) => [name, value] as const)
  const { parameters } = buildRequest(
    definition,
    serviceParameters({ definition, partner: partnerId, charset }, business),
    partner.signingKey,
  )
  const { requestId, agreementId, commandId, expiresAt } = toSign
  const token = randomBytes(32).toString('base64url')
  const signedAt = clock.now()
  const value = codec.encode('gateway.GatewayForm', {
    partner: partner.alias,
    requestId,
    agreementId,
    commandId,
    token,
    charset,
    parameters: parameters.map(([name, text]) => ({ name, value: text })),
    expiresAt,
    signedAt,
  })
  metrics.add('signer_forms_total', { status: 'signed' })
  const url = `${settings.formUrl}/agreement/${partner.alias}/${token}`
  const traceparent = traceparentOf(record)
  return [
    formRecord(toSign, value, signedAt, record, dependencies),
    await events.record(formReady(toSign, url), traceparent),
  ]
}

/** Deletes the form of a signing that is over from `gateway.forms`. */
export function withdrawnForm(
  toSign: GatewayFormToSign,
  record: LogRecord,
  dependencies: SignerDependencies,
): OutgoingRecord {
  dependencies.metrics.add('signer_forms_total', { status: 'withdrawn' })
  return formRecord(toSign, null, dependencies.clock.now(), record, dependencies)
}

function formRecord(
  { partner, agreementId, commandId, requestId }: GatewayFormToSign,
  value: Buffer | null,
  time: number,
  record: LogRecord,
  { settings, source }: SignerDependencies,
): OutgoingRecord {
  const subject = `${partner}/${agreementId}/${commandId}`
  return {
    topic: 'gateway.forms',
    partition: laneOf(batchNo(requestId), settings.lanes),
    key: subject,
    value,
    headers: cloudEventHeaders({
      id: `${partner}/${requestId}${value === null ? '/withdrawn' : ''}`,
      type: eventType('gateway.GatewayForm'),
      source,
      subject,
      time,
      traceparent: traceparentOf(record),
    }),
  }
}

function formReady(toSign: GatewayFormToSign, url: string): AgreementEvent {
  const { partner, agreementId, commandId, requestId, version, expiresAt, source } = toSign
  return {
    name: 'agreement.AgreementFormReady',
    value: {
      eventId: reportId('agreement.form_ready', partner, `${agreementId}/${requestId}`, source),
      agreementId,
      commandId,
      partner,
      version,
      occurredAt: source.timestamp,
      seenAt: source.timestamp,
      evidence: { kind: 'command', id: placeOf(source), source },
      url,
      expiresAt,
    },
  }
}
