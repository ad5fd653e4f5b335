import type { BatchRequest, ServiceRequest } from './lane-request.ts'

/** A request that stands in `gateway.attempts` as waiting or open. */
export type HeldRequest = HeldBatch | HeldService
export type HeldBatch = BatchRequest & Standing
export type HeldService = ServiceRequest & Standing

interface Standing {
  readonly state: 'deferred' | 'in_doubt'
  /** How many attempts were intended; 0 where it waits. */
  readonly attempts: number
  /** Not to be tried before, UTC milliseconds. */
  readonly dueAt: number
}

/**
 * What `gateway.attempts` says of a lane's requests, in memory. Of a closed one only its key and time are kept, of the others
 * the whole request. Requests with a call under way are not in it: whoever takes one out puts it back or closes it.
 */
export class RequestBook {
  readonly #closed = new Map<string, number>()
  readonly #held = new Map<string, HeldRequest>()
  readonly #byPartner = new Map<string, Map<string, HeldRequest>>()
  /** No request ends before this moment. */
  #endsAt = Number.POSITIVE_INFINITY
  readonly #counts = { deferred: 0, in_doubt: 0 }
  #bytes = 0

  known(key: string): { readonly state: 'closed' } | HeldRequest | undefined {
    if (this.#closed.has(key)) return { state: 'closed' }
    return this.#held.get(key)
  }

  /** The same of a batch number. @throws TypeError where the key is a service request's: its claim does not let that happen. */
  knownBatch(key: string): { readonly state: 'closed' } | HeldBatch | undefined {
    const known = this.known(key)
    if (known === undefined || known.state === 'closed' || known.kind === 'batch') return known
    throw new TypeError(`${key} is both a batch number and the id of a service request`)
  }

  /** How many requests are waiting or open. */
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
    this.take(request.key)
    this.#closed.delete(request.key)
    this.#held.set(request.key, request)
    this.#counts[request.state]++
    this.#bytes += request.framed.length
    const ofPartner = this.#byPartner.get(request.partner)
    if (ofPartner === undefined) this.#byPartner.set(request.partner, new Map([[request.key, request]]))
    else ofPartner.set(request.key, request)
    this.#endsAt = Math.min(this.#endsAt, request.endsAt)
  }

  /** Takes a request out. */
  take(key: string): void {
    const request = this.#held.get(key)
    if (request === undefined) return
    this.#held.delete(key)
    this.#counts[request.state]--
    this.#bytes -= request.framed.length
    const ofPartner = this.#byPartner.get(request.partner)
    ofPartner?.delete(key)
    if (ofPartner?.size === 0) this.#byPartner.delete(request.partner)
  }

  /** The request's last word was said; it is remembered until `forgetAt`, UTC milliseconds. */
  close(key: string, forgetAt: number): void {
    this.take(key)
    this.#closed.set(key, forgetAt)
  }

  /** Nothing is known of the request any more. */
  forget(key: string): void {
    this.take(key)
    this.#closed.delete(key)
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

function* dueOf(requests: ReadonlyMap<string, HeldRequest>, now: number): Generator<HeldRequest> {
  for (const request of requests.values()) if (request.dueAt <= now && request.endsAt > now) yield request
}
