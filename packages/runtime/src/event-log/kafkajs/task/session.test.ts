import { expect, it } from 'vitest'
import { noMetrics } from '../../metrics.ts'
import type { FetchedMessage } from '../record-batch/record-set.ts'
import { KafkaTaskSession, type TaskSessionDependencies } from './session.ts'

const topic = 'gateway.requests'

function session(): KafkaTaskSession {
  const range = { beginning: 0, end: 100 }
  const producer: Pick<TaskSessionDependencies['producer'], 'close'> = { close: () => undefined }
  return new KafkaTaskSession({
    name: 'lane-0',
    group: 'reconciler',
    groupId: 'test.reconciler',
    partition: 0,
    starts: new Map([[topic, { committed: undefined, range, isReplayed: false }]]),
    producer: producer as TaskSessionDependencies['producer'],
    metrics: noMetrics,
    isStopping: () => false,
    end: async () => range.end,
    written: async () => range.end,
    onFlow: () => undefined,
    onUndecodable: () => undefined,
  })
}

/** Records of the offsets from `from` to below `next`. */
function fetched(from: number, next: number): [messages: FetchedMessage[], offsets: { from: number; next: number }] {
  const messages = Array.from({ length: next - from }, (_, index): FetchedMessage => {
    const offset = String(from + index)
    return {
      magicByte: 2,
      offset,
      timestamp: '0',
      attributes: 0,
      key: null,
      value: Buffer.from(offset),
      headers: {},
      isControlRecord: false,
      batchContext: {
        firstOffset: String(from),
        lastOffset: String(next - 1),
        firstTimestamp: 0n,
        maxTimestamp: 0n,
        isLogAppendTime: false,
        producerId: '-1',
        inTransaction: false,
        isControlBatch: false,
      },
    }
  })
  return [messages, { from, next }]
}

async function polled(of: KafkaTaskSession): Promise<number[]> {
  const all = await of.poll({ maxRecords: 100, timeoutMs: 0 })
  return all.flatMap(({ records }) => records.map(({ offset }) => offset))
}

it('a fetch that comes again, whole or in part, gives no record twice, and puts no position back', async () => {
  const task = session()
  task.receive(topic, ...fetched(0, 3))
  task.receive(topic, ...fetched(0, 3))
  task.receive(topic, ...fetched(1, 2))
  task.receive(topic, ...fetched(0, 5))
  expect(await polled(task)).toEqual([0, 1, 2, 3, 4])
  task.receive(topic, ...fetched(2, 5))
  expect(await polled(task)).toEqual([])
  expect([task.position(topic), task.next(topic)]).toEqual([5, 5])
})

it('a leap forward ends the session: what lies between was deleted unread', async () => {
  const task = session()
  task.receive(topic, ...fetched(0, 3))
  task.receive(topic, ...fetched(4, 6))
  expect(task.hasEnded).toBe(true)
  await expect(polled(task)).rejects.toMatchObject({
    code: 'LOG_TASK_ENDED',
    cause: { code: 'LOG_OFFSET_OUT_OF_RANGE' },
  })
})
