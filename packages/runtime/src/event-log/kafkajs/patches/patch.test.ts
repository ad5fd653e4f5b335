import { createRequire } from 'node:module'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { patchKafkajs } from './patch.ts'

const require = createRequire(import.meta.url)

beforeAll(() => patchKafkajs())

/**
 * Corrections that cost time or work where they are missing, and break nothing: kafkajs' own classes have to have
 * them.
 */
describe('patchKafkajs', () => {
  it('leaves a connection without requests alone', () => {
    const RequestQueue = require('kafkajs/src/network/requestQueue')
    const timer = vi.spyOn(globalThis, 'setTimeout')
    try {
      const queue = Object.create(RequestQueue.prototype, { pending: { value: [] }, throttledUntil: { value: -1 } })
      queue.scheduleCheckPendingRequests()
      expect(timer).not.toHaveBeenCalled()
    } finally {
      timer.mockRestore()
    }
  })

  it('lets the fetches of an idle consumer wait longer', async () => {
    const ConsumerGroup = require('kafkajs/src/consumer/consumerGroup')
    const waits: number[] = []
    const all = [{ topic: 'a topic', partitions: [0] }]
    const broker = {
      fetch: async ({ maxWaitTime }: { maxWaitTime: number }) => {
        waits.push(maxWaitTime)
        return { responses: [] }
      },
    }
    const group = Object.assign(Object.create(ConsumerGroup.prototype), {
      sessionTimeout: 10_000,
      maxWaitTime: 100,
      seekOffset: { pop: () => undefined },
      preferredReadReplicasPerTopicPartition: {},
      subscriptionState: { assigned: () => all, active: () => all },
      offsetManager: {
        resolveOffsets: async () => undefined,
        committedOffsets: () => ({ 'a topic': { 0: '0' } }),
        nextOffset: () => 0,
      },
      cluster: {
        refreshMetadataIfNecessary: async () => undefined,
        findTopicPartitionMetadata: () => [{ partitionId: 0, leader: 1 }],
        findBroker: async () => broker,
      },
    })
    for (let n = 0; n < 22; n++) await group.fetch(1)
    expect([waits[0], waits.at(-1)]).toEqual([100, 500])
  })
})
