import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { Codec, NamedRecord } from '@payout/schemas/codec'
import type { Records } from '@payout/schemas/generated/records'
import type { EventLog, OutgoingRecord } from '../event-log/port.ts'

/** Full names of the records that are events for downstream and have these fields. */
type EventNameWith<Fields> = { [N in keyof Records]: Records[N] extends Fields ? N : never }[keyof Records]

/** The record with its name, so that a `switch` over the name narrows the value. */
type Named<Names extends keyof Records> = { [N in Names]: { readonly name: N; readonly value: Records[N] } }[Names]

/** The events of payouts, by full record name. */
export type PayoutEventName = EventNameWith<{ readonly eventId: string; readonly payoutId: string | null }>
export type PayoutEvent = Named<PayoutEventName>

/** The events of return files as a whole. */
export type ReturnFileEventName = EventNameWith<
  | { readonly eventId: string; readonly fileDate: string; readonly problemCount: number }
  | { readonly eventId: string; readonly fileDate: string; readonly rows: number }
>
export type ReturnFileEvent = Named<ReturnFileEventName>

/** The events of agreements. */
export type AgreementEventName = EventNameWith<{ readonly eventId: string; readonly agreementId: string | null }>
export type AgreementEvent = Named<AgreementEventName>

/** Everything that downstream reads. */
export type DomainEvent = PayoutEvent | ReturnFileEvent | AgreementEvent

/** Whether a record is an event of a payout. */
export function isPayoutEvent(named: NamedRecord): named is PayoutEvent {
  return 'eventId' in named.value && 'payoutId' in named.value
}

/** Whether a record is an event of an agreement. */
export function isAgreementEvent(named: NamedRecord): named is AgreementEvent {
  return 'eventId' in named.value && 'agreementId' in named.value
}

/** Whether a record is an event of a return file as a whole. */
export function isReturnFileEvent(named: NamedRecord): named is ReturnFileEvent {
  return named.name === 'payout.PayoutReturnFileRead' || named.name === 'payout.PayoutReturnFileFailed'
}

/** Whether a record is one that downstream reads. */
export function isDomainEvent(named: NamedRecord): named is DomainEvent {
  return isPayoutEvent(named) || isAgreementEvent(named) || isReturnFileEvent(named)
}

/**
 * Makes records of `payout.events` and `agreement.events`: keyed by partner and what they are about, so that the
 * events of one payout, agreement or return file stay in order; placed as Java would place them; with CloudEvents
 * headers.
 */
export class DomainEventWriter {
  readonly #log: Pick<EventLog, 'partitionFor'>
  readonly #codec: Codec
  readonly #source: string

  /** @param source the `ce_source`: `/namespace/service`. */
  constructor(log: Pick<EventLog, 'partitionFor'>, codec: Codec, source: string) {
    this.#log = log
    this.#codec = codec
    this.#source = source
  }

  async record(event: DomainEvent, traceparent?: string): Promise<OutgoingRecord> {
    const { partner, eventId, occurredAt } = event.value
    const topic = 'agreementId' in event.value ? 'agreement.events' : 'payout.events'
    const subject = `${partner}/${subjectOf(event)}`
    return {
      topic,
      partition: await this.#log.partitionFor(topic, subject),
      key: subject,
      value: this.#codec.encode(event.name, event.value),
      headers: cloudEventHeaders({
        id: eventId,
        type: eventType(event.name),
        source: this.#source,
        subject,
        time: occurredAt,
        traceparent,
      }),
    }
  }
}

/**
 * What the event is about, within its partner. Evidence about none of our payouts still needs a place that is always
 * the same.
 */
function subjectOf({ name, value }: DomainEvent): string {
  if ('agreementId' in value) return value.agreementId ?? `command/${value.commandId}`
  if (!('payoutId' in value)) return `return-file/${value.fileDate}`
  if (value.payoutId !== null) return value.payoutId
  if (name === 'payout.PayoutReturned') return `return/${value.withdrawalSerial}`
  return ('batchNo' in value ? value.batchNo : null) ?? ''
}
