/** A connection that breaks in the middle of an answer. */
import { describe, expect, it } from 'vitest'
import { drained, expectPassed, fill, passThrough, requests } from './ground.ts'
import { api } from './kafka-proxy.ts'
import { proxiedGround } from './proxied-ground.ts'

const group = 'gateway-egress'

const ground = proxiedGround()

describe('half an answer on a connection that breaks', { timeout: 60_000 }, () => {
  it.each(['fetch', 'heartbeat', 'produce', 'addOffsetsToTxn'] as const)(
    'S3.5: of %s holds nothing up that comes after it',
    async (step) => {
      const { log, another } = await ground.world(1)
      const worker = another({ clientId: 'worker' })
      const consumer = await worker.consume({ group, tasks: 'by-lane', topics: [requests], handler: passThrough() })
      const first = await fill(log, { partitions: 1, count: 10, name: 'before' })
      await drained(log, group, requests)
      let isCut = false
      ground.rules = {
        response: ({ apiKey, clientId }) => {
          if (isCut || clientId !== 'worker' || apiKey !== api[step]) return true
          isCut = true
          return 'half'
        },
      }
      const second = await fill(log, { partitions: 1, count: 10, name: 'at the cut' })
      await expect.poll(() => isCut, { timeout: 10_000 }).toBe(true)
      const third = await fill(log, { partitions: 1, count: 10, name: 'behind it' })
      // Without the correction every later answer is joined to the half one, and each request waits for its limit of
      // 30 s.
      await drained(log, group, requests, 10_000)
      await consumer.stop(5_000)
      await expectPassed(
        log,
        first.map((values, partition) => [...values, ...(second[partition] ?? []), ...(third[partition] ?? [])]),
      )
    },
  )
})
