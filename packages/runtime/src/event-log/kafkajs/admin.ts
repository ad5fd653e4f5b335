/** Questions to the cluster, asked by a connection that is made anew after every failure. */
import { setTimeout as sleep } from 'node:timers/promises'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import type { Admin, Kafka } from 'kafkajs'
import { LogUnavailableError, TopicMissingError } from '../errors.ts'
import type { PartitionOffsets } from '../port.ts'
import { kafkaErrorType } from './client.ts'
import { countingUndecided } from './patches.ts'
import { within } from './within.ts'

const ATTEMPT_MS = 10_000
const DEADLINE_MS = 20_000
const PAUSE_MS = 200
const UNKNOWN_TOPIC_TRIES = 3
const PARTITIONS_FRESH_MS = 60_000

/**
 * Asks about topics and groups of one namespace. Every method rejects with `LogUnavailableError` when no answer came within 20
 * seconds, and with `TopicMissingError` where the topic is not there.
 */
export class KafkaAdmin {
  readonly #kafka: Kafka
  readonly #namespace: string
  #admin: Promise<Admin> | undefined
  #isClosed = false
  readonly #partitions = new Map<TopicName, { count: Promise<number>; until: number }>()

  constructor(kafka: Kafka, namespace: string) {
    this.#kafka = kafka
    this.#namespace = namespace
  }

  /** First offset and last stable offset of each partition, in the order of their numbers. */
  async offsets(topic: TopicName): Promise<PartitionOffsets[]> {
    const found = await this.#ask(topic, (admin, name) => admin.fetchTopicOffsets(name))
    return byPartition(found, ({ low, high }) => ({ beginning: Number(low), end: Number(high) }))
  }

  /** The high watermark of each partition: what it holds that is not decided yet counts, too. */
  async written(topic: TopicName): Promise<number[]> {
    const found = await this.#ask(topic, (admin, name) => countingUndecided(() => admin.fetchTopicOffsets(name)))
    return byPartition(found, ({ high }) => Number(high))
  }

  /** The first offset at or after the time (UTC milliseconds) in each partition; the last stable offset where there is none. */
  async offsetsAt(topic: TopicName, timestamp: number): Promise<number[]> {
    const found = await this.#ask(topic, (admin, name) => admin.fetchTopicOffsetsByTimestamp(name, timestamp))
    return byPartition(found, ({ offset }) => Number(offset))
  }

  /** What the group has committed in each partition of each topic; undefined where nothing is. Asked at once for all topics. */
  async committed(
    group: string,
    topics: readonly TopicName[],
  ): Promise<ReadonlyMap<TopicName, readonly (number | undefined)[]>> {
    const [first] = topics
    if (first === undefined) return new Map()
    const groupId = `${this.#namespace}.${group}`
    const names = new Map(topics.map((topic) => [qualifiedTopic(this.#namespace, topic), topic]))
    const found = await this.#ask(first, (admin) => admin.fetchOffsets({ groupId, topics: [...names.keys()] }))
    return new Map(
      found.flatMap(({ topic, partitions }) => {
        const name = names.get(topic)
        if (name === undefined) return []
        return [[name, byPartition(partitions, ({ offset }) => (Number(offset) < 0 ? undefined : Number(offset)))]]
      }),
    )
  }

  /** How many partitions the topic has; up to a minute old. */
  async partitions(topic: TopicName): Promise<number> {
    const known = this.#partitions.get(topic)
    if (known !== undefined && Date.now() < known.until) return known.count
    const count = this.offsets(topic).then((found) => found.length)
    this.#partitions.set(topic, { count, until: Date.now() + PARTITIONS_FRESH_MS })
    count.catch(() => this.#partitions.delete(topic))
    return count
  }

  /** Forgets a group without members. Tried once: Kafka forgets such a group by itself too. */
  async deleteGroup(groupId: string): Promise<void> {
    try {
      await within(ATTEMPT_MS, 'deleting a group', (await this.#connected()).deleteGroups([groupId]))
    } catch {
      // It holds no offsets, so Kafka drops it when its last member has left.
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#discard()
  }

  async #ask<T>(topic: TopicName, question: (admin: Admin, qualified: string) => Promise<T>): Promise<T> {
    const name = qualifiedTopic(this.#namespace, topic)
    const deadline = Date.now() + DEADLINE_MS
    for (let unknown = 0; ; ) {
      const asked = this.#admin
      try {
        return await within(
          ATTEMPT_MS,
          `asking about ${name}`,
          this.#connected().then((admin) => question(admin, name)),
        )
      } catch (error) {
        const isUnknown = kafkaErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION'
        if (isUnknown && ++unknown >= UNKNOWN_TOPIC_TRIES) throw new TopicMissingError(name, { cause: error })
        if (!isUnknown && (asked === undefined || asked === this.#admin)) await this.#discard()
        if (this.#isClosed || Date.now() > deadline) {
          throw new LogUnavailableError(`no answer about ${name}`, { cause: error })
        }
        await sleep(PAUSE_MS)
      }
    }
  }

  #connected(): Promise<Admin> {
    if (this.#isClosed) return Promise.reject(new LogUnavailableError('the event log is closed'))
    this.#admin ??= this.#connect()
    return this.#admin
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin({ retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 500 } })
    await admin.connect()
    return admin
  }

  async #discard(): Promise<void> {
    const admin = this.#admin
    this.#admin = undefined
    await admin?.then((connected) => connected.disconnect()).catch(() => undefined)
  }
}

function byPartition<F extends { partition: number }, T>(found: readonly F[], value: (found: F) => T): T[] {
  return [...found].sort((a, b) => a.partition - b.partition).map(value)
}
