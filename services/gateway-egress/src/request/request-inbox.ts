import type { LogRecord } from '@payout/runtime/event-log/port'
import { batchContentHash } from '@payout/runtime/record/batch-content-hash'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import { serviceContentHash } from '@payout/runtime/record/service-content-hash'
import type { Claim, ClaimOutcome, Claims } from '@payout/runtime/redis/port'
import type { Codec } from '@payout/schemas/codec'
import { placeOf } from '@payout/schemas/place'
import { GROUP } from '../topology.ts'
import { decodeRequest, type LaneRequest, laneRequest, type SignedRequest } from './lane-request.ts'
import { BatchNumberTakenError, BelowCheckpointError } from './request-errors.ts'

/** A request that was read and about which nothing is decided yet. */
export interface FreshRequest {
  readonly request: LaneRequest
  readonly signed: SignedRequest
  readonly offset: number
  readonly claim: Claim
}

/** Requests of the lane in the order of the topic: they are read, then claimed, then decided about. */
export class RequestInbox {
  readonly #codec: Codec
  readonly #requests = new Map<number, FreshRequest>()
  readonly #unclaimed = new Set<FreshRequest>()
  #bytes = 0
  #progress = false
  #unreadableAt: number | undefined
  #fault: { readonly error: unknown } | undefined

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
   * What a person has to look at before the lane can go on. The offset stays at its record, and no record after it is
   * taken in. NotAvroError, UnknownSchemaError, UnexpectedRecordError, ServiceUnknownError, MapiError: it can't be
   * read. BatchNumberTakenError: its number is another request's. BelowCheckpointError: it is processed already, and
   * the next session looks at the offset again.
   */
  get fault(): { readonly error: unknown } | undefined {
    return this.#fault
  }

  /** Takes a record in. */
  add(record: LogRecord): void {
    if (this.#fault) return
    try {
      const signed = decodeRequest(this.#codec, record.value)
      const request = laneRequest(signed, record.value ?? Buffer.alloc(0), record.headers.traceparent)
      const fresh: FreshRequest = { request, signed, offset: record.offset, claim: claimOf(request, signed, record) }
      this.#requests.set(record.offset, fresh)
      this.#unclaimed.add(fresh)
      this.#bytes += request.framed.length
    } catch (error) {
      this.#unreadableAt = record.offset
      this.#fault = { error }
    }
  }

  /**
   * Claims the numbers of those that were added since (S2.6).
   * @throws RedisUnavailableError, RedisNotTrustedError: nothing of them is claimed as far as is known, and it may be
   *   tried again.
   */
  async claim(claims: Claims): Promise<void> {
    const requests = [...this.#unclaimed]
    if (requests.length === 0) return
    const outcomes = await claimRequests(requests, claims)
    for (const fresh of requests) {
      try {
        checkClaim(fresh, outcomes.get(fresh))
        this.#unclaimed.delete(fresh)
      } catch (error) {
        // It stays in the inbox: the offset stays at it.
        this.#fault = { error }
        return
      }
    }
  }

  /** Those whose number is claimed. */
  *[Symbol.iterator](): Generator<FreshRequest> {
    for (const fresh of [...this.#requests.values()]) if (!this.#unclaimed.has(fresh)) yield fresh
  }

  /** The request has an intent, or stands in `gateway.attempts`, or there is nothing to be done with it. */
  processed({ offset, request }: FreshRequest): void {
    this.#requests.delete(offset)
    this.#bytes -= request.framed.length
    this.#progress = true
  }

  /** Whether a request was processed since the last call. */
  takeProgress(): boolean {
    const progress = this.#progress
    this.#progress = false
    return progress
  }

  /** The offset that may be committed (S5.3): that of the lowest request that is not processed, else `position`. */
  offset(position: number): number {
    for (const { offset } of this.#requests.values()) return Math.min(offset, this.#unreadableAt ?? offset)
    return Math.min(position, this.#unreadableAt ?? position)
  }
}

/** The claim of its batch number or request id (S2.6). */
function claimOf({ key }: LaneRequest, { name, value }: SignedRequest, record: LogRecord): Claim {
  const coordinates = coordinatesOf(record)
  switch (name) {
    case 'gateway.GatewayRequest':
      return { key, contentHash: batchContentHash(value), coordinates }
    case 'gateway.GatewayServiceRequest':
      return { key, contentHash: serviceContentHash(value), coordinates }
  }
}

/** Claims batch numbers, and ids of service requests, each under a kind of its own. */
async function claimRequests(
  requests: readonly FreshRequest[],
  claims: Claims,
): Promise<ReadonlyMap<FreshRequest, ClaimOutcome>> {
  const outcomes = new Map<FreshRequest, ClaimOutcome>()
  for (const kind of ['batch', 'service'] as const) {
    const ofKind = requests.filter(({ request }) => request.kind === kind)
    if (ofKind.length === 0) continue
    const answers = await claims.claim(
      kind,
      GROUP,
      ofKind.map(({ claim }) => claim),
    )
    for (const [i, request] of ofKind.entries()) {
      const outcome = answers[i]
      if (outcome) outcomes.set(request, outcome)
    }
  }
  return outcomes
}

/**
 * A second signing of a batch has its number and its content; the same number with other content must never be sent
 * (S2.6, S4).
 */
function checkClaim({ claim: { key, coordinates } }: FreshRequest, outcome: ClaimOutcome | undefined): void {
  switch (outcome?.kind) {
    case 'acquired':
    case 'reentrant':
      return
    case 'duplicate':
      if (!outcome.sameContent) throw new BatchNumberTakenError(key, placeOf(coordinates), placeOf(outcome.by))
      return
    case 'stale':
    case undefined:
      throw new BelowCheckpointError(placeOf(coordinates))
  }
}
