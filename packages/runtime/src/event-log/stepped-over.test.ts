import { expect, it } from 'vitest'
import { BatchUndecodableError, OffsetOutOfRangeError } from './errors.ts'
import type { LogRecord, OutgoingRecord } from './port.ts'
import { SteppedOver, stepOverRecord } from './stepped-over.ts'

function batchOf(text: string): BatchUndecodableError {
  const batch = { firstOffset: 4, lastOffset: 6, reason: 'damaged', bytes: Buffer.from(text) }
  return new BatchUndecodableError({ topic: 'gateway.answers', partition: 1, ...batch })
}

function read({ topic, key, value, headers }: OutgoingRecord): LogRecord {
  return { topic, partition: 0, offset: 0, timestamp: 0, key: key === null ? null : Buffer.from(key), value, headers }
}

it('goes on where the dead-letter topic was made anew: it is read from its beginning, and earlier words stay', async () => {
  const [first, second] = [batchOf('first'), batchOf('second')]
  let records: LogRecord[] = []
  // As a tail is: what it has failed by it fails by for ever.
  const steppedOver = new SteppedOver((topic) => {
    let next = 0
    let gone: Error | undefined
    return {
      next: async () => {
        if (next > records.length) gone = new OffsetOutOfRangeError(topic, 0, next, { beginning: 0, end: 0 })
        if (gone) throw gone
        const come = records.slice(next)
        next = records.length
        return come
      },
    }
  })
  records = [read(stepOverRecord(first, { by: 'Li', why: 'looked at' }, 1))]
  expect([await steppedOver.includes(first), await steppedOver.includes(second)]).toEqual([true, false])
  records = []
  await expect(steppedOver.includes(second)).rejects.toThrow(OffsetOutOfRangeError)
  records = [read(stepOverRecord(second, { by: 'Li', why: 'looked at' }, 1))]
  expect([await steppedOver.includes(first), await steppedOver.includes(second)]).toEqual([true, true])
})
