import { isBatchNo, laneOf } from '@payout/mapi/batch-no'
import { payDate, startOfChinaDate } from '@payout/mapi/china-time'
import { isPayoutId } from '@payout/mapi/payout-id'
import { serialOf } from '@payout/mapi/serial'
import type { EventLog, LogRecord, ReadFrom } from '@payout/runtime/event-log/port'
import type { Codec, NamedRecord } from '@payout/schemas/codec'
import type { PayoutCoordinates } from '@payout/schemas/generated/records'
import type { RecordName } from '@payout/schemas/schema-catalog'
import type { LaneTopic, TopicName } from '@payout/schemas/topics'
import { UsageError } from './errors.ts'
import { placeOf, read, type StoryEntry, type Subject, storyEntry } from './story-entry.ts'

/** What is looked for. */
export interface Search {
  readonly payoutId: string
  /** The partner's alias; without it the id must belong to one partner only. */
  readonly partner?: string | undefined
  /** All aliases, where they are known: then only the partitions of their keys are read. */
  readonly aliases?: readonly string[] | undefined
  /** Nothing before this moment is read; UTC milliseconds. */
  readonly since?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Story {
  readonly subject: Subject
  /** The batch number that the payout was last sent, or is to be sent, under. */
  readonly lastBatchNo: string | undefined
  /** Whether it has its outcome. */
  readonly hasOutcome: boolean
  /** Oldest first. */
  readonly entries: readonly StoryEntry[]
}

/** What the search needs of the event log. */
export type ReadableLog = Pick<EventLog, 'read' | 'partitions' | 'partitionFor'>

/** Clocks of producers differ: what is read from a time on begins a little before it. */
const CLOCK_MARGIN_MS = 60_000

/** Holding which lines they carry, these tell the batch numbers of a payout. */
const BATCH_TOPICS: readonly LaneTopic[] = ['gateway.requests', 'gateway.to-sign']
/** These are about a batch, known by the key. */
const FOLLOWING_TOPICS: readonly LaneTopic[] = [
  'gateway.attempts',
  'gateway.answers',
  'gateway.notifies',
  'gateway.decisions',
  'gateway.due',
]
const outcomeNames: readonly RecordName[] = ['payout.PayoutSucceeded', 'payout.PayoutFailed']

/** What comes first when two records have the same time stamp. */
const ORDER: readonly TopicName[] = [
  'payout.commands',
  'gateway.to-sign',
  'gateway.requests',
  'gateway.attempts',
  'gateway.answers',
  'gateway.notifies',
  'gateway.decisions',
  'gateway.due',
  'payout.events',
]

/**
 * Finds every record about one payout: its events and commands by their keys; from them its batch numbers; from these its lane, of which
 * only one partition a topic is read, and only from the time of the command on.
 * @returns undefined where nothing is known of the id
 * @throws UsageError when the id is none, or belongs to several partners and none is named
 */
export async function findStory(log: ReadableLog, codec: Codec, search: Search): Promise<Story | undefined> {
  const { payoutId } = search
  if (!isPayoutId(payoutId)) throw new UsageError(`"${payoutId}" is no payout id: 1 to 64 of A-Z a-z 0-9 . _ : -`)
  return new StorySearch(log, codec, search).find()
}

interface Found {
  readonly record: LogRecord
  readonly named: NamedRecord
}

class StorySearch {
  readonly #log: ReadableLog
  readonly #codec: Codec
  readonly #search: Search
  /** By place, so that what is read twice counts once. */
  readonly #found = new Map<string, Found>()

  constructor(log: ReadableLog, codec: Codec, search: Search) {
    this.#log = log
    this.#codec = codec
    this.#search = search
  }

