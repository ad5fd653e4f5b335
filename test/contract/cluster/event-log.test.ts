/** The contract on three brokers, and what happens when they die one after the other (traps 1 and 2 of kafkajs). */

import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog, TaskHandler } from '@payout/runtime/event-log/port'
import { MIB } from '@payout/schemas/units'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeEventLog } from '../event-log/contract.ts'
import {
  answers,
  drained,
  expectPassed,
  fill,
  OwnGround,
  passThrough,
  requests,
  valuesOf,
} from '../event-log/ground.ts'
import { noViolations, violations } from '../event-log/invariants.ts'

const group = 'gateway-egress'
const PARTITIONS = 6

let ground: OwnGround

beforeAll(async () => {
  ground = await OwnGround.start(3)
}, 180_000)

afterAll(() => ground.stop())

describeEventLog('three brokers', () => ground)

/**
 * Each broker in turn: gone for some seconds, then back. Long enough for its partitions to get other leaders, and to
 * be in sync again.
 */
async function oneAfterTheOther(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  for (const node of ground.provisioned.kafka.nodes) {
    await node.kill(signal)
    await sleep(6_000)
    await node.start()
    await sleep(5_000)
  }
}

/**
 * Puts records into each partition while `during` runs, at a pace that one slow machine holds. Returns the values of
 * each, in order.
 */
async function feed(log: EventLog, partitions: number, during: () => Promise<void>): Promise<string[][]> {
  const publisher = log.publisher({ maxBytes: 16 * MIB })
  const values: string[][] = Array.from({ length: partitions }, () => [])
  let isOver = false
  const feeders = values.map(async (all, partition) => {
    for (let at = 0; !isOver; at++) {
      const value = `f-${partition}-${at}`
      try {
        await publisher.append({ topic: requests, partition, key: null, value: Buffer.from(value), headers: {} })
      } catch {
        // Whether it was stored is not known: what the topic holds afterwards counts.
      }
      all.push(value)
      await sleep(50)
    }
  })
  await during()
  isOver = true
  await Promise.all(feeders)
  await publisher.close()
  return valuesOf(log, requests, partitions)
}

/** Copies each record to every partition of answers, in one transaction over all brokers. */
function spread(): TaskHandler {
  return async (session) => {
    while (!session.stopping) {
      for (const { records, next } of await session.poll({ maxRecords: 20, timeoutMs: 500 })) {
        const copies = records.flatMap(({ value }) =>
          Array.from({ length: PARTITIONS }, (_, partition) => {
            return { topic: answers, partition, key: null, value, headers: {} }
          }),
        )
        await session.commit(copies, { [requests]: next })
      }
    }
  }
}

describe('with brokers that die', { timeout: 400_000 }, () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'S3.2: transactions over all partitions lose and double nothing while each leader ends by %s',
    async (signal) => {
      const { log } = await ground.world(PARTITIONS)
      const [input = []] = await fill(log, { partitions: 1, count: 6_000 })
      const consumer = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler: spread() })
      await expect
        .poll(async () => (await log.committed(group, requests))[0] ?? 0, { timeout: 30_000 })
        .toBeGreaterThan(10)
      await oneAfterTheOther(signal)
      await drained(log, group, requests, 180_000)
      await consumer.stop(10_000)
      const output = await valuesOf(log, answers, PARTITIONS)
      expect(output.map((values) => violations(input, values))).toEqual(output.map(() => noViolations))
    },
  )

  it('S3.6: two members keep all tasks exactly once and in order while each broker is killed', async () => {
    const { log, another } = await ground.world(PARTITIONS)
    const handler = passThrough({ maxRecords: 10, before: () => sleep(Math.random() * 100) })
    const first = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler })
    const second = await another().consume({ group, tasks: 'by-lane', topics: [requests], handler })
    const input = await feed(log, PARTITIONS, () => oneAfterTheOther('SIGKILL'))
    await drained(log, group, requests, 180_000)
    expect(first.tasks.length + second.tasks.length).toBe(PARTITIONS)
    await Promise.all([first.stop(10_000), second.stop(10_000)])
    await expectPassed(log, input)
  })

  it('a publisher: what was acknowledged is there, once and in its place, while each leader is killed', async () => {
    const { log } = await ground.world(PARTITIONS)
    const publisher = log.publisher({ maxBytes: 16 * MIB })
    const acknowledged: string[][] = Array.from({ length: PARTITIONS }, () => [])
    const unknown = new Set<string>()
    let isOver = false
    const caller = async (partition: number, name: string) => {
      for (let at = 0; !isOver; at++) {
        const value = `${name}-${at}`
        try {
          const { offset } = await publisher.append({
            topic: answers,
            partition,
            key: null,
            value: Buffer.from(value),
            headers: {},
          })
          acknowledged[partition]?.push(`${offset} ${value}`)
        } catch {
          unknown.add(value)
          await sleep(100)
        }
        await sleep(2)
      }
    }
    const callers = Array.from({ length: 4 * PARTITIONS }, (_, at) => caller(at % PARTITIONS, `c${at}`))
    await oneAfterTheOther('SIGKILL')
    isOver = true
    await Promise.all(callers)
    await publisher.close()
    const stored: string[][] = Array.from({ length: PARTITIONS }, () => [])
    const from = stored.map((_, partition) => ({ topic: answers, partition, at: 'beginning' as const }))
    for await (const { partition, offset, value } of log.read({ from, until: 'end' })) {
      if (!unknown.has(String(value))) stored[partition]?.push(`${offset} ${value}`)
    }
    const inOrder = acknowledged.map((all) => [...all].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)))
    expect(inOrder.flat().length).toBeGreaterThan(1_000)
    expect(inOrder.map((all, partition) => violations(all, stored[partition] ?? []))).toEqual(
      inOrder.map(() => noViolations),
    )
  })
})
