/** Asks for payouts, and counts what downstream sees of them. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { samplePartners } from '@payout/demo/samples/sample-payouts'
import { kafkaClient } from '@payout/runtime/event-log/kafkajs/client'
import { partitionOf } from '@payout/runtime/event-log/kafkajs/produce/partition-of'
import { logger } from '@payout/runtime/observability/logging'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import { Codec } from '@payout/schemas/codec'
import { qualifiedTopic } from '@payout/schemas/topics'
import { MIB } from '@payout/schemas/units'
import type { Consumer, EachBatchPayload, Message, PartitionerArgs, Producer } from 'kafkajs'

/** Commands of one send. */
const SEND = 2_000
const TICK_MS = 20
/** So long nothing comes before what is missing counts as lost. */
const SILENCE_MS = 60_000
const LOOK_MS = 5

const SURNAMES = [...'王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹']
const GIVEN_NAMES = ['伟', '芳', '娜', '敏', '静', '丽', '强', '磊', '秀英', '小红', '建国']
const MEMOS = ['十一月工资', '稿费', '货款', '退款', '佣金', '差旅报销', 'refund 2026-11', '奖金']

/** What became of one portion of payouts. */
export interface LoadResult {
  readonly payouts: number
  /** From the first command to the last outcome that downstream saw. */
  readonly seconds: number
  /** How long the asking took, which may be longer than it should at a rate. */
  readonly askedSeconds: number
  /** From the time stamp of each command's record to that of its outcome's, in ms. */
  readonly latencies: readonly number[]
  /** From the time stamp of each command's record until downstream had read its outcome, in ms. */
  readonly seenAfter: readonly number[]
}

interface Asked {
  sentAt: number
  outcomeAt: number
  seenAt: number
}

/** Upstream and downstream of one system, each with a connection of kafkajs' own. */
export class Load {
  readonly #producer: Producer
  readonly #consumer: Consumer
  readonly #namespace: string
  readonly #partitions: number
  readonly #codec = new Codec()
  readonly #asked: Asked[] = []
  #outcomes = 0

  private constructor(producer: Producer, consumer: Consumer, namespace: string, partitions: number) {
    this.#producer = producer
    this.#consumer = consumer
    this.#namespace = namespace
    this.#partitions = partitions
  }

