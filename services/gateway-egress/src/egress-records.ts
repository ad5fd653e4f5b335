import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { Codec } from '@payout/schemas/codec'
import type { GatewayAnswer, GatewayAttempt, GatewayToSign, Records } from '@payout/schemas/generated/records'

/** The names of a batch in the log. */
export interface BatchName {
  readonly partner: string
  readonly batchNo: string
}

/** `partner/batchNo`: the key of every `gateway.*` record, and of a batch number's claim. */
export function batchKey({ partner, batchNo }: BatchName): string {
  return `${partner}/${batchNo}`
}

/** Writes egress's records for one lane. The same thing always gets the same `ce_id`. */
export class EgressRecords {
  readonly #codec: Codec
  readonly #source: string
  readonly #partition: number

  constructor(codec: Codec, namespace: string, partition: number) {
    this.#codec = codec
    this.#source = `/${namespace}/gateway-egress`
    this.#partition = partition
  }

  /** The answer to one attempt, or, where none was made for it, the last word. */
  answer(value: GatewayAnswer, traceparent: string | undefined): OutgoingRecord {
    const key = batchKey(value)
    const id = value.sentAt === null ? `last-word/${key}` : `answer/${key}/${value.attempt}`
    return this.#record('gateway.answers', 'gateway.GatewayAnswer', value, id, value.answeredAt, traceparent)
  }

  /** The batch waits, or an attempt of it is intended: `gateway.attempts` holds its request whole. */
  held(value: GatewayAttempt, payDate: string, traceparent: string | undefined): OutgoingRecord {
    const id = `attempt/${batchKey(value)}/${payDate}/${value.state}/${value.attempts}`
    return this.#record('gateway.attempts', 'gateway.GatewayAttempt', value, id, value.at, traceparent)
  }

  /** The batch's last word is said. */
  closed(value: Omit<GatewayAttempt, 'state' | 'request'>, traceparent: string | undefined): OutgoingRecord {
    const closed: GatewayAttempt = { ...value, state: 'closed', request: null }
    return this.#record(
      'gateway.attempts',
      'gateway.GatewayAttempt',
      closed,
      `closed/${batchKey(value)}`,
      value.at,
      traceparent,
    )
  }

  /** Removes what `gateway.attempts` says of a batch. */
  forget(key: string): OutgoingRecord {
    return { topic: 'gateway.attempts', partition: this.#partition, key, value: null, headers: {} }
  }

  toSign(value: GatewayToSign, time: number, traceparent: string | undefined): OutgoingRecord {
    const id = `to-sign/${batchKey(value)}/${value.signing}`
    return this.#record('gateway.to-sign', 'gateway.GatewayToSign', value, id, time, traceparent)
  }

  #record<N extends EgressRecordName>(
    topic: OutgoingRecord['topic'],
    name: N,
    value: Records[N],
    id: string,
    time: number,
    traceparent: string | undefined,
  ): OutgoingRecord {
    const key = batchKey(value)
    return {
      topic,
      partition: this.#partition,
      key,
      value: this.#codec.encode(name, value),
      headers: cloudEventHeaders({ id, type: eventType(name), source: this.#source, subject: key, time, traceparent }),
    }
  }
}

type EgressRecordName = 'gateway.GatewayAnswer' | 'gateway.GatewayAttempt' | 'gateway.GatewayToSign'
