import { type PayDate, payDate } from '@payout/mapi/china-time'
import { batchContentHash } from '@payout/runtime/batch-content-hash'
import type { LogRecord } from '@payout/runtime/event-log/port'
import type { Claim } from '@payout/runtime/redis/port'
import type { Codec } from '@payout/schemas/codec'
import type { GatewayRequest } from '@payout/schemas/generated/records'
import { decodeRequest } from './attempt-log.ts'

import { batchKey } from './egress-records.ts'

/** A request that was read and about which nothing is decided yet. */
export interface FreshRequest {
  /** `partner/batchNo`. */
  readonly key: string
  readonly request: GatewayRequest
  readonly payDate: PayDate
  /** The record's value, byte for byte. */
  readonly framed: Buffer
  readonly traceparent: string | undefined
  readonly offset: number
  readonly claim: Claim
}

/** Requests of the lane in the order of the topic, from being read to being decided about. */
export class RequestInbox {
  readonly #codec: Codec
  readonly #requests = new Map<number, FreshRequest>()
  readonly #unclaimed = new Set<FreshRequest>()
  #bytes = 0
  #progress = false
  #stuckAt: number | undefined

  constructor(codec: Codec) {
    this.#codec = codec
  }

  get size(): number {
    return this.#requests.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Takes a record in.
   * @throws NotAvroError, UnknownSchemaError, UnexpectedRecordError, MapiError where it can't be read; from then on `offset` stays at
   *   this record.
   */
  add(record: LogRecord): void {
    try {
      const request = decodeRequest(this.#codec, record.value)
      const key = batchKey(request)
      const fresh: FreshRequest = {
        key,
        request,
        payDate: payDate(request.payDate),
        framed: record.value ?? Buffer.alloc(0),
        traceparent: record.headers.traceparent,
        offset: record.offset,
        claim: { key, contentHash: batchContentHash(request), coordinates: coordinates(record) },
      }
      this.#requests.set(record.offset, fresh)
      this.#unclaimed.add(fresh)
      this.#bytes += fresh.framed.length
    } catch (error) {
      this.#stuckAt ??= record.offset
      throw error
    }
  }

  /** Those whose batch number is not claimed yet. */
  get unclaimed(): readonly FreshRequest[] {
    return [...this.#unclaimed]
  }

  claimed(request: FreshRequest): void {
    this.#unclaimed.delete(request)
  }

  /** Those whose batch number is claimed. */
  *[Symbol.iterator](): Generator<FreshRequest> {
    for (const request of [...this.#requests.values()]) if (!this.#unclaimed.has(request)) yield request
  }

  /** The request is answered, or stands in `gateway.attempts`, or there is nothing to be done with it. */
  workedOff(request: FreshRequest): void {
    this.#requests.delete(request.offset)
    this.#bytes -= request.framed.length
    this.#progress = true
  }

  /** Whether a request was worked off since it was last asked. */
  takeProgress(): boolean {
    const progress = this.#progress
    this.#progress = false
    return progress
  }

  /** The offset that may be committed (S5.3): that of the lowest request that is not worked off, else `position`. */
  offset(position: number): number {
    for (const { offset } of this.#requests.values()) return Math.min(offset, this.#stuckAt ?? offset)
    return Math.min(position, this.#stuckAt ?? position)
  }
}

function coordinates({ topic, partition, offset, timestamp }: LogRecord): Claim['coordinates'] {
  return { topic, partition, offset, line: 0, timestamp }
}
