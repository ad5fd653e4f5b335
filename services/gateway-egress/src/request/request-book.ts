import type { LogRecord, TaskSession } from '@payout/runtime/event-log/port'
import { replay } from '@payout/runtime/task/replay'
import type { Codec } from '@payout/schemas/codec'
import { ATTEMPTS } from '../topology.ts'
import { BATCH_LIFE_MS } from './closed-life.ts'
import { type BatchRequest, decodeRequest, laneRequest, requestKey, type ServiceRequest } from './lane-request.ts'

/** A request that stands in `gateway.attempts` as deferred or in doubt. */
export type HeldRequest = HeldBatch | HeldService
export type HeldBatch = BatchRequest & Standing
export type HeldService = ServiceRequest & Standing

interface Standing {
  readonly state: 'deferred' | 'in_doubt'
  /** How many attempts were intended; 0 where it is deferred. */
  readonly attempts: number
  /** Not to be tried before, UTC milliseconds. */
  readonly dueAt: number
}

/**
 * Where each request of a lane stands that was decided about: held (deferred or in doubt), under way, or closed. It
 * begins with what `gateway.attempts` says. Of a closed request only its key and time are kept, of one under way its
 * key, of a held one the whole request.
 */
export class RequestBook {
  readonly #closed = new Map<string, number>()
  readonly #held = new Map<string, HeldRequest>()
  readonly #underWay = new Set<string>()
  readonly #byPartner = new Map<string, Map<string, HeldRequest>>()
  /** No request ends before this moment. */
  #endsAt = Number.POSITIVE_INFINITY
  readonly #counts = { deferred: 0, in_doubt: 0 }
  #bytes = 0

  /** What is known of a request that is not under way; undefined where nothing is. */
  known(key: string): { readonly state: 'closed' } | HeldRequest | undefined {
    if (this.#closed.has(key)) return { state: 'closed' }
    return this.#held.get(key)
  }

  /**
   * The same of a batch number.
   * @throws TypeError where the key is a service request's: its claim does not let that happen.
   */
  knownBatch(key: string): { readonly state: 'closed' } | HeldBatch | undefined {
    const known = this.known(key)
    if (known === undefined || known.state === 'closed' || known.kind === 'batch') return known
    throw new TypeError(`${key} is both a batch number and the id of a service request`)
  }

  /** From its intent until its answer is settled, no other request of a number may begin (S5.3). */
  isUnderWay(key: string): boolean {
    return this.#underWay.has(key)
  }

  /** How many requests are deferred or in doubt, without those under way. */
  get size(): number {
    return this.#held.size
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many of them. */
  count(state: HeldRequest['state']): number {
    return this.#counts[state]
  }

  /** Puts a request in, in place of what stood there for its key. */
  hold(request: HeldRequest): void {
    this.forget(request.key)
    this.#held.set(request.key, request)
    this.#counts[request.state]++
    this.#bytes += request.framed.length
    const ofPartner = this.#byPartner.get(request.partner)
    if (ofPartner === undefined) this.#byPartner.set(request.partner, new Map([[request.key, request]]))
    else ofPartner.set(request.key, request)
    this.#endsAt = Math.min(this.#endsAt, request.endsAt)
  }

  /** An attempt of the request begins; `hold` or `close` ends it. */
  begin(key: string): void {
    this.#take(key)
    this.#underWay.add(key)
  }

  /** The request's last word was said; it is remembered until `forgetAt`, UTC milliseconds. */
  close(key: string, forgetAt: number): void {
    this.#take(key)
    this.#underWay.delete(key)
    this.#closed.set(key, forgetAt)
  }

  /** Nothing is known of the request any more. */
  forget(key: string): void {
    this.#take(key)
    this.#underWay.delete(key)
    this.#closed.delete(key)
  }

  #take(key: string): void {
    const request = this.#held.get(key)
    if (request === undefined) return
    this.#held.delete(key)
    this.#counts[request.state]--
    this.#bytes -= request.framed.length
    const ofPartner = this.#byPartner.get(request.partner)
    ofPartner?.delete(key)
    if (ofPartner?.size === 0) this.#byPartner.delete(request.partner)
  }

  /** Each partner's requests that are due and whose time is not over at `now`, those that came first in front. */
  *due(now: number): Generator<readonly [partner: string, requests: Iterable<HeldRequest>]> {
    for (const [partner, requests] of [...this.#byPartner]) yield [partner, dueOf(requests, now)]
  }

  /** Requests whose time is over at `now`: a batch's day, what a service request is to be sent before. */
  over(now: number): readonly HeldRequest[] {
    if (now < this.#endsAt) return []
    const over: HeldRequest[] = []
    this.#endsAt = Number.POSITIVE_INFINITY
    for (const request of this.#held.values()) {
      if (request.endsAt <= now) over.push(request)
      this.#endsAt = Math.min(this.#endsAt, request.endsAt)
    }
    return over
  }

  /** Whether anything is to be decided about. */
  hasWork(now: number): boolean {
    for (const { dueAt, endsAt } of this.#held.values()) if (dueAt <= now || endsAt <= now) return true
    return false
  }

  /** The keys of closed requests that need not be remembered any more at `now`, UTC milliseconds. */
  forgettable(now: number): string[] {
    return [...this.#closed].filter(([, forgetAt]) => forgetAt < now).map(([key]) => key)
  }
}

/**
 * A request whose intent is committed, and whose call was not made: nobody but this session could have made it, so the
 * attempt is not counted here.
 */
export function notAttempted(held: HeldRequest, dueAt = held.dueAt): HeldRequest {
  const attempts = held.attempts - 1
  return { ...held, attempts, state: attempts > 0 ? 'in_doubt' : 'deferred', dueAt }
}

function* dueOf(requests: ReadonlyMap<string, HeldRequest>, now: number): Generator<HeldRequest> {
  for (const request of requests.values()) if (request.dueAt <= now && request.endsAt > now) yield request
}

/**
 * Reads the lane of `gateway.attempts` to its end (S5.1). The last record of a key counts.
 * @throws NotAvroError, UnknownSchemaError, ServiceUnknownError where a record can't be read: the lane has to wait.
 */
export async function readRequestBook(session: TaskSession, codec: Codec): Promise<RequestBook> {
  const book = new RequestBook()
  await replay(session, ATTEMPTS, (record) => apply(record, book, codec))
  return book
}

function apply(record: LogRecord, book: RequestBook, codec: Codec): void {
  if (record.value === null) {
    if (record.key !== null) book.forget(record.key.toString())
    return
  }
  const { value } = codec.decode(record.value, ['gateway.GatewayAttempt'])
  switch (value.state) {
    case 'closed':
      book.close(requestKey(value.partner, value.batchNo), value.forgetAt ?? value.at + BATCH_LIFE_MS)
      return
    case 'deferred':
    case 'in_doubt': {
      const signed = decodeRequest(codec, value.request)
      const request = laneRequest(signed, value.request ?? Buffer.alloc(0), record.headers.traceparent)
      book.hold({ ...request, state: value.state, attempts: value.attempts, dueAt: 0 })
    }
  }
}
