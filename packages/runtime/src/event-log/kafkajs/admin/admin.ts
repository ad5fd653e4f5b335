/** Questions to the cluster, asked by connections that are made anew after every failure. */

import { setTimeout as sleep } from 'node:timers/promises'
import { qualifiedTopic, type TopicName, topics as topicTable } from '@payout/schemas/topics'
import { MINUTE_MS } from '@payout/schemas/units'
import type { Kafka } from 'kafkajs'
import { LogAccessError, LogUnavailableError, TopicMissingError } from '../../errors.ts'
import type { PartitionOffsets } from '../../port.ts'
import { type KafkaConnection, kafkaErrorType } from '../client.ts'
import { type Cluster, type ListedOffset, newCluster } from '../internals.ts'
import type { FetchedMessage } from '../record-batch/record-set.ts'
import { within } from '../within.ts'
import { withReason } from './access-fault.ts'

const ATTEMPT_MS = 10_000
const DEADLINE_MS = 20_000
const PAUSE_MS = 200
const CLOSE_MS = 1_000
const UNKNOWN_TOPIC_TRIES = 3
const PARTITIONS_FRESH_MS = MINUTE_MS
/** The protocol's words for the ends of a partition. */
const EARLIEST = -2
const LATEST = -1
/** The protocol's isolation levels: who sees what is not decided yet, and who does not. */
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1

type ByPartition<T> = ReadonlyMap<TopicName, readonly T[]>

/**
 * Asks about topics and groups of one namespace. Every method rejects with `LogUnavailableError` when no answer came
 * within 20 seconds, with `LogAccessError` at once when these settings can have none, and with `TopicMissingError`
 * where a topic is not there.
 */
export class KafkaAdmin {
  readonly #kafka: Kafka
  readonly #namespace: string
  readonly #access: KafkaConnection
  #cluster: Promise<Cluster> | undefined
  #isClosed = false
  readonly #partitions = new Map<TopicName, { count: Promise<number>; until: number }>()

  /** @param access how `kafka` connects */
  constructor(kafka: Kafka, namespace: string, access: KafkaConnection) {
    this.#kafka = kafka
    this.#access = access
    this.#namespace = namespace
  }

  /** First offset and last stable offset of each partition, in the order of their numbers. */
  async offsets(topic: TopicName): Promise<PartitionOffsets[]> {
    return [...((await this.offsetsOf([topic])).get(topic) ?? [])]
  }

