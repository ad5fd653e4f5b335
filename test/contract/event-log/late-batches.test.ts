/** What was fetched for a session and comes only when a newer one has taken its place. */
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { qualifiedTopic } from '@payout/schemas/topics'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { fill, Ground, requests } from './ground.ts'
import { openTransaction } from './kafka-tools.ts'

const group = 'gateway-egress'

const ground = new Ground(inject('brokers'))

interface Batch {
  readonly topic: string
  readonly rawMessages: readonly unknown[]
}

/** The part of kafkajs' Runner that hands fetched batches to a consumer. */
interface Runner {
  handleBatch(batch: Batch): Promise<void>
  heartbeat(): Promise<void>
}

/**
 * Keeps the first batch of a topic that holds something, as a full queue of kafkajs' workers does; heartbeats go on
 * meanwhile.
 */
function holdNextBatch(topic: string): { readonly held: Promise<void>; release(): void } {
  const require = createRequire(import.meta.url)
  const { prototype } = require('kafkajs/src/consumer/runner') as { prototype: Runner }
  const { handleBatch } = prototype
  const { promise: held, resolve: tellHeld } = Promise.withResolvers<void>()
  let isReleased = false
  let isHeld = false
  prototype.handleBatch = async function (this: Runner, batch) {
    if (!isHeld && batch.topic === topic && batch.rawMessages.length > 0) {
      isHeld = true
      tellHeld()
      for (; !isReleased; await sleep(20)) await this.heartbeat()
    }
    return handleBatch.call(this, batch)
  }
  onTestFinished(() => {
    prototype.handleBatch = handleBatch
  })
  return {
    held,
    release: () => {
      isReleased = true
    },
  }
}

describe('a late batch', { timeout: 60_000 }, () => {
  it.each(['markers and aborted records', 'records'])(
    'S3.8: of %s that was fetched for an earlier session moves no newer one',
    async (content) => {
      const { log, namespace } = await ground.world(1, [requests])
      const topic = qualifiedTopic(namespace, requests)
      const [input = []] = await fill(log, { partitions: 1, count: 2 })
      const hasRead = Promise.withResolvers<void>()
      const mayFail = Promise.withResolvers<void>()
      const hasAsked = Promise.withResolvers<void>()
      const sessions: string[][] = []
      let position = 0
      const consumer = await log.consume({
        group,
        tasks: 'by-lane',
        topics: [requests],
        handler: async (session) => {
          const values: string[] = []
          sessions.push(values)
          while (!session.stopping) {
            const polled = session.poll({ maxRecords: 10, timeoutMs: 200 })
            if (sessions.length > 1) hasAsked.resolve()
            for (const { records } of await polled) values.push(...records.map(({ value }) => String(value)))
            position = session.position(requests)
            if (sessions.length > 1 || values.length < input.length) continue
            hasRead.resolve()
            await mayFail.promise
            throw new Error('broken on purpose, before anything was committed')
          }
        },
      })
      await hasRead.promise
      const { held, release } = holdNextBatch(topic)
      const late = content === 'records' ? await fill(log, { partitions: 1, count: 1, name: 'late' }) : [[]]
      if (content !== 'records') await (await openTransaction(ground.brokers, topic, 0)).abort()
      await held
      mayFail.resolve()
      await hasAsked.promise
      release()
      const end = input.length + (content === 'records' ? 1 : 2)
      await expect.poll(() => [sessions.length > 1, position], { timeout: 20_000 }).toEqual([true, end])
      await consumer.stop(5_000)
      expect(sessions).toEqual([input, [...input, ...late.flat()]])
    },
  )
})
