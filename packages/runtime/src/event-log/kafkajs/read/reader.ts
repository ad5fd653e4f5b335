/** Reads partitions once, from a place of the caller's choice, and leaves nothing behind. */

import { randomUUID } from 'node:crypto'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import { MIB } from '@payout/schemas/units'
import { AssignerProtocol, type Consumer, type EachBatchPayload, type Kafka, type PartitionAssigner } from 'kafkajs'
import { BatchUndecodableError, LogUnavailableError } from '../../errors.ts'
import type { LogRecord, ReadOptions } from '../../port.ts'
import type { SteppedOver } from '../../stepped-over.ts'
import type { KafkaAdmin } from '../admin/admin.ts'
import { consumerConfig, runConfig } from '../consumer-config.ts'
import { toLogRecord } from '../log-record.ts'
import type { FetchedBatch } from '../record-batch/record-set.ts'
import { SteadyRun } from '../steady-run.ts'
import { Waiter } from '../waiter.ts'
import { ReadingBounds } from './reading-bounds.ts'

/** A partition is fetched no further while this many bytes of it wait to be read. */
const BUFFER_BYTES = 4 * MIB
const IDLE_MS = 1_000

interface Place {
  readonly topic: TopicName
  readonly name: string
  readonly partition: number
  /** Where the reading ends; infinite for one that follows. */
  readonly end: number
  /** Behind everything that was fetched. */
  next: number
  /** What was fetched and waits to be read. */
  bytes: number
  /** What `onPosition` was called with last. */
  reported: number
  isPaused: boolean
  /** Stands before a batch that can't be decoded. */
  isHalted: boolean
}

interface Portion {
  readonly place: Place
  readonly records: readonly LogRecord[]
  readonly bytes: number
  /** The offset behind it. */
  readonly next: number
}

export interface ReaderDependencies {
  readonly kafka: Kafka
  readonly admin: KafkaAdmin
  readonly namespace: string
  /**
   * After a broken connection the group waits this long for the reader that is gone, before it takes in the one that
   * is back.
   */
  readonly sessionTimeoutMs: number
  /** Who says whether a batch that can't be decoded was stepped over; without it none is. */
  readonly steppedOver?: SteppedOver
}

export class Reader {
  readonly #dependencies: ReaderDependencies
  readonly #groupId: string
  readonly #consumer: Consumer
  readonly #run: SteadyRun
  readonly #places: ReadonlyMap<string, Place>
  readonly #onPosition: ReadOptions['onPosition']
  readonly #waiter = new Waiter()
  #portions: Portion[] = []
  #isJoined = false
  #failure: Error | undefined
  /** What the reading can't go on behind; thrown once everything before it was given. */
  #halt: Error | undefined

