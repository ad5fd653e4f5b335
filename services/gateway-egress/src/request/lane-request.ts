import { isServiceName, type ServiceName } from '@payout/mapi/interfaces/services'
import { type PayDate, payDate, startOfChinaDate } from '@payout/mapi/values/china-time'
import { type PartnerId, partnerId } from '@payout/mapi/values/partner-id'
import { parseForm } from '@payout/mapi/wire/form'
import type { Codec, NamedRecord } from '@payout/schemas/codec'
import type { GatewayServiceRequest } from '@payout/schemas/generated/records'
import { DAY_MS } from '@payout/schemas/units'
import { ServiceUnknownError } from './request-errors.ts'

/** A signed request as it stands in `gateway.requests`, whole. */
export type SignedRequest = NamedRecord<'gateway.GatewayRequest' | 'gateway.GatewayServiceRequest'>

/** What egress has to know of a signed request to decide about it. */
export type LaneRequest = BatchRequest | ServiceRequest

interface EitherRequest {
  /** `partner/id`: the key of its records and of its claim. */
  readonly key: string
  readonly partner: string
  /** The batch number, or the id of a service request. */
  readonly id: string
  /** From this moment on it is neither sent nor sent again, UTC milliseconds. */
  readonly endsAt: number
  /** The record's value, byte for byte. */
  readonly framed: Buffer
  readonly traceparent: string | undefined
}

export interface BatchRequest extends EitherRequest {
  readonly kind: 'batch'
  /** The only day in China on which it may be sent. */
  readonly payDate: PayDate
  readonly resubmission: boolean
}

export type ServiceRequest = EitherRequest & { readonly kind: 'service' } & (
    | { readonly service: AgreementService }
    | { readonly service: FileService; readonly file: FileAskedFor }
  )

type FileService = 'bptb_refund_file'
/** A service that is about an agreement, and answers in XML. */
export type AgreementService = Exclude<ServiceName, FileService>

/** A return file, by whose it is and its day, as the signed body says. */
export interface FileAskedFor {
  readonly partnerId: PartnerId
  readonly date: PayDate
}

/** Whether a return file is asked for. */
export function isFileRequest(request: LaneRequest): boolean {
  return request.kind === 'service' && request.service === 'bptb_refund_file'
}

/** `partner/id`. */
export function requestKey(partner: string, id: string): string {
  return `${partner}/${id}`
}

/** The `ce_id` of the answer to an attempt of the request with this key. */
export function answerId(key: string, attempt: number): string {
  return `answer/${key}/${attempt}`
}

/** What a request is called in the log of the process. */
export function nameOf({ kind, partner, id }: LaneRequest): Readonly<Record<string, string>> {
  return kind === 'batch' ? { partner, batchNo: id } : { partner, requestId: id }
}

/** @throws NotAvroError, UnknownSchemaError, UnexpectedRecordError where it is no request. */
export function decodeRequest(codec: Codec, framed: Buffer | null): SignedRequest {
  return codec.decode(framed, ['gateway.GatewayRequest', 'gateway.GatewayServiceRequest'])
}

/** @throws MapiError for a date that does not exist; ServiceUnknownError: this release can't call the service. */
export function laneRequest(
  { name, value }: SignedRequest,
  framed: Buffer,
  traceparent: string | undefined,
): LaneRequest {
  const { partner } = value
  switch (name) {
    case 'gateway.GatewayRequest': {
      const { batchNo: id, resubmission } = value
      const day = payDate(value.payDate)
      const rest = { key: requestKey(partner, id), partner, id, framed, traceparent }
      return { kind: 'batch', payDate: day, resubmission, endsAt: startOfChinaDate(day) + DAY_MS, ...rest }
    }
    case 'gateway.GatewayServiceRequest': {
      const { requestId: id, service, sendBefore } = value
      const key = requestKey(partner, id)
      if (!isServiceName(service)) throw new ServiceUnknownError(key, service)
      const request = { kind: 'service', endsAt: sendBefore, key, partner, id, framed, traceparent } as const
      return service === 'bptb_refund_file'
        ? { ...request, service, file: fileAskedFor(value) }
        : { ...request, service }
    }
  }
}

function fileAskedFor({ body }: GatewayServiceRequest): FileAskedFor {
  const parameters = new Map(parseForm(body).map(([name, value]) => [name, value.toString('latin1')]))
  return {
    partnerId: partnerId(parameters.get('partner') ?? ''),
    date: payDate(parameters.get('date') ?? ''),
  }
}
