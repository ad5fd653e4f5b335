import { isBatchNo, laneOf } from '@payout/mapi/values/batch-no'
import { payDate, startOfChinaDate } from '@payout/mapi/values/china-time'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import { serialOf } from '@payout/mapi/values/serial'
import type { ReadFrom } from '@payout/runtime/event-log/port'
import type { RecordName } from '@payout/schemas/avro/schema-catalog'
import type { Codec } from '@payout/schemas/codec'
import type { PayoutCoordinates } from '@payout/schemas/generated/records'
import type { LaneTopic } from '@payout/schemas/topics'
import { UsageError } from '../terminal/errors.ts'
import { type FoundRecord, FoundRecords, type ReadableLog, type SearchLimits, type Wanted } from './found-records.ts'
import { describeForPayout, type PayoutSubject } from './payout-entry.ts'
import { entryOf, type StoryEntry } from './story-entry.ts'

/** What is looked for. */
export interface PayoutSearch extends SearchLimits {
  readonly payoutId: string
  /** The partner's alias; without it the id must belong to one partner only. */
  readonly partner?: string | undefined
  /** All aliases, where they are known: then only the partitions of their keys are read. */
  readonly aliases?: readonly string[] | undefined
  /**
   * Skips the slow search through all lanes. Then a payout without an event and without a command under its own key is
   * not found.
   */
  readonly isQuick?: boolean
}

export interface PayoutStory {
  readonly subject: PayoutSubject
  /** The batch number that the payout was last sent, or is to be sent, under. */
  readonly lastBatchNo: string | undefined
  /** Whether it has its outcome. */
  readonly hasOutcome: boolean
  /** Oldest first. */
  readonly entries: readonly StoryEntry[]
}

/** Holding which lines they carry, these tell the batch numbers of a payout. */
const BATCH_TOPICS: readonly LaneTopic[] = ['gateway.requests', 'gateway.to-sign']
/** These are about a batch, known by the key. */
const FOLLOWING_TOPICS: readonly LaneTopic[] = [
  'gateway.attempts',
  'gateway.answers',
  'gateway.notifies',
  'gateway.commands',
  'gateway.timers',
]
const outcomeNames: readonly RecordName[] = ['payout.PayoutSucceeded', 'payout.PayoutFailed']

/**
 * Finds every record about one payout: its events and commands by their keys; from them its batch numbers; from these
 * its lane, of which only one partition a topic is read, and only from the time of the command on.
 * @returns undefined where nothing is known of the id
 * @throws UsageError when the id is none, or belongs to several partners and none is named
 */
export async function findPayout(
  log: ReadableLog,
  codec: Codec,
  search: PayoutSearch,
): Promise<PayoutStory | undefined> {
  const { payoutId } = search
  if (!isPayoutId(payoutId)) throw new UsageError(`"${payoutId}" is no payout id: 1 to 64 of A-Z a-z 0-9 . _ : -`)
  return new PayoutFinder(log, codec, search).find()
}

class PayoutFinder {
  readonly #log: ReadableLog
  readonly #search: PayoutSearch
  readonly #found: FoundRecords

  constructor(log: ReadableLog, codec: Codec, search: PayoutSearch) {
    this.#log = log
    this.#search = search
    this.#found = new FoundRecords(log, codec, search)
  }