  private constructor(
    dependencies: ReaderDependencies,
    places: readonly Place[],
    onPosition: ReadOptions['onPosition'],
  ) {
    this.#dependencies = dependencies
    this.#onPosition = onPosition
    this.#groupId = `${dependencies.namespace}.reader.${randomUUID()}`
    this.#places = new Map(places.map((place) => [key(place.name, place.partition), place]))
    this.#consumer = dependencies.kafka.consumer(
      consumerConfig({
        groupId: this.#groupId,
        topics: places.map(({ topic }) => topic),
        assigner: exactAssigner(places),
        sessionTimeoutMs: dependencies.sessionTimeoutMs,
        heartbeatMs: Math.ceil(dependencies.sessionTimeoutMs / 10),
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
  static async *read(
    dependencies: ReaderDependencies,
    { from, until, signal, onPosition }: ReadOptions,
  ): AsyncGenerator<LogRecord, void> {
    const ends = new ReadingBounds(dependencies.admin, from)
    const places = await Promise.all(
      from.map(async ({ topic, partition, at }): Promise<Place> => {
        const { begin, end } = await ends.of(topic, partition, at)
        const name = qualifiedTopic(dependencies.namespace, topic)
        return {
          topic,
          name,
          partition,
          end: until === 'end' ? end : Infinity,
          next: begin,
          bytes: 0,
          reported: begin,
          isPaused: false,
          isHalted: false,
        }
      }),
    )
    for (const { topic, partition, reported } of places) onPosition?.(topic, partition, reported)
    const open = places.filter(({ next, end }) => next < end)
    if (open.length === 0) return
    const reader = new Reader(dependencies, open, onPosition)
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
        if (portion !== undefined) for (const record of portion.records) yield record
        else if (reader.#halt !== undefined) throw reader.#halt
        else if (reader.#isAtEnd) return
        else await reader.#waiter.wait(IDLE_MS)
        if (reader.#failure !== undefined) throw reader.#failure
        reader.#tell(portion)
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
    const { GROUP_JOIN, STOP } = this.#consumer.events
    this.#consumer.on(GROUP_JOIN, () => {
      this.#isJoined = true
      for (const place of this.#places.values()) this.#seek(place)
    })
    this.#consumer.on(STOP, () => {
      this.#isJoined = false
    })
  }

  #onBatch({ batch, resolveOffset, isStale }: EachBatchPayload): void {
    const place = this.#places.get(key(batch.topic, batch.partition))
    if (place === undefined || isStale() || place.isHalted) return
    const { messages } = batch as FetchedBatch
    const last = batch.lastOffset()
    const { topic, partition, end } = place
    const records: LogRecord[] = []
    let bytes = 0
    let next = Number(last) + 1
    for (const message of messages) {
      const offset = Number(message.offset)
      if (offset < place.next || offset >= end) continue
      if (message.undecodable !== undefined) {
        next = message.undecodable.firstOffset
        place.isHalted = true
        void this.#meet(place, new BatchUndecodableError({ topic, partition, ...message.undecodable }))
        break
      }
      records.push(toLogRecord(topic, partition, message))
      bytes += (message.key?.length ?? 0) + (message.value?.length ?? 0) + 64
    }
    place.next = Math.max(place.next, next)
    resolveOffset(last)
    if (records.length > 0) {
      place.bytes += bytes
      this.#portions.push({ place, records, bytes, next: place.next })
    }
    if (place.bytes >= BUFFER_BYTES || place.next >= end || place.isHalted) this.#pause(place)
    this.#waiter.wake()
  }

  /** Goes on behind a batch that can't be decoded where somebody has stepped over it, and gives up where nobody has. */
  async #meet(place: Place, error: BatchUndecodableError): Promise<void> {
    try {
      if (!(await this.#dependencies.steppedOver?.includes(error))) throw error
      place.next = error.batch.lastOffset + 1
      place.isHalted = false
      if (this.#isJoined) this.#seek(place)
    } catch (failure) {
      this.#halt ??= failure instanceof Error ? failure : error
    }
    this.#waiter.wake()
  }

  /** The records that came first; undefined when none wait. */
  #next(): Portion | undefined {
    const portion = this.#portions.shift()
    if (portion === undefined) return undefined
    const { place, bytes } = portion
    place.bytes -= bytes
    if (place.isPaused && place.bytes < BUFFER_BYTES && this.#isJoined) this.#seek(place)
    return portion
  }

  /**
   * Reports how far the caller has come, who is behind this portion: of a partition of which nothing waits, as far as
   * it was fetched.
   */
  #tell(portion: Portion | undefined): void {
    for (const place of this.#places.values()) {
      const reached = place.bytes === 0 ? place.next : place === portion?.place ? portion.next : place.reported
      const reported = Math.min(reached, place.end)
      if (reported <= place.reported) continue
      place.reported = reported
      this.#onPosition?.(place.topic, place.partition, reported)
    }
  }

  /** Reads on at the place's own position, unless it is at its end. */
  #seek(place: Place): void {
    if (place.next >= place.end || place.isHalted) {
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
    await this.#dependencies.admin.deleteGroup(this.#groupId)
  }
}

function key(name: string, partition: number): string {
  return `${name} ${partition}`
}

/**
 * For a group of one member: it gets these partitions of topics (with their namespace), and nothing else is fetched.
 */
function exactAssigner(places: readonly { readonly name: string; readonly partition: number }[]): PartitionAssigner {
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
