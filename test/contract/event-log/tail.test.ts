/** Following a small topic without a group. */
import { OffsetOutOfRangeError, TopicMissingError } from '@payout/runtime/event-log/errors'
import type { LogRecord, OutgoingRecord, TaskSession } from '@payout/runtime/event-log/port'
import { qualifiedTopic } from '@payout/schemas/topics'
import { describe, expect, inject, it } from 'vitest'
import { answers, fill, Ground, idle, requests } from './ground.ts'
import { deleteRecordsBelow, deleteTopic, groups, openTransaction } from './kafka-tools.ts'

const ground = new Ground(inject('brokers'))

const valuesOf = (records: readonly LogRecord[]) => records.map(({ partition, value }) => `${partition} ${value}`)

function record(partition: number, value: string): OutgoingRecord {
  return { topic: answers, partition, key: null, value: Buffer.from(value), headers: {} }
}

describe('a tail', { timeout: 60_000 }, () => {
  it('gives what is committed, of all partitions, once, also behind an open transaction of somebody else', async () => {
    const { log, namespace } = await ground.world(2)
    const topic = qualifiedTopic(namespace, answers)
    const tail = log.tail(answers)
    expect(await tail.next()).toEqual([])
    const open = await openTransaction(ground.brokers, topic, 0, Buffer.from('open'))
    const begun = Promise.withResolvers<TaskSession>()
    const consumer = await log.consume({
      group: 'writer',
      tasks: 'by-lane',
      topics: [requests],
      handler: async (session) => {
        if (session.partition === 0) begun.resolve(session)
        await idle(session)
      },
    })
    const session = await begun.promise
    const given: string[] = []
    const look = async () => {
      given.push(...valuesOf(await tail.next()))
      return [...given].sort()
    }
    await session.commit([record(0, 'a'), record(1, 'b')], {})
    await (await openTransaction(ground.brokers, topic, 1, Buffer.from('aborted'))).abort()
    // Its marker may be written after the answer to the commit.
    await expect.poll(look, { timeout: 20_000 }).toEqual(['0 a', '1 b'])
    await session.commit([record(0, 'c')], {})
    await fill(log, { topic: answers, partitions: 2, count: 1, bytes: 0, name: 'plain' })
    await expect.poll(look, { timeout: 20_000 }).toEqual(['0 a', '0 c', '0 plain-0-0', '1 b', '1 plain-1-0'])
    // Nobody knew what would become of it; now they do.
    await open.abort()
    await session.commit([record(0, 'd')], {})
    await expect.poll(look, { timeout: 20_000 }).toEqual(['0 a', '0 c', '0 d', '0 plain-0-0', '1 b', '1 plain-1-0'])
    expect(valuesOf(await log.tail(answers).next()).sort()).toEqual(given.sort())
    expect(await groups(ground.brokers, `${namespace}.reader`)).toEqual([])
    await consumer.stop(5_000)
  })

  it('begins where the records begin, and tells of a topic that is not there or was made anew', async () => {
    const { log, namespace } = await ground.world(1)
    const topic = qualifiedTopic(namespace, answers)
    await fill(log, { topic: answers, partitions: 1, count: 5, bytes: 0, name: 'old' })
    await deleteRecordsBelow(ground.brokers, topic, 3)
    const tail = log.tail(answers)
    expect(valuesOf(await tail.next())).toEqual(['0 old-0-3', '0 old-0-4'])
    await deleteTopic(ground.brokers, topic)
    await expect(log.tail(answers).next()).rejects.toThrow(TopicMissingError)
    await ground.makeTopics(namespace, 1, [answers])
    await expect
      .poll(() => tail.next().catch((error) => error), { timeout: 20_000 })
      .toBeInstanceOf(OffsetOutOfRangeError)
  })

  it('gives up with its signal, and nothing is lost by that', async () => {
    const { log } = await ground.world(1)
    await fill(log, { topic: answers, partitions: 1, count: 3, bytes: 0, name: 'one' })
    const tail = log.tail(answers)
    await expect(tail.next({ signal: AbortSignal.abort(new Error('given up')) })).rejects.toThrow('given up')
    expect(await tail.next()).toHaveLength(3)
  })
})
