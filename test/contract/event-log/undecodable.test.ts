/** Batches that nobody can decode, as they really lie in a broker's log. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BatchUndecodableError } from '@payout/runtime/event-log/errors'
import type { EventLog, OutgoingRecord } from '@payout/runtime/event-log/port'
import { stepOverRecord, stepOverTopic } from '@payout/runtime/event-log/stepped-over'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { flipBit, giveUnknownCodec } from './damaged-log.ts'
import { answers, OwnGround, requests, type World } from './ground.ts'

const group = 'signer'
const topics: readonly TopicName[] = [requests, answers, 'gateway.attempts', 'payout.commands.dlq']

let dataDir: string
let ground: OwnGround

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'undecodable-'))
  ground = await OwnGround.start(1, {}, dataDir)
}, 120_000)

afterAll(async () => {
  await ground?.stop()
  await rm(dataDir, { recursive: true, force: true })
}, 60_000)

/** Each value in a batch of its own. */
async function write(log: EventLog, topic: TopicName, partition: number, ...values: string[]): Promise<void> {
  const publisher = log.publisher({ maxBytes: 1024 * 1024 })
  for (const value of values) {
    const record: OutgoingRecord = { topic, partition, key: value, value: Buffer.from(value), headers: {} }
    await publisher.append(record)
  }
  await publisher.close()
}

async function stepOver({ log }: World, error: BatchUndecodableError): Promise<void> {
  const publisher = log.publisher({ maxBytes: 8 * 1024 * 1024 })
  const partitions = await log.partitions(stepOverTopic(error.batch.topic))
  await publisher.append(stepOverRecord(error, { by: 'Chen Li', why: 'asked upstream' }, partitions))
  await publisher.close()
}

/** A world whose `topic` has a damaged batch at offset 1 of partition 0, between `a` and `c`. */
async function damagedWorld(topic: TopicName, damage: typeof flipBit): Promise<World> {
  const world = await ground.world(2, topics)
  await write(world.log, topic, 0, 'a', 'b', 'c')
  await damage({ dataDir, topic: qualifiedTopic(world.namespace, topic), partition: 0, firstOffset: 1 })
  return world
}

async function readAll(log: EventLog, topic: TopicName): Promise<{ values: string[]; error: unknown }> {
  const values: string[] = []
  try {
    for await (const { value } of log.read({ from: [{ topic, partition: 0, at: 'beginning' }], until: 'end' }))
      values.push(String(value))
    return { values, error: undefined }
  } catch (error) {
    return { values, error }
  }
}

