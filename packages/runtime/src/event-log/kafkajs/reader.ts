/** Reads partitions once, from a place of the caller's choice, and leaves nothing behind. */
import { randomUUID } from 'node:crypto'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import { AssignerProtocol, type Consumer, type EachBatchPayload, type Kafka, type PartitionAssigner } from 'kafkajs'
import { LogUnavailableError } from '../errors.ts'
import type { LogRecord, ReadFrom, ReadOptions } from '../port.ts'
import type { KafkaAdmin } from './admin.ts'
import { consumerConfig, runConfig } from './consumer-config.ts'
import { toLogRecord } from './log-record.ts'
import { SteadyRun } from './steady-run.ts'
import { Waiter } from './waiter.ts'

const MIB = 1024 * 1024
/** A partition is fetched no further while this many bytes of it wait to be read. */
const BUFFER_BYTES = 4 * MIB
const IDLE_MS = 1_000

interface Place {
  readonly topic: TopicName
  readonly name: string
  readonly partition: number
  /** Where the reading ends; infinite for one that follows. */
  readonly end: number
  next: number
  bytes: number
  isPaused: boolean
}

interface Portion {
  readonly place: Place
  readonly records: readonly LogRecord[]
  readonly bytes: number
}

export interface ReaderOptions {
  readonly kafka: Kafka
  readonly admin: KafkaAdmin
  readonly namespace: string
  /** After a broken connection the group waits this long for the reader that is gone, before it takes in the one that is back. */
  readonly sessionTimeoutMs: number
}

export class Reader {
  readonly #options: ReaderOptions
  readonly #groupId: string
  readonly #consumer: Consumer
  readonly #run: SteadyRun
  readonly #places: ReadonlyMap<string, Place>
  readonly #waiter = new Waiter()
  #portions: Portion[] = []
  #isJoined = false
  #failure: Error | undefined

  private constructor(options: ReaderOptions, places: readonly Place[]) {
    this.#options = options
    this.#groupId = `${options.namespace}.reader.${randomUUID()}`
    this.#places = new Map(places.map((place) => [key(place.name, place.partition), place]))
    this.#consumer = options.kafka.consumer(
      consumerConfig({
        groupId: this.#groupId,
        topics: places.map(({ topic }) => topic),
        assigner: exactly(places),
        sessionTimeoutMs: options.sessionTimeoutMs,
        heartbeatMs: Math.ceil(options.sessionTimeoutMs / 10),
      }),
    )
    const config = runConfig((payload) => this.#onBatch(payload))
    const onDead = (error: Error) => {
      this.#failure = error
      this.#waiter.wake()
    }
    this.#run = new SteadyRun(this.#consumer, config, { onCrash: () => undefined, onDead })
  }

