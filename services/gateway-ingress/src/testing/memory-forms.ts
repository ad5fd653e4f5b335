import { setTimeout as sleep } from 'node:timers/promises'
import type { LogRecord, ReadOptions } from '@payout/runtime/event-log/port'
import { RedisUnavailableError } from '@payout/runtime/redis/errors'
import type { UsedForms } from '@payout/runtime/redis/port'
import { Codec } from '@payout/schemas/codec'
import type { GatewayForm } from '@payout/schemas/generated/records'
import type { FormsEventLog } from '../forms.ts'

const POLL_MS = 2

/** `gateway.forms` in memory. */
export class MemoryFormsLog implements FormsEventLog {
  readonly #records: LogRecord[] = []
  readonly #partitions: number
  readonly #codec = new Codec()
  /** Readings that began, as `end` or `follow`. */
  readonly readings: string[] = []
  /** While true no reading begins, and those under way break. */
  away = false
  /** While true a reading to the end takes its time. */
  slow = false

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  /** Appends a form in place of the one that the key had; null takes it away. Bytes are written as they are. */
  put(key: string, form: GatewayForm | Buffer | null, partition = 0): void {
    const value = form === null || Buffer.isBuffer(form) ? form : this.#codec.encode('gateway.GatewayForm', form)
    const offset = this.#records.filter((record) => record.partition === partition).length
    this.#records.push({
      topic: 'gateway.forms',
      partition,
      offset,
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

  async *read({ from, until, signal }: ReadOptions): AsyncGenerator<LogRecord, void> {
    this.readings.push(until)
    const next = new Map(from.map(({ partition, at }) => [partition, offsetOf(at)]))
    for (let index = 0; ; ) {
      if (this.away) throw new Error('Kafka is away')
      if (signal?.aborted && until === 'follow') return
      signal?.throwIfAborted()
      const record = this.#records[index]
      if (record === undefined || (until === 'end' && this.slow)) {
        if (until === 'end' && !this.slow) return
        await sleep(POLL_MS)
        continue
      }
      index += 1
      if (record.offset >= (next.get(record.partition) ?? Number.POSITIVE_INFINITY)) yield record
    }
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