describe('a batch that can’t be decoded', { timeout: 60_000 }, () => {
  it.each([
    ['of a codec that nobody knows', giveUnknownCodec, /codec has the number 5/],
    ['that is damaged', flipBit, /checksum does not match/],
  ])('%s stops its partition alone, until it is stepped over', async (_which, damage, reason) => {
    const world = await damagedWorld(requests, damage)
    const { log } = world
    const taken: string[] = []
    const halts: { task: string; error: BatchUndecodableError; isOver: boolean }[] = []
    const consumer = await log.consume({
      group,
      tasks: 'by-lane',
      topics: [requests, answers],
      onHalt: (task, error) => {
        const halt = { task, error, isOver: false }
        halts.push(halt)
        return () => {
          halt.isOver = true
        }
      },
      handler: async (session) => {
        while (!session.stopping) {
          for (const { topic, partition, records, next } of await session.poll({ maxRecords: 10, timeoutMs: 500 })) {
            for (const { value } of records) taken.push(`${topic}/${partition} ${value}`)
            await session.commit([], { [topic]: next })
          }
        }
      },
    })
    await expect.poll(() => halts.length, { timeout: 20_000 }).toBe(1)
    const error = halts[0]?.error as BatchUndecodableError
    expect(halts[0]?.task).toBe('lane-0')
    expect(error.message).toMatch(reason)
    expect(error.message).toContain('gateway.requests, partition 0, offsets 1 to 1')
    expect(error.message).toContain('npm run dead-letters -- step-over gateway.requests/0@1')

    await write(log, requests, 1, 'another lane')
    await write(log, answers, 0, 'another topic')
    await expect.poll(() => taken.length, { timeout: 20_000 }).toBe(3)
    expect([...taken].sort()).toEqual([
      'gateway.answers/0 another topic',
      'gateway.requests/0 a',
      'gateway.requests/1 another lane',
    ])
    expect(consumer.healthy).toBe(true)
    await expect.poll(() => log.committed(group, requests), { timeout: 20_000 }).toEqual([1, 1])

    await stepOver(world, error)
    await expect.poll(() => taken.at(-1), { timeout: 20_000 }).toBe('gateway.requests/0 c')
    await expect.poll(() => log.committed(group, requests), { timeout: 20_000 }).toEqual([3, 1])
    await expect.poll(() => halts, { timeout: 20_000 }).toEqual([{ task: 'lane-0', error, isOver: true }])
    await consumer.stop(5_000)
    expect(taken).toHaveLength(4)
  })

  it('is over when the session ends, too', async () => {
    const { log } = await damagedWorld(requests, giveUnknownCodec)
    const halts = { begun: 0, over: 0 }
    const consumer = await log.consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      onHalt: () => {
        halts.begun++
        return () => void halts.over++
      },
      handler: async (session) => {
        while (!session.stopping) await session.poll({ maxRecords: 10, timeoutMs: 500 })
      },
    })
    await expect.poll(() => halts, { timeout: 20_000 }).toEqual({ begun: 1, over: 0 })
    await consumer.stop(5_000)
    await expect.poll(() => halts, { timeout: 20_000 }).toEqual({ begun: 1, over: 1 })
  })

  it('is read after all once another replica, or a repaired disk, has it whole', async () => {
    const world = await damagedWorld(requests, flipBit)
    const values: string[] = []
    const told: string[] = []
    const consumer = await world.log.consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      onHalt: () => {
        told.push('halted')
        return () => void told.push('goes on')
      },
      handler: async (session) => {
        while (!session.stopping) {
          for (const { records } of await session.poll({ maxRecords: 10, timeoutMs: 500 }))
            values.push(...records.map(({ value }) => String(value)))
        }
      },
    })
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(['halted'])
    await flipBit({ dataDir, topic: qualifiedTopic(world.namespace, requests), partition: 0, firstOffset: 1 })
    await expect.poll(() => told, { timeout: 30_000 }).toEqual(['halted', 'goes on'])
    await expect.poll(() => values.join(''), { timeout: 20_000 }).toContain('c')
    await consumer.stop(5_000)
    expect(values).toEqual(['a', 'b', 'c'])
  })

  it('of the dead-letter topic hides only what it holds itself: other words count, and it can be stepped over, too', async () => {
    const world = await damagedWorld(requests, giveUnknownCodec)
    const dlq = stepOverTopic(requests)
    await write(world.log, dlq, 0, 'a', 'b')
    await giveUnknownCodec({ dataDir, topic: qualifiedTopic(world.namespace, dlq), partition: 0, firstOffset: 1 })
    for (const topic of [requests, dlq]) {
      const { error } = await readAll(world.log, topic)
      await stepOver(world, error as BatchUndecodableError)
      expect(await readAll(world.log, topic)).toMatchObject({ error: undefined })
    }
  })

  it('is stepped over by a word in any partition of the dead-letter topic: it may have had fewer', async () => {
    const world = await damagedWorld(requests, flipBit)
    const { error } = await readAll(world.log, requests)
    const word = stepOverRecord(error as BatchUndecodableError, { by: 'Chen Li', why: 'asked upstream' }, 1)
    const publisher = world.log.publisher({ maxBytes: 8 * 1024 * 1024 })
    await publisher.append({ ...word, partition: 1 })
    await publisher.close()
    expect(await readAll(world.log, requests)).toEqual({ values: ['a', 'c'], error: undefined })
  })

  it('of a replayed topic ends each session, until it is stepped over', async () => {
    const attempts: TopicName = 'gateway.attempts'
    const world = await damagedWorld(attempts, giveUnknownCodec)
    const errors: unknown[] = []
    const replayed: string[][] = []
    const consumer = await world.log.consume({
      group,
      tasks: 'by-lane',
      topics: [requests, attempts],
      replayed: [attempts],
      handler: async (session) => {
        if (session.partition !== 0) return
        const values: string[] = []
        try {
          while (!session.stopping && session.position(attempts) < 3) {
            const fetched = await session.poll({ topics: [attempts], maxRecords: 10, timeoutMs: 500 })
            for (const { records } of fetched) for (const { value } of records) values.push(String(value))
          }
          replayed.push(values)
        } catch (error) {
          errors.push(error)
          throw error
        }
      },
    })
    await expect.poll(() => errors.length, { timeout: 20_000 }).toBeGreaterThan(1)
    expect(replayed).toEqual([])
    const [error] = errors
    expect(error).toBeInstanceOf(BatchUndecodableError)
    await stepOver(world, error as BatchUndecodableError)
    await expect.poll(() => replayed[0], { timeout: 20_000 }).toEqual(['a', 'c'])
    await consumer.stop(5_000)
  })

  it('ends a reading behind all that lies before it, and is left out once it was stepped over', async () => {
    const world = await damagedWorld(requests, flipBit)
    const { log } = world
    const first = await readAll(log, requests)
    expect(first.values).toEqual(['a'])
    expect(first.error).toBeInstanceOf(BatchUndecodableError)
    await stepOver(world, first.error as BatchUndecodableError)
    expect(await readAll(log, requests)).toEqual({ values: ['a', 'c'], error: undefined })
    // It is damaged once more: that is another batch than the one that was looked at.
    await giveUnknownCodec({ dataDir, topic: qualifiedTopic(world.namespace, requests), partition: 0, firstOffset: 1 })
    expect((await readAll(log, requests)).error).toBeInstanceOf(BatchUndecodableError)
  })
})
