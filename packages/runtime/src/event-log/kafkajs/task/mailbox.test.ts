import type { TopicName } from '@payout/schemas/topics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogRecord } from '../../port.ts'
import { Mailbox } from './mailbox.ts'

const topic: TopicName = 'gateway.requests'

function record(offset: number, value = Buffer.alloc(10)): LogRecord {
  return { topic, partition: 3, offset, timestamp: 0, key: null, value, headers: {} }
}

describe('Mailbox', () => {
  it('hands out every record once and in order, however it is put in and taken out', () => {
    const parcels = fc.array(fc.record({ records: fc.nat(5), gap: fc.nat(3) }), { maxLength: 20 })
    fc.assert(
      fc.property(parcels, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (sizes, takes) => {
        const mailbox = new Mailbox(3, new Map([[topic, 0]]))
        const put: number[] = []
        let next = 0
        for (const { records, gap } of sizes) {
          const offsets = Array.from({ length: records }, (_, at) => next + at)
          next += records + gap
          put.push(...offsets)
          mailbox.put(
            topic,
            offsets.map((offset) => record(offset)),
            next,
          )
        }
        const taken: number[] = []
        for (let turn = 0; turn < 200; turn++) {
          const fetched = mailbox.take([topic], takes[turn % takes.length] ?? 1)
          for (const one of fetched) {
            taken.push(...one.records.map(({ offset }) => offset))
            expect(one.next).toBe(mailbox.position(topic))
            expect(taken.every((offset) => offset < one.next)).toBe(true)
            const left = put.slice(taken.length)
            expect(left.every((offset) => offset >= one.next)).toBe(true)
          }
          if (fetched.length === 0) break
        }
        expect(taken).toEqual(put)
        expect(mailbox.position(topic)).toBe(next)
        expect(mailbox.bytes(topic)).toBe(0)
      }),
    )
  })

  it('tells of a fetch without records by its next offset alone', () => {
    const mailbox = new Mailbox(3, new Map([[topic, 5]]))
    mailbox.put(topic, [], 9)
    expect(mailbox.take([topic], 1)).toEqual([{ topic, partition: 3, records: [], next: 9 }])
    expect(mailbox.take([topic], 1)).toEqual([])
  })

  it('lets the topics take turns, so that a full one starves no other', () => {
    const other: TopicName = 'gateway.answers'
    const mailbox = new Mailbox(
      3,
      new Map([
        [topic, 0],
        [other, 0],
      ]),
    )
    for (let offset = 0; offset < 4; offset++) {
      mailbox.put(topic, [record(offset)], offset + 1)
      mailbox.put(other, [{ ...record(offset), topic: other }], offset + 1)
    }
    const topics = Array.from({ length: 4 }, () => mailbox.take([topic, other], 1)[0]?.topic)
    expect(topics).toEqual([topic, other, topic, other])
  })

  it('counts the bytes of keys and values that wait', () => {
    const mailbox = new Mailbox(3, new Map([[topic, 0]]))
    mailbox.put(topic, [record(0, Buffer.alloc(5_000))], 1)
    expect(mailbox.bytes(topic)).toBeGreaterThanOrEqual(5_000)
    mailbox.clear()
    expect(mailbox.bytes(topic)).toBe(0)
    expect(mailbox.take([topic], 1)).toEqual([])
  })
})
