import { describe, expect, it } from 'vitest'
import { OffsetOutOfRangeError } from '../../errors.ts'
import { TopicTail } from './topic-tail.ts'

/** One partition whose records a test appends, and whose topic it makes anew. */
class Log {
  values: string[] = []
  readonly tail = new TopicTail(
    {
      admin: {
        written: async () => [this.values.length],
        offsets: async () => [{ beginning: 0, end: this.values.length }],
        fetch: async (_topic, _partition, from) =>
          this.values.slice(from).map((value, index) => ({
            magicByte: 2,
            attributes: 0,
            offset: String(from + index),
            timestamp: '0',
            key: null,
            value: Buffer.from(value),
            headers: {},
            isControlRecord: false,
            batchContext: {
              firstOffset: String(from + index),
              lastOffset: String(from + index),
              firstTimestamp: 0n,
              maxTimestamp: 0n,
              isLogAppendTime: false,
              producerId: '-1',
              inTransaction: false,
              isControlBatch: false,
            },
          })),
      },
    },
    'gateway.answers',
  )
}

describe('a topic that was made anew under a tail', () => {
  it.each([
    ['as much as', ['c', 'd']],
    ['more than', ['c', 'd', 'e']],
  ])(
    'is never followed on, also when it holds %s was read of the other one: what stands before would be missed',
    async (_what, values) => {
      const log = new Log()
      log.values = ['a', 'b']
      expect((await log.tail.next()).map(({ value }) => String(value))).toEqual(['a', 'b'])
      log.values = ['c']
      await expect(log.tail.next()).rejects.toThrow(OffsetOutOfRangeError)
      log.values = values
      await expect(log.tail.next()).rejects.toThrow(OffsetOutOfRangeError)
    },
  )
})
