/** What a broken connection, a frozen process or a lying answer may not do to the promises of the port. */

import { setTimeout as sleep } from 'node:timers/promises'
import { LogUnavailableError, TaskEndedError } from '@payout/runtime/event-log/errors'
import type { TaskSession } from '@payout/runtime/event-log/port'
import { MIB } from '@payout/schemas/units'
import { describe, expect, it } from 'vitest'
import { answers, drained, expectPassed, fill, passThrough, requests, valuesOf } from './ground.ts'
import { api, type ProxiedRequest } from './kafka-proxy.ts'
import { proxiedGround } from './proxied-ground.ts'

const group = 'gateway-egress'

const ground = proxiedGround()

const transactionSteps = ['produce', 'addPartitionsToTxn', 'addOffsetsToTxn', 'txnOffsetCommit', 'endTxn'] as const
type Step = (typeof transactionSteps)[number]

/**
 * Breaks the connection at the chosen requests, or their answers, of some kinds; counts from 1 for each kind. Returns
 * the breaks.
 */
function breakAt(
  steps: readonly Step[],
  side: 'request' | 'response',
  isChosen: (count: number) => boolean,
): Map<Step, number> {
  const counts = new Map<Step, number>()
  const broken = new Map<Step, number>()
  const admit = ({ apiKey }: ProxiedRequest): boolean => {
    const step = steps.find((one) => api[one] === apiKey)
    if (step === undefined) return true
    const count = (counts.get(step) ?? 0) + 1
    counts.set(step, count)
    if (!isChosen(count)) return true
    broken.set(step, (broken.get(step) ?? 0) + 1)
    return false
  }
  ground.rules = side === 'request' ? { request: admit } : { response: admit }
  return broken
}

describe('a transaction', { timeout: 60_000 }, () => {
  it.each(['request', 'response'] as const)(
    'S3.4: loses and doubles nothing while the %s of each of its steps is lost again and again',
    async (side) => {
      const { log } = await ground.world(2)
      const input = await fill(log, { partitions: 2, count: 100 })
      const broken = breakAt(transactionSteps, side, (count) => count % 7 === 3)
      const handler = passThrough({ maxRecords: 10 })
      const consumer = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler })
      await drained(log, group, requests)
      await consumer.stop(5_000)
      for (const step of transactionSteps) expect(broken.get(step)).toBeGreaterThanOrEqual(2)
      ground.rules = {}
      await expectPassed(log, input)
    },
  )
})

describe('coordinators', { timeout: 60_000 }, () => {
  it('are asked for once, and again after one has said that it is none any more', async () => {
    const { log } = await ground.world(1)
    const input = await fill(log, { partitions: 1, count: 100 })
    const lookups: number[] = []
    let commits = 0
    ground.rules = {
      request: ({ apiKey }) => {
        if (apiKey === api.findCoordinator) lookups.push(commits)
        return true
      },
      response: ({ apiKey }, answer) => {
        // Size, correlation id, throttle time, error code: NOT_COORDINATOR, whatever was done.
        if (apiKey === api.endTxn && ++commits === 6) answer.writeInt16BE(16, 12)
        return true
      },
    }
    const consumer = await log.consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      handler: passThrough({ maxRecords: 10 }),
    })
    await drained(log, group, requests)
    await consumer.stop(5_000)
    ground.rules = {}
    expect(commits).toBeGreaterThanOrEqual(10)
    // Between the first commit and the one that failed nobody asked; after it the task's new producer did.
    expect(lookups.filter((at) => at >= 1 && at < 6)).toEqual([])
    expect(lookups.filter((at) => at >= 6)).not.toEqual([])
    await expectPassed(log, input)
  })
})