  async find(): Promise<PayoutStory | undefined> {
    const { payoutId, isQuick } = this.#search
    const found = this.#found
    await Promise.all([
      found.scan('payout.events', await this.#eventPartitions(), found.begin, {
        // Most events are of other payouts: the key, which is ours to choose there, tells so without decoding.
        mayBeWanted: ({ key }) => key?.toString().endsWith(`/${payoutId}`) === true,
        isWanted: this.#isOurs,
      }),
      found.scan('payout.commands', await found.partitionsOfKeys('payout.commands', [payoutId]), found.begin, {
        isWanted: this.#isOurs,
      }),
    ])
    if (this.#batchNos().length === 0 && !isQuick) await this.#readLanes(BATCH_TOPICS, { isWanted: this.#isOurs })
    const partner = this.#onlyPartner()
    if (partner === undefined) return undefined
    await this.#readLanes(BATCH_TOPICS, { isWanted: this.#isOurs })
    const keys = new Set(this.#batchNos().map((batchNo) => `${partner}/${batchNo}`))
    await this.#readLanes(FOLLOWING_TOPICS, {
      isWanted: ({ record: { key } }) => key !== null && keys.has(key.toString()),
    })
    // A command may have been placed by another key than the payout's id: what came of it says where it stands.
    await found.readPlaces(this.#sources(), 'payout.commands', { isWanted: this.#isOurs })
    const subject = { partner, payoutId, serial: serialOf(payoutId) }
    const inOrder = found.inOrder
    const requests = inOrder.flatMap(({ named }) => (named.name === 'gateway.GatewayRequest' ? [named.value] : []))
    return {
      subject,
      lastBatchNo: requests.at(-1)?.batchNo ?? this.#batchNos().at(-1),
      hasOutcome: inOrder.some(({ named }) => outcomeNames.includes(named.name)),
      entries: inOrder.flatMap(({ record, named }) => entryOf(record, named, describeForPayout(named, subject)) ?? []),
    }
  }

  readonly #isOurs = ({ named: { value } }: FoundRecord): boolean => {
    const { payoutId, partner } = this.#search
    if (partner !== undefined && value.partner !== partner) return false
    if ('lines' in value) return value.lines.some((line) => line.payoutId === payoutId)
    return 'payoutId' in value && value.payoutId === payoutId
  }

  /** Where the events of the payout can stand: one partition for each partner it may belong to. */
  async #eventPartitions(): Promise<number[]> {
    const { payoutId, partner, aliases } = this.#search
    const partners = partner === undefined ? aliases : [partner]
    if (partners === undefined) return this.#found.partitionsOf('payout.events')
    const keys = partners.map((alias) => `${alias}/${payoutId}`)
    return this.#found.partitionsOfKeys('payout.events', keys)
  }

  #onlyPartner(): string | undefined {
    const partners = [...new Set(this.#found.all.map(({ named }) => named.value.partner))].sort()
    if (partners.length > 1) {
      const { payoutId } = this.#search
      throw new UsageError(
        `several partners have a payout ${payoutId}: name one with --partner (${partners.join(', ')})`,
      )
    }
    return partners[0]
  }

  #batchNos(): string[] {
    const numbers = this.#found.all.flatMap(({ named: { value } }) => [
      'batchNo' in value ? value.batchNo : null,
      'previousBatchNo' in value ? value.previousBatchNo : null,
    ])
    return [...new Set(numbers.filter((number) => number !== null))]
  }

  /** Reads the lanes of the batch numbers that are known so far; all lanes where none is. */
  async #readLanes(topics: readonly LaneTopic[], wanted: Wanted): Promise<void> {
    const lanes = await this.#log.partitions('gateway.requests')
    const numbers = this.#batchNos().filter(isBatchNo)
    const known = [...new Set(numbers.map((number) => laneOf(number, lanes)))]
    const partitions = known.length > 0 ? known : await this.#found.partitionsOf('gateway.requests')
    const at = this.#begin()
    await Promise.all(topics.map((topic) => this.#found.scan(topic, partitions, at, wanted)))
  }

  /** Nothing is written to a lane before the command, nor before the day that a batch number of ours begins with. */
  #begin(): ReadFrom {
    const times = [...this.#sources(), ...this.#found.all.map(({ record }) => record)]
      .filter(({ topic }) => topic === 'payout.commands')
      .map(({ timestamp }) => timestamp)
    return this.#found.beginAt(times.length > 0 ? times : this.#batchNos().flatMap(dayOf))
  }

  /** Where the records stand that events and requests about this payout name as their cause. */
  #sources(): PayoutCoordinates[] {
    return this.#found.all.flatMap(({ named: { value } }) => {
      if ('evidence' in value) return [value.evidence.source]
      if (!('lines' in value)) return []
      return value.lines.flatMap((line) =>
        'source' in line && line.payoutId === this.#search.payoutId ? [line.source] : [],
      )
    })
  }
}

/** The first moment of the day that a batch number of ours begins with. */
function dayOf(batchNo: string): number[] {
  try {
    return [startOfChinaDate(payDate(batchNo.slice(0, 8)))]
  } catch {
    return []
  }
}
