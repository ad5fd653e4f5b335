/**
 * Transactions over the leaders of three brokers, with one kind of fault again and again. TRANSACTIONS says how many
 * for each kind, TRANSACTIONS_SEED repeats where the faults come.
 */
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { kafkaErrorType } from '@payout/runtime/event-log/kafkajs/client'
import type { TaskHandler } from '@payout/runtime/event-log/port'
import { SeededChance } from '@payout/sandbox/alipay/seeded-chance'
import { qualifiedTopic } from '@payout/schemas/topics'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answers, drained, fill, requests } from '../event-log/ground.ts'
import { noViolations, violations } from '../event-log/invariants.ts'
import { placements } from '../event-log/kafka-tools.ts'
import { pythonForSnippets, run } from '../schemas/other-language.ts'
import { answerLost, leaderKilled, leaderMoved, WORKER } from './produce-faults.ts'
import { ProxiedCluster } from './proxied-cluster.ts'

const group = 'gateway-egress'
const PARTITIONS = 6
const RECORDS = 2
const TRANSACTIONS = Number(process.env.TRANSACTIONS ?? 300)
const SEED = Number(process.env.TRANSACTIONS_SEED ?? randomInt(1_000_000))

let cluster: ProxiedCluster

beforeAll(async () => {
  cluster = await ProxiedCluster.start()
}, 180_000)

afterAll(() => cluster.stop())

/** What became of transactions: how many were committed, and how many failed for what reason. */
interface Fates {
  committed: number
  readonly failed: Map<string, number>
}

/** Copies each record to every partition of answers. */
function spread(fates: Fates): TaskHandler {
  return async (session) => {
    while (!session.stopping) {
      for (const { records, next } of await session.poll({ maxRecords: RECORDS, timeoutMs: 500 })) {
        const copies = records.flatMap(({ value }) =>
          Array.from({ length: PARTITIONS }, (_, partition) => {
            return { topic: answers, partition, key: null, value, headers: {} }
          }),
        )
        try {
          await session.commit(copies, { [requests]: next })
          fates.committed++
        } catch (error) {
          const reason = kafkaErrorType(error) ?? 'a connection that broke'
          fates.failed.set(reason, (fates.failed.get(reason) ?? 0) + 1)
          throw error
        }
      }
    }
  }
}

/** What another client than ours finds committed. */
async function committedByPartition(topic: string): Promise<string[][]> {
  const reader = join(import.meta.dirname, 'committed_records.py')
  return JSON.parse(await run(await pythonForSnippets(), [reader, cluster.direct.join(','), topic]))
}

describe(`${TRANSACTIONS} transactions, TRANSACTIONS_SEED=${SEED}`, { timeout: 900_000 }, () => {
  it.each([
    ['a leader is killed with a Produce under way', leaderKilled],
    ['the answer to a Produce is lost', answerLost],
    ['leaders move between metadata and Produce', leaderMoved],
  ] as const)('S3.2: nothing is lost, doubled or disordered where %s again and again', async (title, startFault) => {
    const { log, another, namespace } = await cluster.world(PARTITIONS)
    const topic = qualifiedTopic(namespace, answers)
    expect(new Set((await placements(cluster.direct, topic)).map(({ leader }) => leader)).size).toBe(3)
    const [input = []] = await fill(log, { partitions: 1, count: TRANSACTIONS * RECORDS })
    const fault = startFault({ cluster, topic, chance: new SeededChance(SEED) })
    const fates: Fates = { committed: 0, failed: new Map() }
    cluster.rules = fault.rules
    const worker = another({ clientId: WORKER })
    const consumer = await worker.consume({ group, tasks: 'by-lane', topics: [requests], handler: spread(fates) })
    await drained(log, group, requests, 800_000)
    cluster.rules = {}
    await consumer.stop(10_000)
    await fault.settled()
    const failed = [...fates.failed].map(([reason, count]) => `${count} ${reason}`).join(', ')
    process.stderr.write(`${title}: ${fates.committed} committed, ${fault.hits()} faults; failed: ${failed}\n`)
    const output = await committedByPartition(topic)
    expect(output.map((values) => violations(input, values))).toEqual(
      Array.from({ length: PARTITIONS }, () => noViolations),
    )
    // Each of them took a transaction with it, or nothing was proved.
    expect(fault.hits()).toBeGreaterThan(0)
    expect(fates.failed.size).toBeGreaterThan(0)
  })
})
