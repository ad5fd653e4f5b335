/**
 * The bare tool: kafkajs reads the records that a service reads, and writes what the service has written of them, in
 * as many transactions, without looking into anything. The plan comes as JSON in BARE_PLAN; a line on standard output
 * says that the loop has begun.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { deserialize } from 'node:v8'
import { kafkaClient } from '@payout/runtime/event-log/kafkajs/client'
import { logger } from '@payout/runtime/observability/logging'
import { RedisConnection } from '@payout/runtime/redis/connection/connection'
import { script } from '@payout/runtime/redis/connection/script'
import { qualifiedTopic } from '@payout/schemas/topics'
import { KIB, MIB } from '@payout/schemas/units'
import { Kafka, type KafkaMessage, logLevel, type Producer } from 'kafkajs'
import type { Output } from './bare-outputs.ts'
import type { BarePlan, BarePortion } from './bare-plan.ts'

const TRANSACTION_MS = 30_000
const GATHER_MS = 50
/** Of one partition, with room for what Kafka adds to each record: the topics take one MiB. */
const SEND_BYTES = 800 * KIB
/** As long as a hash of a payout's content in base64. */
const HASH = 'x'.repeat(43)

const plan = JSON.parse(process.env.BARE_PLAN ?? '') as BarePlan
const quiet = logger('bench', 'silent')

/** Takes keys that nobody has, as the claims of payouts do. */
const claims = script(
  'primary',
  `
local answers = {}
for k = 1, #KEYS do
  local held = redis.call('GET', KEYS[k])
  if held then
    answers[k] = held
  else
    redis.call('SET', KEYS[k], ARGV[k] .. '|' .. now)
    answers[k] = 1
  end
end
return answers
`,
  'now',
)

/** Records of as few sends as the limit of a partition's batch allows. */
function rounds(outputs: readonly Output[]): Output[][] {
  const sends: Output[][] = []
  let bytes = new Map<string, number>()
  for (const output of outputs) {
    const partition = `${output.topic} ${output.message.partition}`
    const upTo = (bytes.get(partition) ?? 0) + output.bytes
    const isFull = upTo > SEND_BYTES
    if (isFull) bytes = new Map()
    bytes.set(partition, isFull ? output.bytes : upTo)
    if (isFull || sends.length === 0) sends.push([])
    sends.at(-1)?.push(output)
  }
  return sends
}

/** One portion after the other; each transaction takes its share of the portion's outputs. */
class Shares {
  readonly #portions: readonly (BarePortion & { readonly found: readonly Output[] })[]
  #at = 0
  #taken = 0
  #given = 0

  constructor(portions: readonly (BarePortion & { readonly found: readonly Output[] })[]) {
    this.#portions = portions
  }

  /** Input records of one transaction. */
  get size(): number {
    const { inputs, transactions } = this.#portion
    return Math.max(1, Math.ceil(inputs / transactions))
  }

