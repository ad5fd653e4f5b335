/** Where a task and a reading stand when records are compacted, deleted or gone with their topic. */
import { checkTopics, createTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import type { TopicPlan } from '@payout/runtime/event-log/topic-findings'
import { qualifiedTopic, type TopicName, topics } from '@payout/schemas/topics'
import { describe, expect, inject, it } from 'vitest'
import { answers, drained, fill, Ground, idle, passThrough, readTo, requests } from './ground.ts'
import { abortSideBySide, compactAtOnce, deleteRecordsBelow, deleteTopic, groups, writeZeros } from './kafka-tools.ts'

const group = 'gateway-egress'
const attempts: TopicName = 'gateway.attempts'

const ground = new Ground(inject('brokers'))

describe('positions', { timeout: 60_000 }, () => {
  it.each([0, 1, 2])(
    'S3: records of two transactions that were aborted side by side are never read, from offset %i on',
    async (offset) => {
      const { log, namespace } = await ground.world(1, [requests])
      await abortSideBySide(ground.brokers, qualifiedTopic(namespace, requests))
      // Four records and three markers; the brokers write markers after they have answered.
      await expect.poll(async () => (await log.offsets(requests))[0]?.end, { timeout: 20_000 }).toBe(7)
      const values: string[] = []
      const from = [{ topic: requests, partition: 0, at: { offset } }]
      for await (const { value } of log.read({ from, until: 'end' })) values.push(String(value))
      expect(values).toEqual(['third'])
    },
  )

  it('S3.8: a task and a reading come to the end of a compacted topic that was written in transactions', async () => {
    const { log, namespace } = await ground.world(1, [requests, attempts])
    await compactAtOnce(ground.brokers, qualifiedTopic(namespace, attempts))
    const written = Promise.withResolvers<void>()
    const rounds = 30
    const writing = await log.consume({
      group: 'writer',
      tasks: 'by-lane',
      topics: [requests],
      handler: async (session) => {
        for (let round = 0; round < rounds; round++) {
          const records = Array.from({ length: 20 }, (_, at) => {
            // In the end keys 0 to 2 are gone, 3 and 4 have one value each.
            const value = round === rounds - 2 && at % 5 < 3 ? null : Buffer.from(`${round}`)
            return { topic: attempts, partition: 0, key: `k${at % 5}`, value, headers: {} }
          })
          await session.commit(round === rounds - 1 ? records.slice(3, 5) : records, {})
          await new Promise((resolve) => setTimeout(resolve, 40))
        }
        written.resolve()
        await idle(session)
      },
    })
    await written.promise
    await writing.stop(5_000)
    const total = (rounds - 1) * 20 + 2
    const read = async () => {
      const values = new Map<string, string | null>()
      let count = 0
      for await (const { key, value } of log.read({
        from: [{ topic: attempts, partition: 0, at: 'beginning' }],
        until: 'end',
      })) {
        values.set(String(key), value === null ? null : String(value))
        count++
      }
      return { values, count }
    }
    await expect.poll(async () => (await read()).count, { timeout: 30_000, interval: 500 }).toBeLessThan(total / 2)
    const { values } = await read()
    expect([values.get('k3'), values.get('k4')]).toEqual([`${rounds - 1}`, `${rounds - 1}`])
    const [{ end } = { end: 0 }] = await log.offsets(attempts)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const consumer = await log.consume({
      group,
      tasks: 'by-lane',
      topics: [requests, attempts],
      replayed: [attempts],
      handler: async (session) => {
        await readTo(session, attempts, await session.end(attempts)).then(
          () => resolve(session.position(attempts)),
          reject,
        )
        await idle(session)
      },
    })
    expect(await promise).toBe(end)
    await consumer.stop(5_000)
  })

  it('begins anew at the beginning, with its committed offset untouched, when records are deleted before they were read', async () => {
    const { log, namespace } = await ground.world(1)
    await fill(log, { partitions: 1, count: 100 })
    const deleted = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const sessions: unknown[] = []
    const consumer = await log.consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      handler: async (session) => {
        sessions.push([session.committed(requests), session.beginning(requests), session.position(requests)])
        if (sessions.length === 1) {
          await session.commit([], { [requests]: 10 })
          held.resolve()
          await deleted.promise
        }
        const offsets = (await readTo(session, requests, 100)).map(({ offset }) => offset)
        sessions.push([offsets[0], offsets.at(-1)])
        await session.commit([], { [requests]: 100 })
        await idle(session)
      },
    })
    await held.promise
    await deleteRecordsBelow(ground.brokers, qualifiedTopic(namespace, requests), 50)
    deleted.resolve()
    await drained(log, group, requests)
    await consumer.stop(5_000)
    expect(sessions).toEqual([
      [undefined, 0, 0],
      [10, 50, 50],
      [50, 99],
    ])
  })

  it('does not work on a topic that was made anew under committed offsets, and says so', async () => {
    const { log, namespace, another } = await ground.world(1)
    await fill(log, { partitions: 1, count: 50 })
    const first = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler: passThrough() })
    await drained(log, group, requests)
    await first.stop(5_000)
    await deleteTopic(ground.brokers, qualifiedTopic(namespace, requests))
    await createTopics(ground.options(namespace), planOf(namespace, [requests]))
    // Kafka forgets a group's offsets of a topic that is deleted; those of a topic restored from elsewhere, or
    // shortened, it keeps.
    const committing = await another().consume({
      group,
      tasks: 'by-lane',
      topics: [answers, requests],
      handler: async (session) => {
        if (session.committed(requests) === undefined) await session.commit([], { [requests]: 50 })
        await idle(session)
      },
    })
    await expect.poll(() => log.committed(group, requests), { timeout: 15_000 }).toEqual([50])
    await committing.stop(5_000)
    const messages: string[] = []
    const logger = {
      ...ground.options(namespace).logger,
      warn: (fields: object) => messages.push(JSON.stringify(describeError(fields))),
    }
    let sessions = 0
    const consumer = await another({ logger }).consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      handler: async (session) => {
        sessions++
        await idle(session)
      },
    })
    await expect
      .poll(() => messages.join('\n'), { timeout: 15_000 })
      .toContain('holds 0 to 0, but the reading stands at 50')
    expect(consumer.healthy).toBe(false)
    expect(sessions).toBe(0)
    expect(await log.committed(group, requests)).toEqual([50])
    await consumer.stop(1_000)
  })

  it('leaves no group behind after a reading', async () => {
    const { log, namespace } = await ground.world(1)
    await fill(log, { partitions: 1, count: 10 })
    let count = 0
    for await (const _ of log.read({ from: [{ topic: requests, partition: 0, at: 'beginning' }], until: 'end' }))
      count++
    expect(count).toBe(10)
    expect(await groups(ground.brokers, `${namespace}.reader.`)).toEqual([])
  })
})

