/**
 * `npm run bench:transactions -- [--partitions 1,6,12] [--rounds 7] [--transactions 20] [--records 100]`: requests
 * and time of a transaction, as kafkajs' own producer makes it and as ours does, in turns on one broker.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import { KafkaProxy } from '../contract/event-log/kafka-proxy.ts'
import { type OneBroker, quantile, withOneBroker } from './one-broker.ts'
import { type Shape, sendEachLeader, sendEachPartition } from './transaction-shapes.ts'

const FROM = 'gateway.requests'
const TO = 'gateway.answers'
const WARM_UP = 5
const TRIES = 20
const TRY_AGAIN_MS = 500
const COUNTED = 10
const shapes = { "kafkajs' producer": sendEachPartition, ours: sendEachLeader } as const
type Name = keyof typeof shapes
const names = Object.keys(shapes) as Name[]

const { values } = parseArgs({
  options: {
    partitions: { type: 'string', default: '1,6,12' },
    rounds: { type: 'string', default: '7' },
    transactions: { type: 'string', default: '20' },
    records: { type: 'string', default: '100' },
  },
})
const [rounds, transactions, records] = [values.rounds, values.transactions, values.records].map(Number)
const counts = values.partitions.split(',').map(Number)
if (![rounds, transactions, records, ...counts].every((number) => Number.isInteger(number) && Number(number) >= 1))
  throw new Error(
    'npm run bench:transactions -- [--partitions 1,6,12] [--rounds 7] [--transactions 20] [--records 100]',
  )

/** About as large as an event of a payout. */
function batches(partitions: number): OutgoingRecord[][] {
  return Array.from({ length: partitions }, (_, partition) =>
    Array.from({ length: Number(records) }, () => ({
      topic: TO,
      partition,
      key: null,
      value: Buffer.alloc(229),
      headers: { ce_id: 'x'.repeat(30), ce_type: 'payout.succeeded' },
    })),
  )
}

/** The coordinators of a new broker are not all ready at once: opens a shape until its first transaction works. */
async function openWarm(open: () => Promise<Shape>, partitions: number): Promise<Shape> {
  for (let tries = 1; ; tries++) {
    const shape = await open()
    try {
      for (let at = 0; at < WARM_UP; at++) await shape.transact(batches(partitions), at)
      return shape
    } catch (error) {
      await shape.close()
      if (tries === TRIES) throw error
    }
    await sleep(TRY_AGAIN_MS)
  }
}

/** Both shapes, warm. */
async function open(broker: OneBroker, namespace: string, partitions: number, address = broker.address) {
  const opened = new Map<Name, Shape>()
  for (const name of names) {
    const options = { connection: broker.connection(name, address), namespace, from: FROM, to: TO } as const
    const start = () => shapes[name]({ ...options, name: `${opened.size}-${randomUUID().slice(0, 8)}` })
    opened.set(name, await openWarm(start, partitions))
  }
  return {
    each: async (names: readonly Name[], work: (name: Name, shape: Shape) => Promise<void>) => {
      for (const name of names) {
        const shape = opened.get(name)
        if (shape !== undefined) await work(name, shape)
      }
    },
    close: () => Promise.all([...opened.values()].map((shape) => shape.close())),
  }
}

/** Requests of a transaction, on the average. */
async function requestsOf(broker: OneBroker, namespace: string, partitions: number): Promise<Map<Name, number>> {
  const seen = new Map<string, number>()
  const proxy = await KafkaProxy.listen(broker.address)
  const both = await open(broker, namespace, partitions, proxy.address)
  proxy.rules = {
    request: ({ clientId }) => {
      seen.set(clientId, (seen.get(clientId) ?? 0) + 1)
      return true
    },
  }
  for (let at = 0; at < COUNTED; at++) await both.each(names, (_, shape) => shape.transact(batches(partitions), at))
  await both.close()
  await proxy.close()
  return new Map(names.map((name) => [name, (seen.get(name) ?? 0) / COUNTED]))
}

/** The median of each round, in ms. */
async function timesOf(broker: OneBroker, namespace: string, partitions: number): Promise<Map<Name, number[]>> {
  const medians = new Map<Name, number[]>(names.map((name) => [name, []]))
  const both = await open(broker, namespace, partitions)
  for (let round = 0; round < Number(rounds); round++) {
    const times = new Map<Name, number[]>(names.map((name) => [name, []]))
    for (let at = 0; at < Number(transactions); at++) {
      // The one that went second goes first next time.
      await both.each(at % 2 === 0 ? names : names.toReversed(), async (name, shape) => {
        const records = batches(partitions)
        const begin = performance.now()
        await shape.transact(records, at)
        times.get(name)?.push(performance.now() - begin)
      })
    }
    for (const [name, all] of times) medians.get(name)?.push(quantile(all, 0.5))
  }
  await both.close()
  return medians
}

await withOneBroker(async (broker) => {
  console.log(
    `${records} records of 229 bytes a partition; ${rounds} rounds of ${transactions} transactions each, in turns; ms: median of the rounds' medians (lowest to highest)\n`,
  )
  console.log('| partitions | transaction of | requests | ms |\n| --- | --- | --- | --- |')
  for (const partitions of counts) {
    const namespace = `bench-${randomUUID().slice(0, 8)}`
    await broker.makeTopics(namespace, partitions, [FROM, TO])
    const requests = await requestsOf(broker, namespace, partitions)
    for (const [name, medians] of await timesOf(broker, namespace, partitions)) {
      const [median, lowest, highest] = [quantile(medians, 0.5), Math.min(...medians), Math.max(...medians)]
      const figures = `${median.toFixed(1)} (${lowest.toFixed(1)} to ${highest.toFixed(1)})`
      console.log(`| ${partitions} | ${name} | ${requests.get(name)?.toFixed(1)} | ${figures} |`)
    }
  }
})