  /** See `EventLog.read`. */
  static async *read(options: ReaderOptions, { from, until, signal }: ReadOptions): AsyncGenerator<LogRecord, void> {
    const places = await Promise.all(
      from.map(async ({ topic, partition, at }): Promise<Place> => {
        const { begin, end } = await bounds(options.admin, topic, partition, at)
        const name = qualifiedTopic(options.namespace, topic)
        return { topic, name, partition, end: until === 'end' ? end : Infinity, next: begin, bytes: 0, isPaused: false }
      }),
    )
    const open = places.filter(({ next, end }) => next < end)
    if (open.length === 0) return
    const reader = new Reader(options, open)
    const wake = () => reader.#waiter.wake()
    signal?.addEventListener('abort', wake)
    try {
      await reader.#start()
      for (;;) {
        if (signal?.aborted) {
          if (until === 'follow') return
          throw signal.reason
        }
        const portion = reader.#next()
        if (portion !== undefined) for (const record of portion) yield record
        else if (reader.#isAtEnd) return
        else await reader.#waiter.wait(IDLE_MS)
        if (reader.#failure !== undefined) throw reader.#failure
      }
    } finally {
      signal?.removeEventListener('abort', wake)
      await reader.#stop()
    }
  }

  get #isAtEnd(): boolean {
    return this.#portions.length === 0 && [...this.#places.values()].every(({ next, end }) => next >= end)
  }

  async #start(): Promise<void> {
    this.#follow()
    try {
      const names = new Set([...this.#places.values()].map(({ name }) => name))
      await this.#run.start([...names])
    } catch (error) {
      throw new LogUnavailableError('the reading could not begin', { cause: error })
    }
  }

  #follow(): void {
    const { GROUP_JOIN, END_BATCH_PROCESS, STOP } = this.#consumer.events
    this.#consumer.on(GROUP_JOIN, () => {
      this.#isJoined = true
      for (const place of this.#places.values()) this.#seek(place)
    })
    this.#consumer.on(STOP, () => {
      this.#isJoined = false
    })
    this.#consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      // Markers and aborted records only: eachBatch is not called for these.
      const place = this.#places.get(key(payload.topic, payload.partition))
      if (place === undefined || payload.batchSize > 0) return
      place.next = Math.max(place.next, Number(payload.lastOffset) + 1)
      this.#waiter.wake()
    })
  }

  #onBatch({ batch, resolveOffset }: EachBatchPayload): void {
    const place = this.#places.get(key(batch.topic, batch.partition))
    const last = batch.messages.at(-1)
    if (place === undefined || last === undefined) return
    const { topic, partition, end } = place
    const records: LogRecord[] = []
    let bytes = 0
    for (const message of batch.messages) {
      const offset = Number(message.offset)
      if (offset < place.next || offset >= end) continue
      records.push(toLogRecord(topic, partition, message))
      bytes += (message.key?.length ?? 0) + (message.value?.length ?? 0) + 64
    }
    place.next = Math.max(place.next, Number(batch.lastOffset()) + 1)
    resolveOffset(last.offset)
    if (records.length > 0) {
      place.bytes += bytes
      this.#portions.push({ place, records, bytes })
    }
    if (place.bytes >= BUFFER_BYTES || place.next >= end) this.#pause(place)
    this.#waiter.wake()
  }

  /** The records that came first; undefined when none wait. */
  #next(): readonly LogRecord[] | undefined {
    const portion = this.#portions.shift()
    if (portion === undefined) return undefined
    const { place, records, bytes } = portion
    place.bytes -= bytes
    if (place.isPaused && place.bytes < BUFFER_BYTES && this.#isJoined) this.#seek(place)
    return records
  }

  /** Reads on at the place's own position, unless it is at its end. */
  #seek(place: Place): void {
    if (place.next >= place.end) {
      this.#pause(place)
      return
    }
    place.isPaused = false
    this.#consumer.seek({ topic: place.name, partition: place.partition, offset: String(place.next) })
    this.#consumer.resume([{ topic: place.name, partitions: [place.partition] }])
  }

  #pause(place: Place): void {
    place.isPaused = true
    this.#consumer.pause([{ topic: place.name, partitions: [place.partition] }])
  }

  async #stop(): Promise<void> {
    this.#portions = []
    await this.#run.stop()
    await this.#options.admin.deleteGroup(this.#groupId)
  }
}

async function bounds(
  admin: KafkaAdmin,
  topic: TopicName,
  partition: number,
  at: ReadFrom,
): Promise<{ begin: number; end: number }> {
  const range = (await admin.offsets(topic))[partition]
  if (range === undefined) throw new RangeError(`${topic} has no partition ${partition}`)
  const { beginning, end } = range
  if (at === 'beginning') return { begin: beginning, end }
  if ('offset' in at) return { begin: Math.max(beginning, at.offset), end }
  return { begin: (await admin.offsetsAt(topic, at.timestamp))[partition] ?? end, end }
}

/** The one member gets what it reads, and nothing else is fetched. */
function exactly(places: readonly Place[]): PartitionAssigner {
  const { MemberAssignment, MemberMetadata } = AssignerProtocol
  const name = 'PayoutReader'
  const version = 0
  const none = Buffer.alloc(0)
  const assignment: Record<string, number[]> = {}
  for (const place of places) assignment[place.name] = [...(assignment[place.name] ?? []), place.partition]
  return () => ({
    name,
    version,
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({ version, topics: [...topics], userData: none }),
    }),
    assign: async ({ members }) =>
      members.map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({ version, assignment, userData: none }),
      })),
  })
}

function key(name: string, partition: number): string {
  return `${name} ${partition}`
}