  async find(): Promise<Story | undefined> {
    const { payoutId, since } = this.#search
    const begin: ReadFrom = since === undefined ? 'beginning' : { timestamp: since }
    const commandPartition = await this.#log.partitionFor('payout.commands', payoutId)
    await Promise.all([
      this.#scan('payout.events', await this.#eventPartitions(), begin, this.#isOurs),
      this.#scan('payout.commands', [commandPartition], begin, this.#isOurs),
    ])
    if (this.#batchNos().length === 0) await this.#readLanes(BATCH_TOPICS, this.#isOurs)
    const partner = this.#onlyPartner()
    if (partner === undefined) return undefined
    await this.#readLanes(BATCH_TOPICS, this.#isOurs)
    const keys = new Set(this.#batchNos().map((batchNo) => `${partner}/${batchNo}`))
    await this.#readLanes(FOLLOWING_TOPICS, ({ record: { key } }) => key !== null && keys.has(key.toString()))
    await this.#readCommandsBySource()
    const subject = { partner, payoutId, serial: serialOf(payoutId) }
    const found = [...this.#found.values()].sort((one, other) => inOrder(one.record, other.record))
    const requests = found.flatMap(({ named }) => (named.name === 'gateway.GatewayRequest' ? [named.value] : []))
    return {
      subject,
      lastBatchNo: requests.at(-1)?.batchNo ?? this.#batchNos().at(-1),
      hasOutcome: found.some(({ named }) => outcomeNames.includes(named.name)),
      entries: found.flatMap(({ record }) => storyEntry(record, subject, this.#codec) ?? []),
    }
  }

  async #scan(
    topic: TopicName,
    partitions: readonly number[],
    at: ReadFrom,
    isOurs: (found: Found) => boolean,
  ): Promise<void> {
    const { signal } = this.#search
    const from = partitions.map((partition) => ({ topic, partition, at }))
    for await (const record of this.#log.read({ from, until: 'end', ...(signal ? { signal } : {}) })) {
      this.#take(record, isOurs)
    }
  }

  #take(record: LogRecord, isOurs: (found: Found) => boolean): void {
    // Most events are of other payouts: the key, which is ours to choose there, tells so without decoding.
    if (record.topic === 'payout.events' && !record.key?.toString().endsWith(`/${this.#search.payoutId}`)) return
    const named = read(record, this.#codec)
    if (named !== undefined && isOurs({ record, named })) this.#found.set(placeOf(record), { record, named })
  }

  readonly #isOurs = ({ named: { value } }: Found): boolean => {
    const { payoutId, partner } = this.#search
    if (partner !== undefined && value.partner !== partner) return false
    if ('lines' in value) return value.lines.some((line) => line.payoutId === payoutId)
    return 'payoutId' in value && value.payoutId === payoutId
  }

  /** Where the events of the payout can stand: one partition for each partner it may belong to. */
  async #eventPartitions(): Promise<number[]> {
    const { payoutId, partner, aliases } = this.#search
    const partners = partner === undefined ? aliases : [partner]
    if (partners === undefined) return this.#all('payout.events')
    const keys = partners.map((alias) => this.#log.partitionFor('payout.events', `${alias}/${payoutId}`))
    return [...new Set(await Promise.all(keys))]
  }

  async #all(topic: TopicName): Promise<number[]> {
    return Array.from({ length: await this.#log.partitions(topic) }, (_, partition) => partition)
  }

  #onlyPartner(): string | undefined {
    const partners = [...new Set([...this.#found.values()].map(({ named }) => named.value.partner))].sort()
    if (partners.length > 1) {
      const { payoutId } = this.#search
      throw new UsageError(
        `several partners have a payout ${payoutId}: name one with --partner (${partners.join(', ')})`,
      )
    }
    return partners[0]
  }

  #batchNos(): string[] {
    const numbers = [...this.#found.values()].flatMap(({ named: { value } }) => [
      'batchNo' in value ? value.batchNo : null,
      'previousBatchNo' in value ? value.previousBatchNo : null,
    ])
    return [...new Set(numbers.filter((number) => number !== null))]
  }

  /** Reads the lanes of the batch numbers that are known so far; all lanes where none is. */
  async #readLanes(topics: readonly LaneTopic[], isOurs: (found: Found) => boolean): Promise<void> {
    const lanes = await this.#log.partitions('gateway.requests')
    const numbers = this.#batchNos().filter(isBatchNo)
    const known = [...new Set(numbers.map((number) => laneOf(number, lanes)))]
    const partitions = known.length > 0 ? known : await this.#all('gateway.requests')
    const at = this.#begin()
    await Promise.all(topics.map((topic) => this.#scan(topic, partitions, at, isOurs)))
  }

  /** Nothing is written to a lane before the command, nor before the day that a batch number of ours begins with. */
  #begin(): ReadFrom {
    const times = [...this.#sources(), ...[...this.#found.values()].map(({ record }) => record)]
      .filter(({ topic }) => topic === 'payout.commands')
      .map(({ timestamp }) => timestamp)
    const known = times.length > 0 ? times : this.#batchNos().flatMap(dayOf)
    if (known.length === 0) return this.#search.since === undefined ? 'beginning' : { timestamp: this.#search.since }
    return { timestamp: Math.max(Math.min(...known) - CLOCK_MARGIN_MS, this.#search.since ?? 0) }
  }

  /** Where the records stand that events and requests about this payout name as their cause. */
  #sources(): PayoutCoordinates[] {
    return [...this.#found.values()].flatMap(({ named: { value } }) => {
      if ('evidence' in value) return [value.evidence.source]
      if (!('lines' in value)) return []
      return value.lines.flatMap((line) =>
        'source' in line && line.payoutId === this.#search.payoutId ? [line.source] : [],
      )
    })
  }

  /** A command may have been placed by another key than the payout's id: what came of it says where it stands. */
  async #readCommandsBySource(): Promise<void> {
    for (const { topic, partition, offset } of this.#sources()) {
      if (topic !== 'payout.commands' || this.#found.has(placeOf({ topic, partition, offset }))) continue
      const from = [{ topic, partition, at: { offset } }] as const
      for await (const record of this.#log.read({ from, until: 'end' })) {
        if (record.offset === offset) this.#take(record, this.#isOurs)
        break
      }
    }
  }
}

function inOrder(a: LogRecord, b: LogRecord): number {
  return a.timestamp - b.timestamp || ORDER.indexOf(a.topic) - ORDER.indexOf(b.topic) || a.offset - b.offset
}

/** The first moment of the day that a batch number of ours begins with. */
function dayOf(batchNo: string): number[] {
  try {
    return [startOfChinaDate(payDate(batchNo.slice(0, 8)))]
  } catch {
    return []
  }
}
