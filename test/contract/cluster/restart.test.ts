/** A cluster that goes away as a whole and comes back: everything goes on by itself. */

import { setTimeout as sleep } from 'node:timers/promises'
import { MIB } from '@payout/schemas/units'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

const group = 'gateway-egress'

describe.each([1, 3] as const)('%i broker(s)', { timeout: 300_000 }, (brokers) => {
  let ground: OwnGround

  beforeAll(async () => {
    ground = await OwnGround.start(brokers)
  }, 180_000)

  afterAll(() => ground.stop())

  it.each([
    ['SIGTERM', 5_000],
    ['SIGKILL', 40_000],
  ] as const)(
    'consumer, publisher and reading go on by themselves after %s of all brokers and %i ms without any',
    async (signal, awayMs) => {
      const { log } = await ground.world(2)
      const before = await fill(log, { partitions: 2, count: 100, name: 'before' })
      const consumer = await log.consume({
        group,
        tasks: 'by-lane',
        topics: [requests],
        handler: passThrough({ maxRecords: 5 }),
      })
      let hasEnded = false
      consumer.ended.catch(() => {
        hasEnded = true
      })
      const over = new AbortController()
      const followed: string[] = []
      const following = (async () => {
        const from = [{ topic: answers, partition: 0, at: 'beginning' as const }]
        for await (const { value } of log.read({ from, until: 'follow', signal: over.signal }))
          followed.push(String(value))
      })()
      const publisher = log.publisher({ maxBytes: MIB })
      await publisher.append({ topic: requests, partition: 1, key: null, value: Buffer.from('one more'), headers: {} })
      await expect.poll(() => followed.length, { timeout: 20_000 }).toBeGreaterThan(10)

      const { nodes } = ground.provisioned.kafka
      await Promise.all(nodes.map((node) => node.kill(signal)))
      await sleep(awayMs)
      const meanwhile = publisher.append({
        topic: requests,
        partition: 1,
        key: null,
        value: Buffer.from('lost'),
        headers: {},
      })
      await expect(meanwhile).rejects.toThrow(expect.objectContaining({ code: 'LOG_UNAVAILABLE' }))
      expect(consumer.healthy).toBe(false)
      await Promise.all(nodes.map((node) => node.start()))

      await expect.poll(() => consumer.healthy, { timeout: 60_000 }).toBe(true)
      await expect.poll(() => publisher.healthy, { timeout: 30_000 }).toBe(true)
      await publisher.append({
        topic: requests,
        partition: 1,
        key: null,
        value: Buffer.from('and another'),
        headers: {},
      })
      const after = await fill(log, { partitions: 2, count: 100, name: 'after' })
      await drained(log, group, requests, 60_000)
      await expect.poll(() => followed.length, { timeout: 30_000 }).toBe(200)
      over.abort()
      await following
      await consumer.stop(5_000)
      await publisher.close()
      expect(hasEnded).toBe(false)
      const [first = [], second = []] = await valuesOf(log, requests, 2)
      expect(first).toEqual([...(before[0] ?? []), ...(after[0] ?? [])])
      expect(second.filter((value) => value !== 'lost')).toEqual([
        ...(before[1] ?? []),
        'one more',
        'and another',
        ...(after[1] ?? []),
      ])
      await expectPassed(log, [first, second])
      expect(followed).toEqual(first)
    },
  )
})
