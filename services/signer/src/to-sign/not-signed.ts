import { type BatchNo, laneOf } from '@payout/mapi/values/batch-no'
import type { LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { PipelineError } from '@payout/schemas/error'
import type { GatewayNotSigned, GatewayRequestLine, GatewayServiceNotSigned } from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'
import type { SignerDependencies } from '../signer-dependencies.ts'
import { traceparentOf } from '../task/traceparent.ts'

/** A payout that can't be signed, and why. */
export interface FaultyLine {
  readonly line: GatewayRequestLine
  readonly fault: Pick<PipelineError, 'code' | 'message'>
}

type Writing = Pick<SignerDependencies, 'codec' | 'clock' | 'logger' | 'metrics' | 'settings' | 'source'>
type Batch = Pick<GatewayNotSigned, 'partner' | 'payDate' | 'signing' | 'payer' | 'resubmission'> & {
  readonly batchNo: BatchNo
}

/**
 * The record for `gateway.commands` that says which payouts of a batch can't be signed (decision 045), in the batch's
 * lane. The reconciler ends or reports each of them; the lane goes on.
 */
export function notSigned(
  { batchNo, ...batch }: Batch,
  faulty: readonly FaultyLine[],
  record: LogRecord,
  dependencies: Writing,
): OutgoingRecord {
  const lines = faulty.map(({ line: { payoutId, serial }, fault }) => {
    return { payoutId, serial, code: fault.code, explanation: fault.message }
  })
  for (const { code } of lines) logAndCount(dependencies, batch.partner, { batchNo, code })
  const value: GatewayNotSigned = {
    ...batch,
    batchNo,
    lines,
    at: dependencies.clock.now(),
    cause: coordinatesOf(record),
  }
  return decision('gateway.GatewayNotSigned', value, batchNo, record, dependencies)
}

/** The same for a form, or for a request of another service. */
export function serviceNotSigned(
  about: Pick<GatewayServiceNotSigned, 'partner' | 'service' | 'agreementId'> & { readonly requestId: BatchNo },
  { code, message }: Pick<PipelineError, 'code' | 'message'>,
  record: LogRecord,
  dependencies: Writing,
): OutgoingRecord {
  const { requestId, partner } = about
  logAndCount(dependencies, partner, { requestId, code })
  const value = { ...about, code, explanation: message, at: dependencies.clock.now(), cause: coordinatesOf(record) }
  return decision('gateway.GatewayServiceNotSigned', value, requestId, record, dependencies)
}

function logAndCount(
  { logger, metrics }: Writing,
  partner: string,
  about: { readonly batchNo?: string; readonly requestId?: string; readonly code: string },
): void {
  metrics.add('signer_not_signed_total', { partner, reason: about.code })
  logger.error({ partner, ...about }, 'something that had to be signed can not be: it ends by itself, the lane goes on')
}

function decision<N extends 'gateway.GatewayNotSigned' | 'gateway.GatewayServiceNotSigned'>(
  name: N,
  value: N extends 'gateway.GatewayNotSigned' ? GatewayNotSigned : GatewayServiceNotSigned,
  number: BatchNo,
  record: LogRecord,
  { codec, settings, source }: Writing,
): OutgoingRecord {
  const { partner, at, cause } = value
  const subject = `${partner}/${number}`
  return {
    topic: 'gateway.commands',
    partition: laneOf(number, settings.lanes),
    key: subject,
    value: encode(),
    headers: cloudEventHeaders({
      id: `${subject}/not-signed/${placeOf(cause)}`,
      type: eventType(name),
      source,
      subject,
      time: at,
      traceparent: traceparentOf(record),
    }),
  }

  function encode(): Buffer {
    return 'lines' in value
      ? codec.encode('gateway.GatewayNotSigned', value)
      : codec.encode('gateway.GatewayServiceNotSigned', value)
  }
}
