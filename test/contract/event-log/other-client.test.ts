/** Records that were written here are read by Java's own client. */
import { join } from 'node:path'
import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import { findJava } from '@payout/sandbox/provision/kafka/java'
import { kafkaJars, mavenFolder } from '@payout/sandbox/provision/process/maven-folder'
import { cloudEventHeaders } from '@payout/schemas/cloud-event'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import { expect, inject, it } from 'vitest'
import { run } from '../schemas/other-language.ts'
import { Ground, requests, type World } from './ground.ts'

const events: TopicName = 'payout.events'
const LANES = 3

/** A record as another client read it; bytes are in base64. */
interface ReadRecord {
  readonly partition: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Where the other client would have put its key. */
  readonly ownPartition?: number | null
}

type Reader = (world: World, count: number) => Promise<ReadRecord[]>

const ground = new Ground(inject('brokers'))
const subject = 'acme/20101218000abcdefghijklmnopqrstu'
const CE_HEADERS = cloudEventHeaders({
  id: 'kUoY0ZrgNylxbOcIkU2tZ0vPuhiq8bkp',
  type: 'payout.succeeded',
  source: '/live/reconciler',
  subject,
  time: 1_795_883_846_653,
})

/** What is rare, and what lies on both sides of where a length takes another byte. */
const RARE: readonly Pick<OutgoingRecord, 'key' | 'value' | 'headers'>[] = [
  { key: null, value: null, headers: {} },
  { key: null, value: Buffer.alloc(0), headers: { empty: '', '': 'without a name' } },
  { key: '', value: Buffer.from('value'), headers: {} },
  { key: '支付/批次-1', value: Buffer.from('付款'), headers: { 名称: '张三', é: 'ÿ', '😀': '€'.repeat(3_000) } },
  { key: '😀', value: Buffer.from('lone surrogates are no text'), headers: {} },
  { key: Buffer.from([0, 255, 128]), value: Buffer.from([255, 0]), headers: {} },
  { key: 'k'.repeat(63), value: Buffer.alloc(8_191, 1), headers: { h: 'x'.repeat(64) } },
  { key: 'k'.repeat(64), value: Buffer.alloc(8_192, 2), headers: { h: 'x'.repeat(63) } },
  { key: subject, value: Buffer.alloc(200_000, 3), headers: CE_HEADERS },
  ...Array.from({ length: 130 }, (_, at) => ({
    key: `acme/order-${at}`,
    value: Buffer.alloc(at, at),
    headers: { ...CE_HEADERS, at: String(at) },
  })),
]

async function java(): Promise<Reader> {
  const found = await findJava()
  if ('missing' in found) throw new Error(found.missing)
  const jars = await mavenFolder(kafkaJars, (message) => console.warn(message))
  // It runs for seconds: what Java's second compiler and many threads would win they cost.
  const program = [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-cp',
    join(jars, '*'),
    join(import.meta.dirname, 'ReadRecords.java'),
  ]
  return async ({ namespace }, count) => {
    const args = [...program, ground.brokers.join(','), qualifiedTopic(namespace, events), String(count)]
    const lines = (await run(found.java, args)).split('\n').filter((line) => line.startsWith('{'))
    return lines.map((line): ReadRecord => JSON.parse(line))
  }
}

/** Where there is no Java. */
const ourselves: Reader = async ({ log }) => {
  const from = Array.from({ length: LANES }, (_, partition) => ({ topic: events, partition, at: 'beginning' as const }))
  const records: ReadRecord[] = []
  for await (const { partition, key, value, headers } of log.read({ from, until: 'end' }))
    records.push({ partition, ...encoded({ key, value, headers }) })
  return records
}

const base64 = (content: string | Buffer) => Buffer.from(content).toString('base64')

function encoded({
  key,
  value,
  headers,
}: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>): Omit<ReadRecord, 'partition'> {
  return {
    key: key === null ? null : base64(key),
    value: value === null ? null : base64(value),
    headers: Object.entries(headers).map(([name, text]) => [base64(name), base64(text)] as const),
  }
}

const found = await java().catch((error: Error) => {
  console.warn(`Records are not read by Java's client here: ${error.message}`)
  return undefined
})

it(`records are read by ${found ? "Java's client" : 'our own reader'} as they were written, of transactions and of single sends`, async () => {
  const world = await ground.world(LANES, [requests, events])
  const { log } = world
  const records = await Promise.all(
    RARE.map(async (record): Promise<OutgoingRecord> => {
      // What is no text has no place of its own.
      const place = record.key === null ? 0 : await log.partitionFor(events, String(record.key))
      return { topic: events, partition: place, ...record }
    }),
  )
  const publisher = log.publisher({ maxBytes: 16 * 1024 * 1024 })
  await Promise.all(records.map((record) => publisher.append(record)))
  await publisher.close()
  const committed = Promise.withResolvers<void>()
  const consuming = await log.consume({
    group: 'writer',
    tasks: 'by-lane',
    topics: [requests],
    handler: async (session) => {
      if (session.partition === 0) {
        await session.commit(records, {})
        committed.resolve()
      }
      while (!session.stopping) await session.poll({ topics: [], maxRecords: 1, timeoutMs: 500 })
    },
  })
  await committed.promise
  await consuming.stop(5_000)
  const read = await (found ?? ourselves)(world, 2 * records.length)
  for (let partition = 0; partition < LANES; partition++) {
    const ours = records
      .filter((record) => record.partition === partition)
      .map((record) => {
        const isPlaced = found && typeof record.key === 'string'
        return { ...encoded(record), ...(isPlaced ? { ownPartition: partition } : {}) }
      })
    expect(read.filter((record) => record.partition === partition)).toMatchObject([...ours, ...ours])
  }
  expect(read).toHaveLength(2 * records.length)
})
