import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { Codec } from '@payout/schemas/codec'
import type { Records } from '@payout/schemas/generated/records'
import type { EventLog, OutgoingRecord } from './event-log/port.ts'

/** The events of payouts, by full record name. */
export type PayoutEventName = {
  [N in keyof Records]: Records[N] extends { readonly eventId: string } ? N : never
}[keyof Records]

/** An event with its name, so that a `switch` over the name narrows the value. */
export type PayoutEvent = { [N in PayoutEventName]: { readonly name: N; readonly value: Records[N] } }[PayoutEventName]

/**
 * Makes records of `payout.events`: keyed by partner and payout id, so that the events of one payout stay in order; placed as Java
 * would place them; with CloudEvents headers.
 */
export class PayoutEventWriter {
  readonly #log: Pick<EventLog, 'partitionFor'>
  readonly #codec: Codec
  readonly #source: string

  /** @param source the `ce_source`: `/namespace/service`. */
  constructor(log: Pick<EventLog, 'partitionFor'>, codec: Codec, source: string) {
    this.#log = log
    this.#codec = codec
    this.#source = source
  }

  async record(event: PayoutEvent, traceparent?: string): Promise<OutgoingRecord> {
    const { partner, payoutId, eventId, occurredAt } = event.value
    // Evidence about none of our payouts still needs a place that is always the same.
    const subject = `${partner}/${payoutId ?? ('batchNo' in event.value ? event.value.batchNo : null) ?? ''}`
    return {
      topic: 'payout.events',
      partition: await this.#log.partitionFor('payout.events', subject),
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