  /** Connects to a system that nobody else asks for payouts. */
  static async open(brokers: readonly string[], namespace: string): Promise<Load> {
    const kafka = kafkaClient({ brokers, clientId: 'bench', logger: logger('bench', 'silent') })
    const [commands, events] = [
      qualifiedTopic(namespace, 'payout.commands'),
      qualifiedTopic(namespace, 'payout.events'),
    ]
    const admin = kafka.admin()
    await admin.connect()
    const { length: partitions } = await admin.fetchTopicOffsets(commands)
    await admin.disconnect()
    const createPartitioner = () => (args: PartitionerArgs) => args.message.partition ?? 0
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner })
    const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 50, maxBytesPerPartition: 4 * MIB })
    const load = new Load(producer, consumer, namespace, partitions)
    await Promise.all([producer.connect(), consumer.connect()])
    await consumer.subscribe({ topic: events, fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: async (payload) => load.#take(payload) })
    return load
  }

  async close(): Promise<void> {
    await Promise.all([this.#producer.disconnect(), this.#consumer.disconnect()])
  }

  /**
   * Asks for so many payouts as fast as it goes, and waits for their outcomes. The commands are made before `begun`
   * is called. @throws Error where nothing comes for a minute
   */
  async burst(count: number, begun: () => Promise<void> = async () => undefined): Promise<LoadResult> {
    const first = this.#asked.length
    const sends: Message[][] = []
    for (let at = 0; at < count; at += SEND) {
      const size = Math.min(SEND, count - at)
      sends.push(Array.from({ length: size }, (_, index) => this.#command(first + at + index)))
    }
    await begun()
    const began = Date.now()
    for (const messages of sends) await this.#send(messages)
    return this.#result(first, began)
  }

  /** Asks for so many payouts a second for so long, and waits for their outcomes. @throws Error as `burst` does */
  async rate(perSecond: number, seconds: number): Promise<LoadResult> {
    const first = this.#asked.length
    const began = Date.now()
    const all = perSecond * seconds
    for (let sent = 0, tick = 1; sent < all; tick++) {
      const due = Math.min(all, Math.floor(((Date.now() - began) / 1000) * perSecond))
      const count = Math.min(SEND, due - sent)
      if (count > 0) await this.#send(Array.from({ length: count }, (_, at) => this.#command(first + sent + at)))
      sent += Math.max(0, count)
      await sleep(Math.max(0, began + tick * TICK_MS - Date.now()))
    }
    return this.#result(first, began)
  }

  async #result(first: number, began: number): Promise<LoadResult> {
    const sentBy = Date.now()
    const all = this.#asked.length
    let [seen, changedAt] = [this.#outcomes, Date.now()]
    while (this.#outcomes < all) {
      await sleep(LOOK_MS)
      if (this.#outcomes !== seen) [seen, changedAt] = [this.#outcomes, Date.now()]
      if (Date.now() - changedAt > SILENCE_MS) throw new Error(`${all - seen} of ${all} payouts have no outcome`)
    }
    const asked = this.#asked.slice(first)
    const last = asked.reduce((latest, { seenAt }) => Math.max(latest, seenAt), 0)
    return {
      payouts: asked.length,
      seconds: (last - began) / 1000,
      askedSeconds: (sentBy - began) / 1000,
      latencies: asked.map(({ sentAt, outcomeAt }) => outcomeAt - sentAt),
      seenAfter: asked.map(({ sentAt, seenAt }) => seenAt - sentAt),
    }
  }

  async #send(messages: readonly Message[]): Promise<void> {
    const now = Date.now()
    const timestamp = String(now)
    for (const _ of messages) this.#asked.push({ sentAt: now, outcomeAt: 0, seenAt: 0 })
    await this.#producer.send({
      topic: qualifiedTopic(this.#namespace, 'payout.commands'),
      acks: -1,
      messages: messages.map((message) => ({ ...message, timestamp })),
    })
  }

  #command(index: number): Message {
    const of = <T>(choices: readonly T[], at: number) => choices[at % choices.length] as T
    const [id, partner, now] = [`bench${index}`, of(samplePartners, index), Date.now()]
    const value = this.#codec.encode('payout.PayoutRequested', {
      payoutId: id,
      partner,
      payer: null,
      payeeAccount: `user${index}@example.com`,
      payeeName: `${of(SURNAMES, index)}${of(GIVEN_NAMES, index)}`,
      amountFen: 100 + (index % 200_000),
      memo: of(MEMOS, index),
      requestedAt: now,
    })
    const headers = cloudEventHeaders({
      id: `${partner}/${id}/${now}`,
      type: eventType('payout.PayoutRequested'),
      source: `/${this.#namespace}/bench`,
      subject: `${partner}/${id}`,
      time: now,
    })
    return { key: id, value, headers, partition: partitionOf(id, this.#partitions) }
  }

  /** Reads no more of an event than its headers and key: what the measurement itself costs is to be little. */
  #take({ batch, resolveOffset }: EachBatchPayload): void {
    const now = Date.now()
    for (const { headers, key, timestamp } of batch.messages) {
      const type = String(headers?.ce_type)
      if (type !== 'payout.succeeded' && type !== 'payout.failed') continue
      const asked = this.#asked[Number(String(key).split('/bench')[1])]
      if (asked === undefined || asked.seenAt !== 0) throw new Error(`an outcome of nothing that was open: ${key}`)
      asked.outcomeAt = Number(timestamp)
      asked.seenAt = now
      this.#outcomes++
    }
    resolveOffset(batch.lastOffset())
  }
}
