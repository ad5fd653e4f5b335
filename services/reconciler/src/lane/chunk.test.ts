import type { LogRecord } from '@payout/runtime/event-log/port'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutIntoChunks } from './chunk.ts'
import type { LaneRecord } from './lane-record.ts'

function entries(answers: number, notifies: number): LaneRecord[] {
  const record = (topic: LogRecord['topic'], offset: number) =>
    ({ kind: topic === 'gateway.answers' ? 'answer' : 'notify', record: { topic, offset } }) as LaneRecord
  return [
    ...Array.from({ length: answers }, (_, i) => record('gateway.answers', 10 + i)),
    ...Array.from({ length: notifies }, (_, i) => record('gateway.notifies', 20 + i)),
  ]
}

describe('chunks', () => {
  it('hold everything once and in order, at most 5,000 payouts unless one record has more, and their offsets never skip a record', () => {
    const weight = fc.oneof(fc.constant(undefined), fc.nat(1_000), fc.constant(9_000))
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.infiniteStream(weight), (answers, notifies, weights) => {
        const all = entries(answers, notifies)
        const payouts = all.map(() => weights.next().value as number | undefined)
        const whole = { 'gateway.answers': 99, 'gateway.notifies': 99 }
        const cut = cutIntoChunks(all, payouts, whole)
        expect(cut.flatMap(({ records }) => [...records])).toEqual(all)
        const done = new Set<LaneRecord>()
        for (const [index, { records, offsets }] of cut.entries()) {
          const sum = records.reduce((total, entry) => total + (payouts[all.indexOf(entry)] ?? 1), 0)
          expect(records.length === 1 || sum <= 5_000).toBe(true)
          for (const entry of records) done.add(entry)
          const last = index === cut.length - 1
          if (last) expect(offsets).toEqual(whole)
          else {
            for (const { record } of all) {
              const next = offsets[record.topic]
              if (next === undefined || record.offset >= next) continue
              expect([...done].some((entry) => entry.record === record)).toBe(true)
            }
          }
        }
      }),
    )
  })

  it('nothing is no chunk', () => expect(cutIntoChunks([], [], { 'gateway.answers': 5 })).toEqual([]))
})
