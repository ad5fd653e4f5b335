import type { LogRecord } from '@payout/runtime/event-log/port'
import { batchContentHash } from '@payout/runtime/record/batch-content-hash'
import { serviceContentHash } from '@payout/runtime/record/service-content-hash'
import type { Claim } from '@payout/runtime/redis/port'
import type { Codec } from '@payout/schemas/codec'
import { decodeRequest, type LaneRequest, laneRequest, type SignedRequest } from './lane-request.ts'

/** A request that was read and about which nothing is decided yet. */
export interface FreshRequest {
  readonly request: LaneRequest
  readonly signed: SignedRequest
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
   * @throws NotAvroError, UnknownSchemaError, UnexpectedRecordError, ServiceUnknownError, MapiError where it can't be read; from then on
   *   `offset` stays at this record.
   */
  add(record: LogRecord): void {
    try {
      const signed = decodeRequest(this.#codec, record.value)
      const request = laneRequest(signed, record.value ?? Buffer.alloc(0), record.headers.traceparent)
      const fresh: FreshRequest = { request, signed, offset: record.offset, claim: claimOf(request, signed, record) }
      this.#requests.set(record.offset, fresh)
      this.#unclaimed.add(fresh)
      this.#bytes += request.framed.length
    } catch (error) {
      this.#stuckAt ??= record.offset
      throw error
    }
  }

  /** Those whose number is not claimed yet. */
  get unclaimed(): readonly FreshRequest[] {
    return [...this.#unclaimed]
  }

  claimed(fresh: FreshRequest): void {
    this.#unclaimed.delete(fresh)
  }

  /** Those whose number is claimed. */
  *[Symbol.iterator](): Generator<FreshRequest> {
    for (const fresh of [...this.#requests.values()]) if (!this.#unclaimed.has(fresh)) yield fresh
  }

  /** The request is answered, or stands in `gateway.attempts`, or there is nothing to be done with it. */
  processed({ offset, request }: FreshRequest): void {
    this.#requests.delete(offset)
    this.#bytes -= request.framed.length
    this.#progress = true
  }

  /** Whether a request was processed since it was last asked. */
  takeProgress(): boolean {
    const progress = this.#progress
    this.#progress = false
    return progress
  }

  /** The offset that may be committed (S5.3): that of the lowest request that is not processed, else `position`. */
  offset(position: number): number {
    for (const { offset } of this.#requests.values()) return Math.min(offset, this.#stuckAt ?? offset)
    return Math.min(position, this.#stuckAt ?? position)
  }
}

/** The claim of its batch number or request id (S2.6). */
function claimOf({ key }: LaneRequest, { name, value }: SignedRequest, record: LogRecord): Claim {
  const { topic, partition, offset, timestamp } = record
  const coordinates = { topic, partition, offset, line: 0, timestamp }
  switch (name) {
    case 'gateway.GatewayRequest':
      return { key, contentHash: batchContentHash(value), coordinates }
    case 'gateway.GatewayServiceRequest':
      return { key, contentHash: serviceContentHash(value), coordinates }
  }
}
