import type { EventLog, LogRecord, ReadFrom } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import { placeOf } from '@payout/schemas/place'
import type { TopicName } from '@payout/schemas/topics'
import { MINUTE_MS } from '@payout/schemas/units'
import type { PartnerRecord } from './partner-record.ts'
import { readPartnerRecord } from './partner-record.ts'

/** What a search needs of the event log. */
export type ReadableLog = Pick<EventLog, 'read' | 'partitions' | 'partitionFor'>

/** A record with what it holds. */
export interface FoundRecord {
  readonly record: LogRecord
  readonly named: PartnerRecord
}

/** Which records are looked for. */
export interface Wanted {
  /** Tells by the key or the headers alone that it can't be one, so that most need not be decoded. */
  readonly mayBeWanted?: (record: LogRecord) => boolean
  readonly isWanted: (found: FoundRecord) => boolean
}

/** How far a search goes. */
export interface SearchLimits {
  /** Nothing before this moment is read; UTC milliseconds. */
  readonly since?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Clocks of producers differ: what is read from a time on begins a little before it. */
const CLOCK_MARGIN_MS = MINUTE_MS

/** What comes first when two records have the same time stamp. */
const ORDER: readonly TopicName[] = [
  'payout.commands',
  'agreement.commands',
  'gateway.to-sign',
  'gateway.forms',
  'gateway.requests',
  'gateway.attempts',
  'gateway.answers',
  'gateway.notifies',
  'gateway.commands',
  'gateway.timers',
  'payout.events',
  'agreement.events',
]

/** Records about one thing, gathered from the topics; what is read twice counts once. */
export class FoundRecords {
  readonly #log: ReadableLog
  readonly #codec: Codec
  readonly #limits: SearchLimits
  /** By place. */
  readonly #found = new Map<string, FoundRecord>()

  constructor(log: ReadableLog, codec: Codec, limits: SearchLimits) {
    this.#log = log
    this.#codec = codec
    this.#limits = limits
  }

  /** In the order in which it was found. */
  get all(): FoundRecord[] {
    return [...this.#found.values()]
  }

  /** Oldest first. */
  get inOrder(): FoundRecord[] {
    return this.all.sort(
      ({ record: a }, { record: b }) =>
        a.timestamp - b.timestamp || ORDER.indexOf(a.topic) - ORDER.indexOf(b.topic) || a.offset - b.offset,
    )
  }

  /** Where reading begins when nothing is known of the time. */
  get begin(): ReadFrom {
    const { since } = this.#limits
    return since === undefined ? 'beginning' : { timestamp: since }
  }

  /** Where reading begins when the earliest of some moments is known; UTC milliseconds. */
  beginAt(moments: readonly number[]): ReadFrom {
    if (moments.length === 0) return this.begin
    return { timestamp: Math.max(Math.min(...moments) - CLOCK_MARGIN_MS, this.#limits.since ?? 0) }
  }

  /** All partitions of a topic. */
  async partitionsOf(topic: TopicName): Promise<number[]> {
    return Array.from({ length: await this.#log.partitions(topic) }, (_, partition) => partition)
  }

  /** The partitions in which records with these keys stand. */
  async partitionsOfKeys(topic: TopicName, keys: readonly string[]): Promise<number[]> {
    return [...new Set(await Promise.all(keys.map((key) => this.#log.partitionFor(topic, key))))]
  }

  /** Reads partitions to their end, and keeps what is wanted. */
  async scan(topic: TopicName, partitions: readonly number[], at: ReadFrom, wanted: Wanted): Promise<void> {
    const { signal } = this.#limits
    const from = partitions.map((partition) => ({ topic, partition, at }))
    for await (const record of this.#log.read({ from, until: 'end', ...(signal ? { signal } : {}) })) {
      this.#take(record, wanted)
    }
  }

  /** Reads single records of a topic, by their places. */
  async readPlaces(
    places: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
    topic: TopicName,
    wanted: Wanted,
  ): Promise<void> {
    for (const { partition, offset, topic: named } of places) {
      if (named !== topic || this.#found.has(placeOf({ topic, partition, offset }))) continue
      const from = [{ topic, partition, at: { offset } }] as const
      for await (const record of this.#log.read({ from, until: 'end' })) {
        if (record.offset === offset) this.#take(record, wanted)
        break
      }
    }
  }

  #take(record: LogRecord, { mayBeWanted, isWanted }: Wanted): void {
    if (mayBeWanted?.(record) === false) return
    const named = readPartnerRecord(record, this.#codec)
    if (named !== undefined && isWanted({ record, named })) this.#found.set(placeOf(record), { record, named })
  }
}