  take(records: number): readonly Output[] {
    const { inputs, found } = this.#portion
    this.#taken += records
    const upTo = Math.floor((found.length * this.#taken) / inputs)
    const share = found.slice(this.#given, upTo)
    this.#given = upTo
    if (this.#taken >= inputs && this.#at < this.#portions.length - 1) {
      this.#at++
      this.#taken = 0
      this.#given = 0
    }
    return share
  }

  get #portion() {
    const portion = this.#portions[this.#at]
    if (portion === undefined) throw new RangeError('a plan has a portion')
    return portion
  }
}

async function transactional(kafka: Kafka, partition: number): Promise<Producer> {
  const producer = kafka.producer({
    transactionalId: `${plan.namespace}.bare-${partition}`,
    transactionTimeout: TRANSACTION_MS,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
    retry: { retries: 40, initialRetryTime: 5, maxRetryTime: 500 },
  })
  await producer.connect()
  return producer
}

/** What was fetched of one partition number, of all topics: one transaction after the other. */
class Lane {
  readonly #producer: Producer
  readonly #partition: number
  readonly #shares: Shares
  readonly #redis: RedisConnection | undefined
  #waiting: { readonly topic: string; readonly message: KafkaMessage }[] = []
  #isBusy = false

  constructor(producer: Producer, partition: number, shares: Shares, redis: RedisConnection | undefined) {
    this.#producer = producer
    this.#partition = partition
    this.#shares = shares
    this.#redis = redis
  }

  async add(topic: string, messages: readonly KafkaMessage[]): Promise<void> {
    for (const message of messages) this.#waiting.push({ topic, message })
    if (this.#isBusy) return
    this.#isBusy = true
    while (this.#waiting.length > 0) {
      // Its transactions are to be no smaller than the service's.
      if (this.#waiting.length < this.#shares.size) await sleep(GATHER_MS)
      await this.#transact(this.#waiting.splice(0, this.#shares.size))
    }
    this.#isBusy = false
  }

  async #transact(taken: readonly { readonly topic: string; readonly message: KafkaMessage }[]): Promise<void> {
    if (this.#redis !== undefined) await claim(this.#redis, this.#partition, taken)
    const outputs = this.#shares.take(taken.length)
    const next = new Map(taken.map(({ topic, message }) => [topic, String(Number(message.offset) + 1)]))
    const transaction = await this.#producer.transaction()
    for (const round of rounds(outputs)) {
      const byTopic = Map.groupBy(round, ({ topic }) => topic)
      const topicMessages = [...byTopic].map(([topic, all]) => ({ topic, messages: all.map(({ message }) => message) }))
      await transaction.sendBatch({ acks: -1, topicMessages })
    }
    const partitions = (offset: string) => [{ partition: this.#partition, offset }]
    await transaction.sendOffsets({
      consumerGroupId: `${plan.namespace}.${plan.group}`,
      topics: [...next].map(([topic, offset]) => ({ topic, partitions: partitions(offset) })),
    })
    await transaction.commit()
    transactions++
  }
}

async function claim(
  redis: RedisConnection,
  partition: number,
  taken: readonly { readonly message: KafkaMessage }[],
): Promise<void> {
  const keys = taken.map(({ message }) => `${plan.namespace}:claim:payout:shop-md5-utf8/${message.key}`)
  const values = taken.map(
    ({ message }) => `${HASH}|payout.commands|${partition}|${message.offset}|0|${message.timestamp}`,
  )
  await redis.run(claims, keys, values)
}

let transactions = 0
const found = deserialize(readFileSync(plan.outputsFile)) as Output[][]
const shares = new Shares(plan.portions.map((portion, at) => ({ ...portion, found: found[at] ?? [] })))
const kafka = plan.hasCorrections
  ? kafkaClient({ ...plan, clientId: 'bare', logger: quiet })
  : new Kafka({ brokers: [...plan.brokers], clientId: 'bare', logLevel: logLevel.NOTHING })
const redis =
  plan.redisUrl === undefined
    ? undefined
    : new RedisConnection(plan.namespace, { url: plan.redisUrl, logger: quiet, commandTimeoutMs: TRANSACTION_MS })
const lanes = new Map<number, Promise<Lane>>()
const laneOf = (partition: number): Promise<Lane> => {
  const known = lanes.get(partition)
  if (known !== undefined) return known
  const lane = transactional(kafka, partition).then((producer) => new Lane(producer, partition, shares, redis))
  lanes.set(partition, lane)
  return lane
}
const consumer = kafka.consumer({
  groupId: `${plan.namespace}.${plan.group}`,
  maxWaitTimeInMs: 100,
  maxBytesPerPartition: 4 * MIB,
  maxBytes: 16 * MIB,
  allowAutoTopicCreation: false,
})
await consumer.connect()
await consumer.subscribe({
  topics: plan.topics.map((topic) => qualifiedTopic(plan.namespace, topic)),
  fromBeginning: true,
})
consumer.on(consumer.events.GROUP_JOIN, () => process.stdout.write('begun\n'))
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  partitionsConsumedConcurrently: 16,
  eachBatch: async ({ batch, resolveOffset }) => {
    const lane = await laneOf(batch.partition)
    resolveOffset(batch.lastOffset())
    lane.add(batch.topic, batch.messages).catch((error: unknown) => {
      process.stderr.write(`${error}\n`)
      process.exit(1)
    })
  },
})
process.on('SIGTERM', () => {
  process.stdout.write(`${transactions} transactions\n`)
  process.exit(0)
})
