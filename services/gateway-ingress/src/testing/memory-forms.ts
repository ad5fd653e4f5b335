import { setTimeout as sleep } from 'node:timers/promises'
import type { LogRecord, ReadOptions } from '@payout/runtime/event-log/port'
import { RedisUnavailableError } from '@payout/runtime/redis/errors'
import type { UsedForms } from '@payout/runtime/redis/port'
import { Codec } from '@payout/schemas/codec'
import type { GatewayForm } from '@payout/schemas/generated/records'
import type { FormSearchLog } from '../agreement-page/form-search.ts'
import type { FormsEventLog } from '../agreement-page/forms.ts'

const POLL_MS = 2

/** `gateway.forms` in memory. Each record is a transaction of its own, so that a marker stands behind it. */
export class MemoryFormsLog implements FormsEventLog, FormSearchLog {
  readonly #records: LogRecord[] = []
  readonly #partitions: number
  readonly #codec = new Codec()
  /** Readings that began, as `end` or `follow`. */
  readonly readings: string[] = []
  /** How often it was asked how far it goes. */
  askings = 0
  /** While true no reading begins and no question is answered, and readings under way break. */
  away = false
  /** While true a reading to the end does not come to it. */
  slow = false
  /** Records that were handed out and processed, over all readings. */
  done = 0
  /** Lanes of which nothing that is written comes to those who follow. */
  readonly heldBack = new Set<number>()

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  /** Appends a form in place of the one that the key had; null takes it away. Bytes are written as they are. */
  put(key: string, form: GatewayForm | Buffer | null, partition = 0): void {
    const value = form === null || Buffer.isBuffer(form) ? form : this.#codec.encode('gateway.GatewayForm', form)
    this.#records.push({
      topic: 'gateway.forms',
      partition,
      offset: this.#end(partition),
      timestamp: 0,
      key: Buffer.from(key),
      value,
      headers: {},
    })
  }

  async partitions(): Promise<number> {
    if (this.away) throw new Error('Kafka is away')
    return this.#partitions
  }

  async written(): Promise<number[]> {
    this.askings += 1
    if (this.away) throw new Error('Kafka is away')
    return Array.from({ length: this.#partitions }, (_, partition) => this.#end(partition))
  }

  async *read({ from, until, signal, onPosition }: ReadOptions): AsyncGenerator<LogRecord, void> {
    this.readings.push(until)
    const next = new Map(from.map(({ partition, at }) => [partition, offsetOf(at)]))
    for (const [partition, begin] of next) onPosition?.('gateway.forms', partition, begin)
    for (;;) {
      if (this.away) throw new Error('Kafka is away')
      if (signal?.aborted && until === 'follow') return
      signal?.throwIfAborted()
      const record = this.#records.find(({ partition, offset }) => {
        const isHeldBack = until === 'follow' && this.heldBack.has(partition)
        return !isHeldBack && offset >= (next.get(partition) ?? Number.POSITIVE_INFINITY)
      })
      if (record === undefined) {
        if (until === 'end' && !this.slow) return
        await sleep(POLL_MS)
        continue
      }
      yield record
      this.done += 1
      next.set(record.partition, record.offset + 2)
      onPosition?.('gateway.forms', record.partition, record.offset + 2)
    }
  }

  #end(partition: number): number {
    return 2 * this.#records.filter((record) => record.partition === partition).length
  }
}

function offsetOf(at: ReadOptions['from'][number]['at']): number {
  if (typeof at === 'string' || !('offset' in at)) throw new RangeError('forms are read from an offset')
  return at.offset
}

/** Redis' part in memory; `away` makes each call fail. */
export class MemoryUsedForms implements UsedForms {
  /** What was used, with its life in milliseconds. */
  readonly lives = new Map<string, number>()
  away = false

  async use(key: string, lifeMs: number): Promise<boolean> {
    if (this.away) throw new RedisUnavailableError('Redis is away.')
    if (this.lives.has(key)) return false
    this.lives.set(key, lifeMs)
    return true
  }
}
