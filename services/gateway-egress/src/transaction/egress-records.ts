import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import { switchRecord } from '@payout/runtime/switches/switch-record'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { Codec } from '@payout/schemas/codec'
import type {
  GatewayAnswer,
  GatewayAttempt,
  GatewayReturnRows,
  GatewayServiceAnswer,
  GatewaySwitch,
  GatewayToSign,
  Records,
} from '@payout/schemas/generated/records'
import {
  answerId,
  type BatchRequest,
  type LaneRequest,
  requestKey,
  type ServiceRequest,
} from '../request/lane-request.ts'

/** What was said, and when (UTC milliseconds). */
interface Note {
  readonly attempts: number
  readonly code: string | null
  readonly at: number
}

type BatchAnswer = Omit<GatewayAnswer, 'partner' | 'batchNo' | 'payDate' | 'resubmission'>
type ServiceAnswer = Omit<GatewayServiceAnswer, 'partner' | 'requestId' | 'service'>

/** What a record is about, and what it carries on. */
type About = Pick<LaneRequest, 'key' | 'traceparent'>

/** Writes egress's records for one lane. The same thing always gets the same `ce_id`. */
export class EgressRecords {
  readonly #codec: Codec
  readonly #namespace: string
  readonly #source: string
  readonly #partition: number

  constructor(codec: Codec, namespace: string, partition: number) {
    this.#codec = codec
    this.#namespace = namespace
    this.#source = `/${namespace}/gateway-egress`
    this.#partition = partition
  }

  /** The answer to one attempt for a batch. */
  batchAnswer(request: BatchRequest, answer: BatchAnswer): OutgoingRecord {
    const { partner, id: batchNo, payDate, resubmission } = request
    const value = { partner, batchNo, payDate, resubmission, ...answer }
    return this.#answer('gateway.GatewayAnswer', value, request)
  }

  /** The answer to one attempt for a service request. */
  serviceAnswer(request: ServiceRequest, answer: ServiceAnswer): OutgoingRecord {
    const { partner, id: requestId, service } = request
    return this.#answer('gateway.GatewayServiceAnswer', { partner, requestId, service, ...answer }, request)
  }

  /** The last word on a request without an answer to it: nobody knows. */
  lastWord(request: LaneRequest, { attempts: attempt, code, at }: Note): OutgoingRecord {
    const word = { attempt, code, outcome: 'unknown', final: true, httpStatus: null, body: null } as const
    const never = { sentAt: null, answeredAt: at }
    switch (request.kind) {
      case 'batch':
        return this.batchAnswer(request, { ...word, ...never })
      case 'service':
        return this.serviceAnswer(request, { ...word, ...never, contentType: null, file: null })
    }
  }

  /** Rows of a return file, `part` counting the file's records from 0, in the lane of their batch number. */
  returnRows(request: ServiceRequest, value: GatewayReturnRows, part: number, partition: number): OutgoingRecord {
    const about = { key: requestKey(value.partner, value.batchNo), traceparent: request.traceparent }
    const id = `return-rows/${request.key}/${value.fileHash}/${part}`
    return {
      ...this.#record('gateway.answers', 'gateway.GatewayReturnRows', value, id, value.readAt, about),
      partition,
    }
  }

  /** The request is deferred, or an attempt of it is intended: `gateway.attempts` holds it whole. */
  held(request: LaneRequest, state: 'deferred' | 'in_doubt', note: Note): OutgoingRecord {
    const signing = request.kind === 'batch' ? request.payDate : request.service
    const id = `attempt/${request.key}/${signing}/${state}/${note.attempts}`
    return this.#attempt(request, id, { state, request: request.framed, ...note, forgetAt: null })
  }

  /** The request's last word is said, and it is remembered until `forgetAt`, UTC milliseconds. */
  closed(request: LaneRequest, note: Note, forgetAt: number): OutgoingRecord {
    return this.#attempt(request, `closed/${request.key}`, { state: 'closed', request: null, ...note, forgetAt })
  }

  /** Removes what `gateway.attempts` says of a request. */
  forget(key: string): OutgoingRecord {
    return { topic: 'gateway.attempts', partition: this.#partition, key, value: null, headers: {} }
  }

  /** The batch has to be signed for another day. */
  toSign(request: LaneRequest, value: GatewayToSign, time: number): OutgoingRecord {
    const id = `to-sign/${request.key}/${value.signing}`
    return this.#record('gateway.to-sign', 'gateway.GatewayToSign', value, id, time, request)
  }

  /** A partner is stopped. */
  switched(value: GatewaySwitch): OutgoingRecord {
    return switchRecord(value, { namespace: this.#namespace, service: 'gateway-egress', codec: this.#codec })
  }

  #answer<N extends 'gateway.GatewayAnswer' | 'gateway.GatewayServiceAnswer'>(
    name: N,
    value: Records[N],
    request: LaneRequest,
  ): OutgoingRecord {
    const id = value.sentAt === null ? `last-word/${request.key}` : answerId(request.key, value.attempt)
    return this.#record('gateway.answers', name, value, id, value.answeredAt, request)
  }

  #attempt(request: LaneRequest, id: string, value: Omit<GatewayAttempt, 'partner' | 'batchNo'>): OutgoingRecord {
    const { partner, id: batchNo } = request
    const attempt = { partner, batchNo, ...value }
    return this.#record('gateway.attempts', 'gateway.GatewayAttempt', attempt, id, value.at, request)
  }

  #record<N extends EgressRecordName>(
    topic: OutgoingRecord['topic'],
    name: N,
    value: Records[N],
    id: string,
    time: number,
    { key, traceparent }: About,
  ): OutgoingRecord {
    return {
      topic,
      partition: this.#partition,
      key,
      value: this.#codec.encode(name, value),
      headers: cloudEventHeaders({ id, type: eventType(name), source: this.#source, subject: key, time, traceparent }),
    }
  }
}

type EgressRecordName =
  | 'gateway.GatewayAnswer'
  | 'gateway.GatewayServiceAnswer'
  | 'gateway.GatewayReturnRows'
  | 'gateway.GatewayAttempt'
  | 'gateway.GatewayToSign'
