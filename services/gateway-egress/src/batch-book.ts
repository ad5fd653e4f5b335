import type { PayDate } from '@payout/mapi/china-time'
import type { KnownBatch } from './batch-plan.ts'

/** A batch that stands in `gateway.attempts` as waiting or open. */
export interface HeldBatch {
  /** `partner/batchNo`. */
  readonly key: string
  readonly partner: string
  readonly batchNo: string
  readonly payDate: PayDate
  readonly state: 'waiting' | 'open'
  /** How many attempts were intended; 0 where it waits. */
  readonly attempts: number
  /** The whole GatewayRequest, framed. */
  readonly request: Buffer
  readonly traceparent: string | undefined
  /** Not to be tried before, UTC milliseconds. */
  readonly dueAt: number
}

/**
 * What `gateway.attempts` says of a lane's batches, in memory. Of a closed batch only its number and time are kept, of the others
 * the whole request. Batches with a call under way are not in it: whoever takes one out puts it back or closes it.
 */
export class BatchBook {
  readonly #closed = new Map<string, number>()
  readonly #held = new Map<string, HeldBatch>()
  readonly #byPartner = new Map<string, Map<string, HeldBatch>>()
  readonly #expired = new Set<string>()
  #today: PayDate | undefined
  readonly #counts = { waiting: 0, open: 0 }
  #bytes = 0

  known(key: string): KnownBatch | undefined {
    if (this.#closed.has(key)) return { state: 'closed' }
    return this.#held.get(key)
  }

  /** How many batches are waiting or open. */
  get size(): number {
    return this.#held.size
  }

  /** The bytes of their requests. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many of them. */
  count(state: HeldBatch['state']): number {
    return this.#counts[state]
  }

  /** Puts a batch in, in place of what stood there for its number. */
  hold(batch: HeldBatch): void {
    this.take(batch.key)
    this.#closed.delete(batch.key)
    this.#held.set(batch.key, batch)
    this.#counts[batch.state]++
    this.#bytes += batch.request.length
    const ofPartner = this.#byPartner.get(batch.partner)
    if (ofPartner === undefined) this.#byPartner.set(batch.partner, new Map([[batch.key, batch]]))
    else ofPartner.set(batch.key, batch)
    if (this.#today !== undefined && batch.payDate < this.#today) this.#expired.add(batch.key)
  }

  /** Takes a batch out. */
  take(key: string): void {
    const batch = this.#held.get(key)
    if (batch === undefined) return
    this.#held.delete(key)
    this.#expired.delete(key)
    this.#counts[batch.state]--
    this.#bytes -= batch.request.length
    const ofPartner = this.#byPartner.get(batch.partner)
    ofPartner?.delete(key)
    if (ofPartner?.size === 0) this.#byPartner.delete(batch.partner)
  }

  /** The batch's last word was said at `at`, UTC milliseconds. */
  close(key: string, at: number): void {
    this.take(key)
    this.#closed.set(key, at)
  }

  /** Nothing is known of the batch any more. */
  forget(key: string): void {
    this.take(key)
    this.#closed.delete(key)
  }

  /** Each partner's batches that are due and whose day is not over, those that came first in front. */
  *due(now: number): Generator<readonly [partner: string, batches: Iterable<HeldBatch>]> {
    for (const [partner, batches] of [...this.#byPartner]) yield [partner, this.#dueOf(batches, now)]
  }

  *#dueOf(batches: ReadonlyMap<string, HeldBatch>, now: number): Generator<HeldBatch> {
    for (const batch of batches.values()) {
      if (batch.dueAt <= now && !this.#expired.has(batch.key)) yield batch
    }
  }

  /** Whether anything is to be decided about. */
  hasWork(now: number): boolean {
    if (this.#expired.size > 0) return true
    for (const { dueAt } of this.#held.values()) if (dueAt <= now) return true
    return false
  }

  /** Says which day it is in China; true where a new one has begun. Batches of earlier days are then `expired`. */
  turnTo(today: PayDate): boolean {
    if (today === this.#today) return false
    this.#today = today
    this.#expired.clear()
    for (const { key, payDate } of this.#held.values()) if (payDate < today) this.#expired.add(key)
    return true
  }

  /** Batches whose day is over. */
  get expired(): Iterable<HeldBatch> {
    return [...this.#expired].flatMap((key) => this.#held.get(key) ?? [])
  }

  /** The numbers of batches closed before `at`. */
  closedBefore(at: number): string[] {
    return [...this.#closed].filter(([, closedAt]) => closedAt < at).map(([key]) => key)
  }
}