describe('topics', { timeout: 60_000 }, () => {
  it('are made as the table has them, once, and found as they are', async () => {
    const namespace = `topics-${Date.now()}`
    const plan = planOf(namespace)
    const made = await createTopics(ground.options(namespace), plan)
    expect(made).toContain('gateway.attempts')
    expect(await createTopics(ground.options(namespace), plan)).toEqual([])
    expect(await checkTopics(ground.options(namespace), plan)).toEqual([])
    const more = await checkTopics(ground.options(namespace), { ...plan, lanes: 3, mode: 'production' })
    expect(
      more.filter(({ topic }) => topic === 'gateway.attempts').map(({ fault, message }) => [fault, message]),
    ).toEqual([
      ['lanes', expect.stringContaining(`${namespace}.gateway.attempts has 2 partitions instead of 3`)],
      ['unsafe', expect.stringContaining(`${namespace}.gateway.attempts has 1 replicas`)],
      ['unsafe', expect.stringContaining(`${namespace}.gateway.attempts has min.insync.replicas 1`)],
    ])
    const missing = await checkTopics(ground.options('elsewhere'), planOf('elsewhere', [requests]))
    expect(missing.map(({ topic, fault }) => `${topic} ${fault}`)).toEqual(['gateway.requests missing'])
  })

  it.each(['payout.commands', 'agreement.commands'] as const)(
    '%s takes no small batch that would become a huge one',
    async (topic) => {
      const { namespace } = await ground.world(1, [topic])
      const name = qualifiedTopic(namespace, topic)
      const limit = topics[topic].maxMessageBytes
      await expect(writeZeros(ground.brokers, name, limit)).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' })
      await writeZeros(ground.brokers, name, limit - 1_024)
    },
  )
})

function planOf(namespace: string, topics?: readonly TopicName[]): TopicPlan {
  const plan = {
    namespace,
    lanes: 2,
    keyPartitions: 1,
    replicationFactor: 1,
    minInsyncReplicas: 1,
    mode: 'sandbox' as const,
  }
  return topics === undefined ? plan : { ...plan, lanes: 1, topics }
}

function describeError(fields: object): unknown {
  return 'err' in fields && fields.err instanceof Error ? fields.err.message : ''
}
