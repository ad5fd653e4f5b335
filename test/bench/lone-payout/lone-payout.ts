/** The bench of one payout on a system that does nothing else. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { kafkaClient } from '@payout/runtime/event-log/kafkajs/client'
import { logger } from '@payout/runtime/observability/logging'
import { RedisConnection } from '@payout/runtime/redis/connection/connection'
import { Codec } from '@payout/schemas/codec'
import { qualifiedTopic } from '@payout/schemas/topics'
import type { Kafka } from 'kafkajs'
import type { Bench, BenchOptions, Figure } from '../figure.ts'
import { quantile } from '../one-broker.ts'
import { type MeasuredSystem, withPipeline } from '../pipeline/measured-load.ts'

const WARM_UP = 200
const TRIES = 100
const SHORT_TRIES = 20
/** Between two payouts, so that the system is idle again; another time each time. */
const PAUSE_MS = 300
const MORE_PAUSE_MS = 400
const quiet = logger('bench', 'silent')
const LABEL = 'a kafkajs transaction and a round trip to Redis'

/** Milliseconds of one try. */
interface Try {
  readonly toGateway: number
  readonly toEvent: number
  readonly bare: number
}

export const bench: Bench = {
  name: 'lone-payout',
  about:
    'One payout at a time on the whole system, which is idle before it: from its command until the gateway has its request, and from its notify until downstream has read its outcome. Between two payouts a kafkajs transaction with one record and one offset, and a round trip to Redis, are measured on the same servers.',
  run: (options) => withPipeline(options, async (system) => figuresOf(await tries(system, options), options.rounds)),
}

async function tries(system: MeasuredSystem, { short, log }: BenchOptions): Promise<Try[]> {
  const { pipeline, load } = system
  const { settings, books } = pipeline
  if (books === undefined) throw new Error('the sandbox is ours')
  const kafka = kafkaClient({ brokers: settings.kafkaBrokers.split(','), clientId: 'bench', logger: quiet })
  await load.burst(WARM_UP)
  const notifies = await NotifyTimes.follow(kafka, settings.namespace)
  const bare = await BareSteps.open(kafka, settings.redisUrl)
  for (let at = 0; at < 5; at++) await bare.once()
  const before = (await books.requests()).filter(isPayout).length
  const lone: { sentAt: number; seenAt: number; notifiedAt: number; bare: number }[] = []
  for (let at = 0; at < (short ? SHORT_TRIES : TRIES); at++) {
    await sleep(PAUSE_MS + Math.random() * MORE_PAUSE_MS)
    const sentAt = Date.now()
    const { seenAfter } = await load.burst(1)
    const seenAt = sentAt + (seenAfter[0] ?? Number.NaN)
    const notifiedAt = await notifies.next()
    await sleep(PAUSE_MS)
    lone.push({ sentAt, seenAt, notifiedAt, bare: await bare.once() })
  }
  // Each payout is a request of its own, in their order.
  const requests = (await books.requests()).filter(isPayout).slice(before)
  if (requests.length !== lone.length) throw new Error(`${lone.length} payouts were ${requests.length} requests`)
  await Promise.all([notifies.close(), bare.close()])
  log(`${lone.length} payouts, each after the outcome of the one before`)
  return lone.map(({ sentAt, seenAt, notifiedAt, bare }, at) => ({
    toGateway: (requests[at]?.at ?? Number.NaN) - sentAt,
    toEvent: seenAt - notifiedAt,
    bare,
  }))
}

function isPayout({ service }: { readonly service: string }): boolean {
  return service === 'batch_trans_notify_no_pwd'
}

/** When ingress got each notify, as it has written it down. */
class NotifyTimes {
  readonly #codec = new Codec()
  readonly #times: number[] = []
  #close: () => Promise<void> = async () => undefined
  #taken = 0