describe('a consumer', { timeout: 60_000 }, () => {
  it('S3.5: rejects `ended` when its client has stopped for good', async () => {
    const { log } = await ground.world(1)
    const consumer = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler: passThrough() })
    await expect.poll(() => consumer.healthy, { timeout: 15_000 }).toBe(true)
    ground.rules = {
      response: ({ apiKey }, answer) => {
        // Size, correlation id, throttle time, error code: GROUP_AUTHORIZATION_FAILED, which no retry heals.
        if (apiKey === api.heartbeat) answer.writeInt16BE(30, 12)
        return true
      },
    }
    await expect(consumer.ended).rejects.toThrow(LogUnavailableError)
    expect(consumer.healthy).toBe(false)
    await consumer.stop(0)
  })

  it('S3.5: rejects `ended` when it gets no answer any more while Kafka answers others, and waits while it answers nobody', async () => {
    const { another } = await ground.world(1)
    const log = another({ clientId: 'stuck', stuckMs: 2_000 })
    const consumer = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler: passThrough() })
    await expect.poll(() => consumer.healthy, { timeout: 15_000 }).toBe(true)
    let hasEnded = false
    consumer.ended.catch(() => {
      hasEnded = true
    })
    const consumers: readonly number[] = [api.fetch, api.heartbeat, api.joinGroup]
    let refused = 0
    let isAway = true
    ground.rules = {
      request: ({ apiKey, clientId }) => {
        if (clientId !== 'stuck') return true
        if (consumers.includes(apiKey)) return false
        if (!isAway || apiKey !== api.listOffsets) return true
        refused++
        return false
      },
    }
    await expect.poll(() => refused, { timeout: 20_000 }).toBeGreaterThanOrEqual(2)
    expect(hasEnded).toBe(false)
    isAway = false
    await expect(consumer.ended).rejects.toThrow('Kafka answers others')
    await consumer.stop(0)
  })

  it('S3.5: comes back when no group coordinator could be found for a time, which kafkajs takes for final', async () => {
    const { log, another } = await ground.world(1)
    const input = await fill(log, { partitions: 1, count: 10 })
    const cutOff = another({ clientId: 'cut off' })
    const consumer = await cutOff.consume({ group, tasks: 'by-lane', topics: [requests], handler: passThrough() })
    await drained(log, group, requests)
    let hasEnded = false
    consumer.ended.catch(() => {
      hasEnded = true
    })
    let refused = 0
    ground.rules = {
      request: ({ apiKey, clientId }) => {
        if (clientId !== 'cut off' || (apiKey !== api.heartbeat && apiKey !== api.findCoordinator)) return true
        if (apiKey === api.findCoordinator) refused++
        return false
      },
    }
    await expect.poll(() => refused, { timeout: 20_000 }).toBeGreaterThanOrEqual(3)
    expect(consumer.healthy).toBe(false)
    ground.rules = {}
    await expect.poll(() => consumer.healthy, { timeout: 30_000 }).toBe(true)
    expect(hasEnded).toBe(false)
    await consumer.stop(5_000)
    await expectPassed(log, input)
  })

  it('resolves `ended` when it was stopped', async () => {
    const { log } = await ground.world(1)
    const consumer = await log.consume({ group, tasks: 'by-lane', topics: [requests], handler: passThrough() })
    await consumer.stop(1_000)
    await expect(consumer.ended).resolves.toBeUndefined()
  })

  it('is not healthy while its heartbeats are not answered, and is again afterwards', async () => {
    const { log, another } = await ground.world(1)
    const input = await fill(log, { partitions: 1, count: 10 })
    const held = another({ sessionTimeoutMs: 2_000, heartbeatMs: 200, clientId: 'held' })
    const consumer = await held.consume({ group, tasks: 'by-lane', topics: [requests], handler: passThrough() })
    await expect.poll(() => consumer.healthy, { timeout: 15_000 }).toBe(true)
    const release = Promise.withResolvers<void>()
    ground.rules = {
      request: async ({ apiKey, clientId }) => {
        if (apiKey === api.heartbeat && clientId === 'held') await release.promise
        return true
      },
    }
    await expect.poll(() => consumer.healthy, { timeout: 15_000 }).toBe(false)
    release.resolve()
    await expect.poll(() => consumer.healthy, { timeout: 15_000 }).toBe(true)
    await drained(log, group, requests)
    await consumer.stop(5_000)
    await expectPassed(log, input)
  })

  it("S3.4: a member that fell out of its group does not fence the task's new owner", async () => {
    const { log, another } = await ground.world(1)
    await fill(log, { partitions: 1, count: 1 })
    const outcast = another({ sessionTimeoutMs: 2_000, heartbeatMs: 200, clientId: 'outcast' })
    const mayFail = Promise.withResolvers<void>()
    let sessions = 0
    const first = await outcast.consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      handler: async (session) => {
        if (++sessions === 1) {
          await mayFail.promise
          throw new Error('broken on purpose, out of the group')
        }
        while (!session.stopping) await session.poll({ maxRecords: 1, timeoutMs: 200 })
      },
    })
    await expect.poll(() => first.tasks, { timeout: 15_000 }).toEqual(['lane-0'])
    // No heartbeat of the first member is heard any more, so the group gives its task to the second.
    const release = Promise.withResolvers<void>()
    let initialised = 0
    ground.rules = {
      request: async ({ apiKey, clientId }) => {
        if (clientId !== 'outcast') return true
        if (apiKey === api.initProducerId) initialised++
        if (apiKey === api.heartbeat) await release.promise
        return true
      },
    }
    const outcomes: unknown[] = []
    const owned = Promise.withResolvers<TaskSession>()
    const second = await another().consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      handler: async (session) => {
        owned.resolve(session)
        while (!session.stopping) await session.poll({ maxRecords: 1, timeoutMs: 200 })
      },
    })
    const session = await owned.promise
    mayFail.resolve()
    await sleep(2_000)
    expect(initialised).toBe(0)
    outcomes.push(
      await session.commit([{ topic: answers, partition: 0, key: null, value: Buffer.from('mine'), headers: {} }], {}),
    )
    release.resolve()
    await Promise.all([second.stop(5_000), first.stop(5_000)])
    expect(await valuesOf(log, answers, 1)).toEqual([['mine']])
  })
})

