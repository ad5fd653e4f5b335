import { createRequire } from 'node:module'
import { beforeAll, expect, it } from 'vitest'
import { patchKafkajs } from './patch.ts'

const require = createRequire(import.meta.url)

const marker = {
  offset: '7',
  key: Buffer.from([0, 0, 0, 1]),
  isControlRecord: true,
  batchContext: { producerId: '1', inTransaction: true },
}

/**
 * What kafkajs' own runner does with one batch that was fetched from offset 5: the batches it gives, and the
 * positions it takes by itself.
 */
async function handled(messages: object[]): Promise<{ given: object[]; moved: object[] }> {
  const Runner = require('kafkajs/src/consumer/runner')
  const Batch = require('kafkajs/src/consumer/batch')
  const given: object[] = []
  const moved: object[] = []
  const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined }
  const runner = new Runner({
    logger,
    consumerGroup: { resolveOffset: (to: object) => moved.push(to), heartbeat: async () => undefined },
    instrumentationEmitter: { emit: () => undefined },
    eachBatchAutoResolve: false,
    autoCommit: false,
    concurrency: 1,
    eachBatch: async ({ batch }: { batch: InstanceType<typeof Batch> }) => {
      given.push({ from: batch.fetchedOffset, last: batch.lastOffset(), messages: batch.messages })
    },
  })
  runner.running = true
  const answer = { partition: 0, highWatermark: '100', abortedTransactions: [], messages }
  await runner.handleBatch(new Batch('a topic', '5', answer))
  return { given, moved }
}

beforeAll(() => patchKafkajs())

it('S3.8: a batch of nothing but markers is given with the offset that it was fetched from, and moves nothing by itself', async () => {
  expect(await handled([marker])).toEqual({ given: [{ from: '5', last: '7', messages: [] }], moved: [] })
})

it('S3.8: a fetch that brought nothing is no news, wherever the partition ends', async () => {
  expect(await handled([])).toEqual({ given: [], moved: [] })
})

it('S3.8: what lies before the offset that was asked for moves a position by that one offset', async () => {
  const given = [{ from: '5', last: '5', messages: [] }]
  expect(await handled([{ ...marker, offset: '4' }])).toEqual({ given, moved: [] })
})