  static async follow(kafka: Kafka, namespace: string): Promise<NotifyTimes> {
    const times = new NotifyTimes()
    const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 50 })
    times.#close = () => consumer.disconnect()
    await consumer.connect()
    await consumer.subscribe({ topic: qualifiedTopic(namespace, 'gateway.notifies'), fromBeginning: true })
    let seen = 0
    const joined = Promise.withResolvers<void>()
    consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve())
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        seen++
        times.#times.push(times.#codec.decode(message.value, ['gateway.GatewayNotify']).value.receivedAt)
      },
    })
    await joined.promise
    // What the warm-up left is passed over.
    for (let before = -1; before !== seen || seen === 0; await sleep(500)) before = seen
    times.#taken = seen
    return times
  }

  /** The next one; it may still be on its way. */
  async next(): Promise<number> {
    for (;;) {
      const time = this.#times[this.#taken]
      if (time !== undefined) {
        this.#taken++
        return time
      }
      await sleep(5)
    }
  }

  close(): Promise<void> {
    return this.#close()
  }
}

/** What the bare tools need for one step of a payout. */
class BareSteps {
  readonly #transact: (offset: number) => Promise<void>
  readonly #redis: RedisConnection
  readonly #disconnect: () => Promise<void>
  #offset = 0

  private constructor(
    transact: (offset: number) => Promise<void>,
    redis: RedisConnection,
    disconnect: () => Promise<void>,
  ) {
    this.#transact = transact
    this.#redis = redis
    this.#disconnect = disconnect
  }

  static async open(kafka: Kafka, redisUrl: string): Promise<BareSteps> {
    const topic = `bench-${randomUUID()}`
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
    await admin.disconnect()
    const producer = kafka.producer({
      transactionalId: topic,
      maxInFlightRequests: 1,
      createPartitioner: () => () => 0,
      retry: { retries: 40, initialRetryTime: 5, maxRetryTime: 500 },
    })
    await producer.connect()
    const transact = async (offset: number) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic, acks: -1, messages: [{ partition: 0, value: Buffer.alloc(500) }] })
      const partitions = [{ partition: 0, offset: String(offset) }]
      await transaction.sendOffsets({ consumerGroupId: topic, topics: [{ topic, partitions }] })
      await transaction.commit()
    }
    const redis = new RedisConnection('bench', { url: redisUrl, logger: quiet })
    return new BareSteps(transact, redis, () => producer.disconnect())
  }

  /** Milliseconds of one transaction and one round trip. */
  async once(): Promise<number> {
    const begin = performance.now()
    await this.#redis.command('EXISTS', 'nothing')
    await this.#transact(this.#offset++)
    return performance.now() - begin
  }

  async close(): Promise<void> {
    await this.#disconnect()
    await this.#redis.close()
  }
}

function figuresOf(all: readonly Try[], rounds: number): Figure[] {
  const size = Math.ceil(all.length / rounds)
  const portions = Array.from({ length: rounds }, (_, at) => all.slice(at * size, (at + 1) * size)).filter(
    ({ length }) => length > 0,
  )
  const medians = (of: (one: Try) => number) => portions.map((portion) => quantile(portion.map(of), 0.5))
  const row = (name: string, of: (one: Try) => number) => [
    name,
    ...[0.5, 0.9, 0.99].map((part) => quantile(all.map(of), part).toFixed(1)),
  ]
  const bare = { label: LABEL, values: medians((one) => one.bare) }
  const goal = { of: 'ratio', limit: 0.5, text: 'at most twice that' } as const
  return [
    {
      id: 'lone-payout-request',
      title: 'One payout on an idle system, command to request at the gateway, p50',
      unit: 'ms',
      better: 'lower',
      ours: medians(({ toGateway }) => toGateway),
      bare,
      goal,
      table: {
        head: ['', 'p50, ms', 'p90, ms', 'p99, ms'],
        rows: [
          row('from command to request', ({ toGateway }) => toGateway),
          row('from notify to event', ({ toEvent }) => toEvent),
          row(LABEL, ({ bare }) => bare),
        ],
      },
    },
    {
      id: 'lone-payout-event',
      title: 'One payout on an idle system, from its notify to its event, half of all',
      unit: 'ms',
      better: 'lower',
      ours: medians(({ toEvent }) => toEvent),
      bare,
      goal,
    },
  ]
}