describe('a publisher', { timeout: 60_000 }, () => {
  const record = (value: string) => ({
    topic: answers,
    partition: 0,
    key: null,
    value: Buffer.from(value),
    headers: {},
  })

  it('stores a record without a key once, in its partition, though every other answer is lost', async () => {
    const { log } = await ground.world(3)
    const broken = breakAt(['produce'], 'response', (count) => count % 2 === 1)
    const publisher = log.publisher({ maxBytes: MIB })
    const values = Array.from({ length: 20 }, (_, at) => `v${at}`)
    for (const value of values) await publisher.append(record(value))
    ground.rules = {}
    expect(broken.get('produce')).toBeGreaterThanOrEqual(10)
    await publisher.close()
    expect(await valuesOf(log, answers, 3)).toEqual([values, [], []])
  })

  it('rejects within its time limit when nobody answers, loses no later record, and is healthy again without traffic', async () => {
    const { log, another } = await ground.world(1)
    const publisher = another({ publishTimeoutMs: 1_500 }).publisher({ maxBytes: MIB })
    await publisher.append(record('before'))
    // Appended, though the answer never comes.
    breakAt(['produce'], 'response', () => true)
    await expect(publisher.append(record('unknown'))).rejects.toThrow(LogUnavailableError)
    expect(publisher.healthy).toBe(false)
    ground.rules = {}
    await expect.poll(() => publisher.healthy, { timeout: 15_000 }).toBe(true)
    for (const value of ['after 1', 'after 2', 'after 3']) await publisher.append(record(value))
    await publisher.close()
    const [stored = []] = await valuesOf(log, answers, 1)
    expect(stored.filter((value) => value !== 'unknown')).toEqual(['before', 'after 1', 'after 2', 'after 3'])
  })

  it('rejects what waits as well when the broker stands still', async () => {
    const { another } = await ground.world(1)
    const publisher = another({ publishTimeoutMs: 1_500 }).publisher({ maxBytes: MIB })
    await publisher.append(record('before'))
    const release = Promise.withResolvers<void>()
    ground.rules = {
      request: async ({ apiKey }) => {
        if (apiKey === api.produce) await release.promise
        return true
      },
    }
    const appends = [publisher.append(record('sent')), sleep(100).then(() => publisher.append(record('waiting')))]
    const outcomes = await Promise.allSettled(appends)
    release.resolve()
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await publisher.close()
  })
})

describe('a task session', { timeout: 60_000 }, () => {
  // Less than a request or a transaction may take, which would end the wait as well.
  it('S3.4: that ends while its transaction runs rejects the commit before Kafka answers, and sends nothing more of it', {
    timeout: 25_000,
  }, async () => {
    const { log, another } = await ground.world(1)
    const { promise: held, resolve: tellHeld } = Promise.withResolvers<void>()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: rejected, resolve: tellRejected } = Promise.withResolvers<unknown>()
    const later: readonly number[] = [api.produce, api.endTxn]
    const sent: number[] = []
    ground.rules = {
      request: ({ apiKey, clientId }) => {
        if (clientId === 'worker' && later.includes(apiKey)) sent.push(apiKey)
        return true
      },
      response: async ({ apiKey, clientId }) => {
        if (clientId !== 'worker' || apiKey !== api.addPartitionsToTxn) return true
        tellHeld()
        await released
        return true
      },
    }
    const consumer = await another({ clientId: 'worker' }).consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      handler: async (session) => {
        const value = Buffer.from('never')
        await session.commit([{ topic: answers, partition: 0, key: null, value, headers: {} }], {}).catch(tellRejected)
      },
    })
    await held
    const stopped = consumer.stop(0)
    expect(await rejected).toBeInstanceOf(TaskEndedError)
    release()
    await stopped
    // The next owner of the task aborts what was open; nothing was written.
    await log.fence(group, 'lane-0')
    expect(sent).toEqual([])
    expect(await valuesOf(log, answers, 1)).toEqual([[]])
  })

  it('ends, and its transaction with it, when a transaction takes longer than its limit', async () => {
    const { log, another } = await ground.world(1)
    await fill(log, { partitions: 1, count: 1 })
    const release = Promise.withResolvers<void>()
    const limited = another({ transactionTimeoutMs: 1_500, clientId: 'limited' })
    ground.rules = {
      request: async ({ apiKey, clientId }) => {
        if (apiKey === api.produce && clientId === 'limited') await release.promise
        return true
      },
    }
    const errors: unknown[] = []
    const consumer = await limited.consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      handler: async (session) => {
        const record = { topic: answers, partition: 0, key: null, value: Buffer.from(`${errors.length}`), headers: {} }
        try {
          await session.commit([record], { [requests]: 1 })
        } catch (error) {
          errors.push(error)
          release.resolve()
        }
        while (!session.stopping && !session.signal.aborted) await session.poll({ maxRecords: 1, timeoutMs: 200 })
      },
    })
    await drained(log, group, requests)
    await consumer.stop(5_000)
    expect(errors).toEqual([expect.any(TaskEndedError)])
    expect(await valuesOf(log, answers, 1)).toEqual([['1']])
  })
})