  /** The same for several topics, which are asked about together. */
  offsetsOf(topics: readonly TopicName[]): Promise<ByPartition<PartitionOffsets>> {
    if (topics.length === 0) return Promise.resolve(new Map())
    return this.#ask(topics, async (cluster, names) => {
      const [low, high] = await Promise.all([
        list(cluster, names, EARLIEST, READ_COMMITTED),
        list(cluster, names, LATEST, READ_COMMITTED),
      ])
      return new Map(
        topics.map((topic) => {
          const ends = high.get(topic) ?? []
          return [topic, (low.get(topic) ?? []).map((beginning, at) => ({ beginning, end: ends[at] ?? beginning }))]
        }),
      )
    })
  }

  /** The high watermark of each partition: what it holds that is not decided yet counts, too. */
  written(topic: TopicName): Promise<number[]> {
    return this.#ask([topic], async (cluster, names) => [
      ...((await list(cluster, names, LATEST, READ_UNCOMMITTED)).get(topic) ?? []),
    ])
  }

  /**
   * The first offset at or after the time (UTC milliseconds) in each partition; the last stable offset where there is
   * none.
   */
  offsetsAt(topic: TopicName, timestamp: number): Promise<number[]> {
    return this.#ask([topic], async (cluster, names) => {
      const ends = (await list(cluster, names, LATEST, READ_COMMITTED)).get(topic) ?? []
      const found = (await list(cluster, names, timestamp, READ_COMMITTED)).get(topic) ?? []
      return ends.map((end, partition) => {
        const offset = found[partition] ?? -1
        return offset < 0 ? end : offset
      })
    })
  }

  /**
   * What the partition holds from `offset` on, in one fetch: what is not decided yet and control records among it,
   * and perhaps some of what lies before. The last of it is never before `offset`, which has to lie below the high
   * watermark.
   */
  fetch(topic: TopicName, partition: number, offset: number): Promise<readonly FetchedMessage[]> {
    const name = qualifiedTopic(this.#namespace, topic)
    const place = { partition, fetchOffset: String(offset), maxBytes: topicTable[topic].maxMessageBytes }
    return this.#ask([topic], async (cluster) => {
      const [nodeId = ''] = Object.keys(cluster.findLeaderForPartitions(name, [partition]))
      const { responses } = await (await cluster.findBroker({ nodeId })).fetch({
        isolationLevel: READ_UNCOMMITTED,
        maxWaitTime: PAUSE_MS,
        topics: [{ topic: name, partitions: [place] }],
      })
      const messages = responses.flatMap(({ partitions }) => partitions).flatMap((answer) => answer.messages)
      if (!(Number(messages.at(-1)?.offset) >= offset))
        throw new LogUnavailableError(`${name}-${partition} gave nothing from ${offset} on`)
      return messages
    })
  }

  /** What the group has committed in each partition of each topic; undefined where nothing is. */
  committed(group: string, topics: readonly TopicName[]): Promise<ByPartition<number | undefined>> {
    if (topics.length === 0) return Promise.resolve(new Map())
    const groupId = `${this.#namespace}.${group}`
    return this.#ask(topics, async (cluster, names) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId })
      const asked = [...names.keys()].map((topic) => ({ topic, partitions: partitionsOf(cluster, topic) }))
      const { responses } = await coordinator.offsetFetch({ groupId, topics: asked })
      return byTopic(names, responses, ({ offset }) => (Number(offset) < 0 ? undefined : Number(offset)))
    })
  }

  /** How many partitions the topic has; up to a minute old. */
  async partitions(topic: TopicName): Promise<number> {
    const known = this.#partitions.get(topic)
    if (known !== undefined && Date.now() < known.until) return known.count
    const name = qualifiedTopic(this.#namespace, topic)
    const count = this.#ask([topic], async (cluster) => partitionsOf(cluster, name).length)
    this.#partitions.set(topic, { count, until: Date.now() + PARTITIONS_FRESH_MS })
    count.catch(() => this.#partitions.delete(topic))
    return count
  }

  /** Forgets a group without members. Tried once: Kafka forgets such a group by itself too. */
  async deleteGroup(groupId: string): Promise<void> {
    try {
      const deleted = this.#using(async (cluster) =>
        (await cluster.findGroupCoordinator({ groupId })).deleteGroups([groupId]),
      )
      await within(ATTEMPT_MS, 'deleting a group', deleted)
    } catch {
      // It holds no offsets, so Kafka drops it when its last member has left.
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    // Connections that are still being made may take as long as kafkajs tries.
    await within(CLOSE_MS, 'a disconnection', this.#discard()).catch(() => undefined)
  }

  /** Asks with connections that know where the topics' partitions are. `names`: the topics by their names in Kafka. */
  async #ask<T>(
    topics: readonly TopicName[],
    question: (cluster: Cluster, names: ReadonlyMap<string, TopicName>) => Promise<T>,
  ): Promise<T> {
    const names = new Map(topics.map((topic) => [qualifiedTopic(this.#namespace, topic), topic]))
    const what = [...names.keys()].join(', ')
    const deadline = Date.now() + DEADLINE_MS
    for (let unknown = 0; ; ) {
      const asked = this.#cluster
      try {
        return await within(
          ATTEMPT_MS,
          `asking about ${what}`,
          withReason(
            this.#access,
            this.#using(async (cluster) => {
              await cluster.addMultipleTargetTopics([...names.keys()])
              await cluster.refreshMetadataIfNecessary()
              return question(cluster, names)
            }),
          ),
        )
      } catch (error) {
        if (error instanceof LogAccessError) {
          void this.#discard()
          throw error
        }
        const isUnknown = kafkaErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION'
        // Unknown may be another topic, which somebody asked about once and which is gone: new connections know
        // nothing of it.
        if (asked === undefined || asked === this.#cluster) await this.#discard()
        if (isUnknown && ++unknown >= UNKNOWN_TOPIC_TRIES) throw new TopicMissingError(what, { cause: error })
        if (this.#isClosed || Date.now() > deadline) {
          throw new LogUnavailableError(`no answer about ${what}`, { cause: error })
        }
        await sleep(PAUSE_MS)
      }
    }
  }

  /**
   * Connections that are given up while they are in use are closed once more afterwards: a retry inside kafkajs
   * connects again.
   */
  async #using<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
    const used = this.#connected()
    try {
      return await work(await used)
    } finally {
      if (this.#cluster !== used) void used.then((cluster) => cluster.disconnect()).catch(() => undefined)
    }
  }

  #connected(): Promise<Cluster> {
    if (this.#isClosed) return Promise.reject(new LogUnavailableError('the event log is closed'))
    this.#cluster ??= this.#connect()
    return this.#cluster
  }

  async #connect(): Promise<Cluster> {
    const cluster = newCluster(this.#kafka)
    await cluster.connect()
    return cluster
  }

  async #discard(): Promise<void> {
    const cluster = this.#cluster
    this.#cluster = undefined
    await cluster?.then((connected) => connected.disconnect()).catch(() => undefined)
  }
}

function partitionsOf(cluster: Cluster, topic: string): { partition: number }[] {
  return cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }))
}

/** Asks the leaders of all partitions of the topics, one request each, for the offset at a time or an end. */
async function list(
  cluster: Cluster,
  names: ReadonlyMap<string, TopicName>,
  timestamp: number,
  isolationLevel: 0 | 1,
): Promise<ByPartition<number>> {
  const places = [...names.keys()].flatMap((topic) => {
    const numbers = partitionsOf(cluster, topic).map(({ partition }) => partition)
    return Object.entries(cluster.findLeaderForPartitions(topic, numbers)).map(([nodeId, led]) => ({
      nodeId,
      topic,
      partitions: led.map((partition) => ({ partition, timestamp })),
    }))
  })
  const answers = await Promise.all(
    [...Map.groupBy(places, ({ nodeId }) => nodeId)].map(async ([nodeId, topics]) =>
      (await cluster.findBroker({ nodeId })).listOffsets({ isolationLevel, topics }),
    ),
  )
  return byTopic(
    names,
    answers.flatMap(({ responses }) => responses),
    ({ offset }) => Number(offset),
  )
}

/** What was answered of each topic, in the order of its partitions; parts of it may have come from several brokers. */
function byTopic<T>(
  names: ReadonlyMap<string, TopicName>,
  answers: readonly { readonly topic: string; readonly partitions: readonly ListedOffset[] }[],
  value: (found: ListedOffset) => T,
): Map<TopicName, T[]> {
  return new Map(
    [...names].map(([name, topic]) => {
      const found = answers.filter((answer) => answer.topic === name).flatMap(({ partitions }) => partitions)
      return [topic, found.sort((a, b) => a.partition - b.partition).map(value)]
    }),
  )
}
