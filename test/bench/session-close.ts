/**
 * `npm run bench:close -- [--closes 300]`: from the end of a task's session to the rejection of the commit that was
 * under way. In every other round Kafka's answers to the steps of transactions are held back, so that nothing but the
 * end can reject them.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'
import type { OutgoingRecord, TaskHandler } from '@payout/runtime/event-log/port'
import { api, KafkaProxy } from '../contract/event-log/kafka-proxy.ts'
import { type OneBroker, quantile, withOneBroker } from './one-broker.ts'

const INPUT = 'gateway.requests'
const OUTPUT = 'gateway.answers'
const TASKS = 6
const STEPS: readonly number[] = [
  api.addOffsetsToTxn,
  api.txnOffsetCommit,
  api.addPartitionsToTxn,
  api.produce,
  api.endTxn,
]

const { values } = parseArgs({ options: { closes: { type: 'string', default: '300' } } })
const rounds = Math.ceil(Number(values.closes) / TASKS)
if (!(rounds >= 1)) throw new Error('npm run bench:close -- [--closes 300]')

/**
 * One transaction after the other on each task, with an offset that its empty input holds; tells when its last one is
 * rejected.
 */
function committing(committed: Set<string>, onRejected: () => void): TaskHandler {
  return async (session) => {
    const record: OutgoingRecord = {
      topic: OUTPUT,
      partition: session.partition,
      key: null,
      value: Buffer.alloc(229),
      headers: {},
    }
    for (;;) {
      try {
        await session.commit([record], { [INPUT]: 0 })
        committed.add(session.name)
      } catch (error) {
        onRejected()
        throw error
      }
    }
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5)
}

/** Milliseconds from the close to each task's rejection. */
async function closeOnce(broker: OneBroker, namespace: string, isHeld: boolean): Promise<number[]> {
  const proxy = await KafkaProxy.listen(broker.address)
  const log = kafkaEventLog({ ...broker.connection('worker', proxy.address), namespace })
  const committed = new Set<string>()
  let rejectedAt: number[] = []
  const handler = committing(committed, () => rejectedAt.push(performance.now()))
  const consumer = await log.consume({ group: 'gateway-egress', tasks: 'by-lane', topics: [INPUT], handler })
  await until(() => committed.size === TASKS)
  const { promise: released, resolve: release } = Promise.withResolvers<boolean>()
  let held = 0
  if (isHeld) {
    proxy.rules = {
      response: ({ apiKey }) => {
        if (!STEPS.includes(apiKey)) return true
        held++
        return released
      },
    }
    await until(() => held >= TASKS)
  } else {
    await sleep(Math.random() * 50)
  }
  // A new broker's coordinators are not all ready at once, and refuse the first commits.
  rejectedAt = []
  const closedAt = performance.now()
  const stopped = consumer.stop(0)
  await until(() => rejectedAt.length >= TASKS)
  release(false)
  await stopped
  await log.close()
  await proxy.close()
  return rejectedAt.map((at) => at - closedAt)
}

await withOneBroker(async (broker) => {
  const namespace = `bench-${randomUUID().slice(0, 8)}`
  await broker.makeTopics(namespace, TASKS, [INPUT, OUTPUT])
  const times = { answered: [] as number[], 'held back': [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const isHeld = round % 2 === 1
    times[isHeld ? 'held back' : 'answered'].push(...(await closeOnce(broker, namespace, isHeld)))
  }
  console.log('| answers of Kafka | closes | p50 ms | p99 ms | longest ms |\n| --- | --- | --- | --- | --- |')
  for (const [name, all] of Object.entries({ ...times, both: Object.values(times).flat() })) {
    const figures = [quantile(all, 0.5), quantile(all, 0.99), Math.max(...all)].map((ms) => ms.toFixed(1))
    console.log(`| ${name} | ${all.length} | ${figures.join(' | ')} |`)
  }
})
