/**
 * The promises of the event-log port (packages/runtime/src/event-log/port.ts), for any adapter and any number of
 * brokers.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  LogUnavailableError,
  PublisherFullError,
  RecordTooLargeError,
  TaskEndedError,
  TopicMissingError,
} from '@payout/runtime/event-log/errors'
import type { LogRecord, OutgoingRecord, TaskSession } from '@payout/runtime/event-log/port'
import type { TopicName } from '@payout/schemas/topics'
import { MIB } from '@payout/schemas/units'
import { describe, expect, it } from 'vitest'
import {
  answers,
  drained,
  expectPassed,
  fill,
  type Ground,
  idle,
  passThrough,
  readTo,
  requests,
  valuesOf,
} from './ground.ts'
import { alterTopic, openTransaction } from './kafka-tools.ts'

const group = 'gateway-egress'

function record(partition: number, value: string | Buffer, more: Partial<OutgoingRecord> = {}): OutgoingRecord {
  return { topic: answers, partition, key: null, value: Buffer.from(value), headers: {}, ...more }
}

export function describeEventLog(name: string, ground: () => Ground): void {
  describe(`event log, ${name}`, { timeout: 60_000 }, () => {
    describe('a task', () => {
      it('begins at the beginning without committed offsets, and says so', async () => {
        const { log } = await ground().world(1)
        await fill(log, { partitions: 1, count: 3 })
        const { promise, resolve } = Promise.withResolvers<unknown>()
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            resolve({
              name: session.name,
              committed: session.committed(requests),
              beginning: session.beginning(requests),
              position: session.position(requests),
              end: await session.end(requests),
            })
            await idle(session)
          },
        })
        expect(await promise).toEqual({ name: 'lane-0', committed: undefined, beginning: 0, position: 0, end: 3 })
        await consumer.stop(5_000)
      })

      it('S3: records and offsets of a transaction become visible together, exactly once and in order', async () => {
        const { log } = await ground().world(4)
        const input = await fill(log, { partitions: 4, count: 500 })
        const consumer = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler: passThrough() })
        await drained(log, group, requests)
        expect(consumer.healthy).toBe(true)
        expect([...consumer.tasks].sort()).toEqual(['lane-0', 'lane-1', 'lane-2', 'lane-3'])
        await consumer.stop(5_000)
        expect(consumer.tasks).toEqual([])
        await expectPassed(log, input)
        expect(await log.committed(group, requests)).toEqual([500, 500, 500, 500])
      })

      it('S3.2: one transaction writes to many partitions of several topics', async () => {
        const topics: TopicName[] = [requests, answers, 'payout.events', 'gateway.timers']
        const { log } = await ground().world(6, topics)
        const input = await fill(log, { partitions: 1, count: 40 })
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            while (!session.stopping) {
              for (const { records, next } of await session.poll({ maxRecords: 5, timeoutMs: 500 })) {
                const copies = records.flatMap(({ value }) => {
                  return Array.from({ length: 6 }, (_, partition) => [
                    record(partition, value ?? '', { topic: 'payout.events' }),
                    record(partition, value ?? '', { topic: 'gateway.timers' }),
                    record(partition, value ?? ''),
                  ]).flat()
                })
                await session.commit(copies, { [requests]: next })
              }
            }
          },
        })
        await drained(log, group, requests)
        await consumer.stop(5_000)
        const wanted = Array.from({ length: 6 }, () => input[0])
        for (const topic of topics.slice(1)) expect(await valuesOf(log, topic, 6)).toEqual(wanted)
      })

      it('S3.3: a send that is missing in the result fails the transaction; nothing of it is seen and all is done again', async () => {
        const { log } = await ground().world(1)
        const input = await fill(log, { partitions: 1, count: 50 })
        const errors: unknown[] = []
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            const [fetched] = await session.poll({ maxRecords: 50, timeoutMs: 5_000 })
            if (fetched === undefined) return
            const copies = fetched.records.map(({ value }) => record(0, value ?? ''))
            // The topic has no partition 7: kafkajs sends nothing for it, and calls that a success.
            if (errors.length < 2) copies.push(record(7, 'nowhere'))
            try {
              await session.commit(copies, { [requests]: fetched.next })
            } catch (error) {
              errors.push(error)
              expect(session.signal.aborted).toBe(true)
              throw error
            }
          },
        })
        await drained(log, group, requests)
        await consumer.stop(5_000)
        expect(errors).toEqual([expect.any(TaskEndedError), expect.any(TaskEndedError)])
        await expectPassed(log, input)
      })

      it('begins anew from the committed offsets when its handler throws', async () => {
        const { log } = await ground().world(2)
        const input = await fill(log, { partitions: 2, count: 200 })
        let throws = 0
        const before = async (session: TaskSession, records: readonly LogRecord[]) => {
          if (session.partition === 0 && throws < 2 && records.some(({ offset }) => offset >= 100)) {
            throws++
            throw new TypeError('broken on purpose')
          }
        }
        const handler = passThrough({ maxRecords: 20, before })
        const consumer = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler })
        await drained(log, group, requests)
        await consumer.stop(5_000)
        expect(throws).toBe(2)
        await expectPassed(log, input)
      })

      it('refuses everything once its session has ended', async () => {
        const { log } = await ground().world(1)
        const sessions: TaskSession[] = []
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            sessions.push(session)
            if (sessions.length > 1) await idle(session)
          },
        })
        await expect.poll(() => sessions.length, { timeout: 15_000 }).toBe(2)
        const [ended] = sessions
        expect(ended?.signal.aborted).toBe(true)
        await expect(ended?.commit([record(0, 'late')], {})).rejects.toThrow(TaskEndedError)
        await expect(ended?.poll({ maxRecords: 1, timeoutMs: 0 })).rejects.toThrow(TaskEndedError)
        await expect(ended?.end(requests)).rejects.toThrow(TaskEndedError)
        await consumer.stop(5_000)
        expect(await valuesOf(log, answers, 1)).toEqual([[]])
      })

      it('S3.6: work that takes longer than the session costs neither the task nor the other tasks anything', async () => {
        const { log, another } = await ground().world(3)
        const input = await fill(log, { partitions: 3, count: 60 })
        const joins: string[] = []
        const slow = another({ sessionTimeoutMs: 2_000, heartbeatMs: 200 })
        const doneWhileSlow = Promise.withResolvers<void>()
        const others = new Map<number, number>()
        const handler = passThrough({
          maxRecords: 30,
          before: async ({ partition }, [first]) => {
            if (partition === 0 && first?.offset === 0) await Promise.all([sleep(5_000), doneWhileSlow.promise])
          },
          after: ({ partition }, records) => {
            others.set(partition, (others.get(partition) ?? 0) + records.length)
            if (others.get(1) === 60 && others.get(2) === 60) doneWhileSlow.resolve()
          },
        })
        const consumer = await slow.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          handler: (session) => {
            joins.push(session.name)
            return handler(session)
          },
        })
        await drained(log, group, requests)
        await consumer.stop(5_000)
        expect(joins.sort()).toEqual(['lane-0', 'lane-1', 'lane-2'])
        await expectPassed(log, input)
      })

      it('gives no record of a topic that is not polled, and all of it later', async () => {
        const { log } = await ground().world(1)
        const [first = []] = await fill(log, { partitions: 1, count: 30 })
        const [second = []] = await fill(log, { topic: answers, partitions: 1, count: 30 })
        const { promise, resolve, reject } = Promise.withResolvers<unknown>()
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests, answers],
          handler: async (session) => {
            try {
              const ofFirst = await readTo(session, requests, 30)
              const untouched = session.position(answers)
              const ofSecond = await readTo(session, answers, 30)
              resolve([
                ofFirst.map(({ value }) => String(value)),
                untouched,
                ofSecond.map(({ value }) => String(value)),
              ])
            } catch (error) {
              reject(error)
            }
            await idle(session)
          },
        })
        expect(await promise).toEqual([first, 0, second])
        await consumer.stop(5_000)
      })

      it('reads a replayed topic from its beginning in every session and commits none of it', async () => {
        const { log } = await ground().world(1)
        const input = await fill(log, { partitions: 1, count: 20 })
        const read: string[][] = []
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests, answers],
          replayed: [answers],
          handler: async (session) => {
            const stateStore = await readTo(session, answers, await session.end(answers))
            read.push(stateStore.map(({ value }) => String(value)))
            await expect(session.commit([], { [answers]: 1 })).rejects.toThrow(RangeError)
            const [fetched] = await session.poll({ topics: [requests], maxRecords: 10, timeoutMs: 2_000 })
            if (fetched === undefined) return idle(session)
            await session.commit(
              fetched.records.map(({ value }) => record(0, value ?? '')),
              { [requests]: fetched.next },
            )
          },
        })
        await expect.poll(() => read.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(3)
        await consumer.stop(5_000)
        expect(read.slice(0, 3)).toEqual([[], input[0]?.slice(0, 10), input[0]])
        expect(await log.committed(group, answers)).toEqual([undefined])
      })

      it('S3.8: reaches the end of a partition through markers and aborted records, also where nothing else is left', async () => {
        const { log, another } = await ground().world(1, [requests, answers])
        const written = Promise.withResolvers<void>()
        const read = Promise.withResolvers<void>()
        const writing = await another().consume({
          group: 'writer',
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            await session.commit([record(0, 'a'), record(0, 'b')], {})
            written.resolve()
            await idle(session)
          },
        })
        await written.promise
        // The commit is Kafka's word; its marker is written a moment later, and a busy Kafka may write it twice.
        await expect
          .poll(async () => (await log.offsets(answers))[0]?.end, { timeout: 20_000 })
          .toBeGreaterThanOrEqual(3)
        const seen: unknown[] = []
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [answers],
          handler: async (session) => {
            const end = await session.end(answers)
            const records = await readTo(session, answers, end)
            seen.push([records.map(({ value }) => String(value)), session.position(answers) - end])
            read.resolve()
            // An aborted record and its marker.
            while ((await session.end(answers)) < end + 2) await sleep(50)
            const more = await session.end(answers)
            seen.push([await readTo(session, answers, more), session.position(answers) - more])
            await idle(session)
          },
        })
        await read.promise
        const never = await openTransaction(ground().brokers, `${log.namespace}.${answers}`, 0)
        await never.abort()
        await expect
          .poll(() => seen, { timeout: 20_000 })
          .toEqual([
            [['a', 'b'], 0],
            [[], 0],
          ])
        await consumer.stop(5_000)
        await writing.stop(5_000)
      })

      it('S3.8: counts only what is decided as the end while a transaction is open', async () => {
        const { log, another } = await ground().world(1)
        const decided = Promise.withResolvers<void>()
        const writing = await another().consume({
          group: 'writer',
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            await session.commit([record(0, 'decided')], {})
            decided.resolve()
            await idle(session)
          },
        })
        await decided.promise
        // The commit is Kafka's word; its marker is written a moment later.
        await expect.poll(() => log.offsets(answers), { timeout: 20_000 }).toEqual([{ beginning: 0, end: 2 }])
        const open = await openTransaction(ground().brokers, `${log.namespace}.${answers}`, 0)
        // What is acknowledged counts as written before it is decided.
        expect(await log.written(answers)).toEqual([3])
        expect(await log.offsets(answers)).toEqual([{ beginning: 0, end: 2 }])
        expect(await valuesOf(log, answers, 1)).toEqual([['decided']])
        const positions: number[] = []
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [answers],
          handler: async (session) => {
            await readTo(session, answers, await session.end(answers))
            positions.push(session.position(answers))
            // What is acknowledged, and not decided: whoever reads to there waits until it is.
            const written = await session.written(answers)
            expect(written).toBe(3)
            await readTo(session, answers, written)
            positions.push(session.position(answers))
            await idle(session)
          },
        })
        await expect.poll(() => positions, { timeout: 20_000 }).toEqual([2])
        await open.abort()
        await expect.poll(() => positions, { timeout: 20_000 }).toEqual([2, 4])
        await consumer.stop(5_000)
        await writing.stop(5_000)
      })

      it('opens no session before it is ready, and none at all when it is stopped meanwhile', async () => {
        const { log } = await ground().world(2)
        const gate = Promise.withResolvers<void>()
        const signals: AbortSignal[] = []
        const begun: number[] = []
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          ready: async (signal) => {
            signals.push(signal)
            const aborted = new Promise<void>((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason))
            })
            // The second task is never ready.
            await Promise.race([signals.length === 1 ? gate.promise : aborted, aborted])
          },
          handler: async (session) => {
            begun.push(session.partition)
            await idle(session)
          },
        })
        await expect.poll(() => signals.length, { timeout: 20_000 }).toBe(2)
        // Fencing answers only when no initialisation of the task is under way: had a task been opened, its session
        // would be there.
        for (const name of await log.taskNames({ tasks: 'by-lane', topics: [requests] })) await log.fence(group, name)
        expect([consumer.tasks, consumer.healthy, begun]).toEqual([[], false, []])
        gate.resolve()
        await expect.poll(() => begun, { timeout: 20_000 }).toHaveLength(1)
        expect(consumer.tasks).toHaveLength(1)
        await consumer.stop(5_000)
        expect(signals.every(({ aborted }) => aborted)).toBe(true)
        expect(begun).toHaveLength(1)
      })

      it('wakes a poll', async () => {
        const { log } = await ground().world(1)
        const { promise, resolve } = Promise.withResolvers<number>()
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            setTimeout(() => session.wake(), 50)
            resolve((await session.poll({ maxRecords: 1, timeoutMs: 3_600_000 })).length)
            await idle(session)
          },
        })
        expect(await promise).toBe(0)
        await consumer.stop(5_000)
      })

      it('passes records as large as their topic takes, and starves none beside partitions that are always full', async () => {
        const notifies: TopicName = 'gateway.notifies'
        const { log } = await ground().world(2, [requests, notifies])
        const largest = Buffer.alloc(4 * MIB - 200, 'x')
        const sizes = [10, largest.length, 10, largest.length, 10]
        const publisher = log.publisher({ maxBytes: 64 * MIB })
        for (const size of sizes) await publisher.append(record(1, largest.subarray(0, size), { topic: requests }))
        await publisher.close()
        await fill(log, { partitions: 2, count: 100, bytes: 5_000 })
        const handler = passThrough({ to: notifies, maxRecords: 2 })
        const consumer = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler })
        await drained(log, group, requests)
        await consumer.stop(5_000)
        const values = await valuesOf(log, notifies, 2)
        expect(values[1]?.slice(0, sizes.length).map(({ length }) => length)).toEqual(sizes)
        expect(values.map(({ length }) => length)).toEqual([100, 100 + sizes.length])
      })

      it('refuses a record that its topic can never take before anything is sent, and goes on', async () => {
        const { log } = await ground().world(1)
        const { promise, resolve } = Promise.withResolvers<unknown>()
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            // Answers take one MiB a record.
            resolve(
              await session
                .commit([record(0, 'with it'), record(0, Buffer.alloc(MIB + 1))], {})
                .catch((error) => error),
            )
            await session.commit([record(0, 'after')], {})
            await idle(session)
          },
        })
        expect(await promise).toBeInstanceOf(RecordTooLargeError)
        await expect.poll(() => valuesOf(log, answers, 1), { timeout: 15_000 }).toEqual([['after']])
        await consumer.stop(5_000)
      })

      it('splits what one transaction writes to a partition into batches that the topic takes, in order', async () => {
        const { log } = await ground().world(1, [requests, 'payout.events'])
        await fill(log, { partitions: 1, count: 1 })
        const values = Array.from({ length: 300 }, (_, at) => `${at}`.padEnd(20_000, '.'))
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            const [fetched] = await session.poll({ maxRecords: 1, timeoutMs: 5_000 })
            if (fetched === undefined) return idle(session)
            await session.commit(
              values.map((value) => record(0, value, { topic: 'payout.events' })),
              { [requests]: fetched.next },
            )
          },
        })
        await drained(log, group, requests)
        await consumer.stop(5_000)
        expect(await valuesOf(log, 'payout.events', 1)).toEqual([values])
      })
    })

    describe('a group', () => {
      it('keeps everything exactly once and in order while members join and leave with work in flight', async () => {
        const { log, another } = await ground().world(6)
        const input = await fill(log, { partitions: 6, count: 400 })
        const handler = passThrough({ maxRecords: 10, before: () => sleep(Math.random() * 40) })
        const options = { group, tasks: 'by-lane' as const, topics: [requests], handler }
        const a = await log.consume(options)
        const b = await another().consume(options)
        await expect.poll(() => [a.tasks.length, b.tasks.length], { timeout: 20_000 }).toEqual([3, 3])
        const c = await another().consume(options)
        await expect.poll(() => [a, b, c].map(({ tasks }) => tasks.length), { timeout: 20_000 }).toEqual([2, 2, 2])
        await b.stop(5_000)
        await expect.poll(() => [a.tasks.length, c.tasks.length], { timeout: 20_000 }).toEqual([3, 3])
        await a.stop(0)
        await drained(log, group, requests)
        await c.stop(5_000)
        await expectPassed(log, input)
      })

      it('keeps the session of a task that stays, with its work under way, when another member joins', async () => {
        const { log, another } = await ground().world(2)
        const input = await fill(log, { partitions: 2, count: 10 })
        const sessions: string[] = []
        const joined = Promise.withResolvers<void>()
        const pass = passThrough({ before: () => joined.promise })
        const handler = (session: TaskSession) => {
          sessions.push(session.name)
          return pass(session)
        }
        const a = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler })
        await expect.poll(() => a.tasks.length, { timeout: 15_000 }).toBe(2)
        const b = await another().consume({ group, tasks: 'by-lane', topics: [requests], handler: passThrough() })
        await expect.poll(() => [a.tasks.length, b.tasks.length], { timeout: 15_000 }).toEqual([1, 1])
        joined.resolve()
        await drained(log, group, requests)
        expect(sessions.sort()).toEqual(['lane-0', 'lane-1'])
        await Promise.all([a.stop(5_000), b.stop(5_000)])
        await expectPassed(log, input)
      })

      it('hands its tasks over when it is stopped, long before its session would time out', async () => {
        const { log, another } = await ground().world(2, undefined, { sessionTimeoutMs: 60_000 })
        await fill(log, { partitions: 2, count: 10 })
        const handler = passThrough()
        const a = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler })
        const b = await another().consume({ group, tasks: 'by-lane', topics: [requests], handler })
        await expect.poll(() => [a.tasks.length, b.tasks.length], { timeout: 15_000 }).toEqual([1, 1])
        await a.stop(5_000)
        await expect.poll(() => b.tasks.length, { timeout: 15_000 }).toBe(2)
        await b.stop(5_000)
      })

      it('lets handlers finish their work within the grace period of a stop, and ends the others after it', async () => {
        const { log } = await ground().world(2)
        await fill(log, { partitions: 2, count: 1 })
        const working = { polite: Promise.withResolvers<void>(), stubborn: Promise.withResolvers<void>() }
        const ends: unknown[] = []
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            const [fetched] = await session.poll({ maxRecords: 1, timeoutMs: 10_000 })
            if (session.partition === 0) {
              working.polite.resolve()
              while (!session.stopping) await sleep(10)
              expect(await session.poll({ maxRecords: 1, timeoutMs: 60_000 })).toEqual([])
              await session.commit([record(0, 'finished')], { [requests]: fetched?.next ?? 0 })
              ends.push('polite')
            } else {
              working.stubborn.resolve()
              await new Promise((resolve) => session.signal.addEventListener('abort', resolve))
              ends.push(await session.commit([record(1, 'late')], {}).catch((error) => error))
            }
          },
        })
        await Promise.all([working.polite.promise, working.stubborn.promise])
        await consumer.stop(1_500)
        expect(ends).toEqual(['polite', expect.any(TaskEndedError)])
        expect(await valuesOf(log, answers, 2)).toEqual([['finished'], []])
      })

      it('makes each partition of each topic a task of its own where that is asked for', async () => {
        const topics: TopicName[] = ['payout.commands', 'gateway.to-sign']
        const { log } = await ground().world(2, topics)
        await fill(log, { topic: 'payout.commands', partitions: 2, count: 1 })
        const seen: string[] = []
        const consumer = await log.consume({
          group: 'signer',
          tasks: 'by-partition',
          topics,
          handler: async (session) => {
            seen.push(`${session.name} ${session.partition} ${session.topics}`)
            await idle(session)
          },
        })
        const wanted = topics.flatMap((topic) =>
          [0, 1].map((partition) => `${topic}-${partition} ${partition} ${topic}`),
        )
        await expect.poll(() => [...seen].sort(), { timeout: 15_000 }).toEqual([...wanted].sort())
        expect([...(await log.taskNames({ tasks: 'by-partition', topics }))].sort()).toEqual([...consumer.tasks].sort())
        await consumer.stop(5_000)
      })

      it('S7.4: fencing a task makes whatever its session has in flight fail', async () => {
        const { log, another } = await ground().world(1)
        await fill(log, { partitions: 1, count: 1 })
        const fenced = Promise.withResolvers<void>()
        const began = Promise.withResolvers<void>()
        const outcomes: unknown[] = []
        const consumer = await log.consume({
          group,
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            if (outcomes.length > 0) return idle(session)
            await session.commit([record(0, 'before')], {})
            began.resolve()
            await fenced.promise
            outcomes.push(await session.commit([record(0, 'after')], {}).catch((error) => error))
          },
        })
        await began.promise
        expect(await log.taskNames({ tasks: 'by-lane', topics: [requests] })).toEqual(['lane-0'])
        await another().fence(group, 'lane-0')
        fenced.resolve()
        await expect.poll(() => outcomes, { timeout: 15_000 }).toEqual([expect.any(TaskEndedError)])
        await consumer.stop(5_000)
        expect(await valuesOf(log, answers, 1)).toEqual([['before']])
      })

      it('refuses to consume a topic that is not there', async () => {
        const { log } = await ground().world(1, [requests])
        const consuming = log.consume({ group, tasks: 'by-lane', topics: [answers], handler: idle })
        await expect(consuming).rejects.toThrow(TopicMissingError)
        await expect(log.partitions(answers)).rejects.toThrow(TopicMissingError)
      })
    })

    describe('a publisher', () => {
      it('resolves every append with the offset that the record has', async () => {
        const { log } = await ground().world(3)
        const publisher = log.publisher({ maxBytes: 64 * MIB })
        const appended = await Promise.all(
          Array.from({ length: 3_000 }, async (_, at) => {
            const { offset } = await publisher.append(
              record(at % 3, `v${at}`, { key: `k${at}`, headers: { ce_id: `支付 ${at}` } }),
            )
            return [`${at % 3} ${offset}`, `v${at} k${at} 支付 ${at}`] as const
          }),
        )
        const byPlace = new Map(appended)
        expect(byPlace.size).toBe(3_000)
        const from = [0, 1, 2].map((partition) => ({ topic: answers, partition, at: 'beginning' as const }))
        let count = 0
        for await (const { partition, offset, value, key, headers } of log.read({ from, until: 'end' })) {
          expect(byPlace.get(`${partition} ${offset}`)).toBe(`${value} ${key} ${headers.ce_id}`)
          count++
        }
        expect(count).toBe(3_000)
        expect(publisher.healthy).toBe(true)
        await publisher.close()
        await expect(publisher.append(record(0, 'late'))).rejects.toThrow(LogUnavailableError)
      })

      it('takes no more than its bound of bytes, and more once that is stored', async () => {
        const { log } = await ground().world(1)
        const publisher = log.publisher({ maxBytes: 10_000 })
        const [first, second] = [
          publisher.append(record(0, Buffer.alloc(6_000))),
          publisher.append(record(0, Buffer.alloc(6_000))),
        ]
        await expect(second).rejects.toThrow(PublisherFullError)
        expect(await first).toEqual({ offset: 0 })
        expect(await publisher.append(record(0, Buffer.alloc(6_000)))).toEqual({ offset: 1 })
        await expect(publisher.append(record(0, Buffer.alloc(5 * MIB)))).rejects.toThrow(RecordTooLargeError)
        await publisher.close()
      })

      it('fails for one partition without failing for another', async () => {
        const { log, another } = await ground().world(1)
        const publisher = another({ publishTimeoutMs: 2_000 }).publisher({ maxBytes: MIB })
        const appends = await Promise.allSettled([
          publisher.append(record(7, 'nowhere')),
          publisher.append(record(0, 'here')),
        ])
        expect(appends).toEqual([
          { status: 'rejected', reason: expect.any(LogUnavailableError) },
          { status: 'fulfilled', value: { offset: 0 } },
        ])
        await publisher.close()
        expect(await valuesOf(log, answers, 1)).toEqual([['here']])
      })

      it('stores once what a broker takes, though it refuses a part of the same request', async () => {
        const { namespace, log } = await ground().world(2)
        const publisher = log.publisher({ maxBytes: MIB })
        const large = () => publisher.append(record(0, Buffer.alloc(1_000), { topic: requests }))
        await alterTopic(ground().brokers, `${namespace}.${requests}`, { 'max.message.bytes': '500' })
        await expect.poll(() => large().then(String, () => 'refused'), { timeout: 10_000 }).toBe('refused')
        const names = Array.from({ length: 20 }, (_, at) => `v${at}`)
        for (const name of names) {
          const [refused, ...taken] = await Promise.allSettled([
            large(),
            publisher.append(record(0, name)),
            publisher.append(record(1, name)),
          ])
          expect(refused).toEqual({ status: 'rejected', reason: expect.any(LogUnavailableError) })
          expect(taken.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
        }
        await publisher.close()
        expect(await valuesOf(log, answers, 2)).toEqual([names, names])
      })
    })

    describe('a reading', () => {
      it('ends at the last stable offset as of its beginning, for full, empty and bygone partitions alike', async () => {
        const { log } = await ground().world(3)
        const input = await fill(log, { partitions: 1, count: 20 })
        const read = async (at: 'beginning' | { offset: number }, partition = 0) => {
          const values: string[] = []
          for await (const one of log.read({ from: [{ topic: requests, partition, at }], until: 'end' }))
            values.push(String(one.value))
          return values
        }
        expect(await read('beginning')).toEqual(input[0])
        expect(await read({ offset: 15 })).toEqual(input[0]?.slice(15))
        expect(await read({ offset: 20 })).toEqual([])
        expect(await read({ offset: 99 })).toEqual([])
        expect(await read('beginning', 1)).toEqual([])
      })

      it('gives nothing that is written after its beginning, also where it comes with the same fetch', async () => {
        const { log } = await ground().world(1)
        const publisher = log.publisher({ maxBytes: MIB })
        for (const value of ['a', 'b']) await publisher.append(record(0, value))
        // Before the reading has joined its group, and so before its first fetch.
        const later: Promise<unknown>[] = []
        const onPosition = () => later.push(publisher.append(record(0, 'later')))
        const from = [{ topic: answers, partition: 0, at: 'beginning' as const }]
        const values: string[] = []
        for await (const { value } of log.read({ from, until: 'end', onPosition })) values.push(String(value))
        await Promise.all(later)
        expect(values).toEqual(['a', 'b'])
        expect(later.length).toBeGreaterThan(0)
      })

      it('begins at a time', async () => {
        const { log } = await ground().world(2)
        const [first = [], second = []] = await fill(log, { partitions: 2, count: 5, name: 'old' })
        await sleep(20)
        const timestamp = Date.now()
        const [newer = []] = await fill(log, { partitions: 1, count: 5, name: 'new' })
        const values: string[] = []
        const from = [0, 1].map((partition) => ({ topic: requests, partition, at: { timestamp } }))
        for await (const { value } of log.read({ from, until: 'end' })) values.push(String(value))
        expect(values).toEqual(newer)
        expect([first.length, second.length]).toEqual([5, 5])
      })

      it.each([0, -1, -2, -28_800_000, Number.MIN_SAFE_INTEGER])(
        'begins with the first record where the time %i lies before all of them',
        async (timestamp) => {
          const { log } = await ground().world(1)
          const [first = []] = await fill(log, { partitions: 1, count: 5 })
          const values: string[] = []
          const from = [{ topic: requests, partition: 0, at: { timestamp } }]
          for await (const { value } of log.read({ from, until: 'end' })) values.push(String(value))
          expect(values).toEqual(first)
        },
      )

      it('follows until its signal', async () => {
        const { log } = await ground().world(1)
        const input = await fill(log, { partitions: 1, count: 5, name: 'before' })
        const over = new AbortController()
        const values: string[] = []
        const from = [{ topic: requests, partition: 0, at: 'beginning' as const }]
        const reading = (async () => {
          for await (const { value } of log.read({ from, until: 'follow', signal: over.signal }))
            values.push(String(value))
        })()
        await expect.poll(() => values.length, { timeout: 15_000 }).toBe(5)
        const more = await fill(log, { partitions: 1, count: 5, name: 'while' })
        await expect.poll(() => values, { timeout: 15_000 }).toEqual([...(input[0] ?? []), ...(more[0] ?? [])])
        over.abort()
        await reading
      })

      it('S3.8: tells how far its caller has come: behind what they are done with, then over markers and aborted records to the end', async () => {
        const { log, another } = await ground().world(2)
        const writing = await another().consume({
          group: 'writer',
          tasks: 'by-lane',
          topics: [requests],
          handler: async (session) => {
            if (session.partition === 0) await session.commit([record(0, 'a'), record(0, 'b')], {})
            await idle(session)
          },
        })
        const over = new AbortController()
        const done = Promise.withResolvers<void>()
        const values: string[] = []
        const told: number[][] = [[], []]
        const from = [0, 1].map((partition) => ({ topic: answers, partition, at: 'beginning' as const }))
        const onPosition = (_topic: TopicName, partition: number, next: number) => void told[partition]?.push(next)
        const reading = (async () => {
          for await (const { value } of log.read({ from, until: 'follow', signal: over.signal, onPosition })) {
            values.push(String(value))
            if (values.length === 2) await done.promise
          }
        })()
        await expect.poll(() => values, { timeout: 20_000 }).toEqual(['a', 'b'])
        expect(told[0]?.every((next) => next <= 1)).toBe(true)
        done.resolve()
        await expect.poll(() => told[0]?.at(-1), { timeout: 20_000 }).toBe(3)
        const never = await openTransaction(ground().brokers, `${log.namespace}.${answers}`, 0)
        await never.abort()
        // The aborted record and its marker.
        await expect.poll(() => told[0]?.at(-1), { timeout: 20_000 }).toBe(5)
        await writing.stop(5_000)
        const ends = (await log.offsets(answers)).map(({ end }) => end)
        await expect.poll(() => told.map((positions) => positions.at(-1)), { timeout: 20_000 }).toEqual(ends)
        expect(values).toEqual(['a', 'b'])
        expect(told).toEqual([[...new Set(told[0])].sort((a, b) => a - b), [0]])
        expect(await log.written(answers)).toEqual(ends)
        over.abort()
        await reading
        told.splice(0, 2, [], [])
        for await (const { value } of log.read({ from, until: 'end', onPosition })) values.push(String(value))
        expect(values).toEqual(['a', 'b', 'a', 'b'])
        expect(told.map((positions) => positions.at(-1))).toEqual(ends)
      })

      it('never passes off a reading that was given up as one to the end', async () => {
        const { log } = await ground().world(1)
        await fill(log, { partitions: 1, count: 5_000 })
        const over = new AbortController()
        const from = [{ topic: requests, partition: 0, at: 'beginning' as const }]
        const reading = (async () => {
          for await (const { offset } of log.read({ from, until: 'end', signal: over.signal }))
            if (offset === 10) over.abort()
        })()
        await expect(reading).rejects.toThrow(/abort/)
      })

      it('gives every record of a large partition once and in order, with bounded memory', async () => {
        const { log } = await ground().world(2)
        const input = await fill(log, { partitions: 2, count: 8_000, bytes: 4_000 })
        const output: string[][] = [[], []]
        const from = [0, 1].map((partition) => ({ topic: requests, partition, at: 'beginning' as const }))
        for await (const { partition, value, offset } of log.read({ from, until: 'end' })) {
          output[partition]?.push(String(value))
          if (offset % 1_000 === 0) await sleep(1)
        }
        expect(output).toEqual(input)
      })
    })

    describe('offsets and partitions', () => {
      it('tells what is there, what is committed and where a key goes', async () => {
        const { log } = await ground().world(12, [requests, 'payout.commands'])
        await fill(log, { partitions: 1, count: 2 })
        expect(await log.partitions(requests)).toBe(12)
        expect((await log.offsets(requests)).slice(0, 2)).toEqual([
          { beginning: 0, end: 2 },
          { beginning: 0, end: 0 },
        ])
        expect(await log.committed('nobody', requests)).toEqual(Array.from({ length: 12 }))
        // By Java's own partitioner, see partition-of.test.ts.
        expect(await log.partitionFor('payout.commands', 'payout-1')).toBe(10)
      })
    })
  })
}
