import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BatchUndecodableError } from '../../errors.ts'
import type { FetchedMessage } from '../record-batch/record-set.ts'
import { DecidedRecords, PartitionReading } from './decided-records.ts'

type Step = 'record' | 'commit' | 'abort' | 'plain' | 'gap' | 'damaged' | 'damaged marker'

const keys: Partial<Record<Step, Buffer>> = {
  commit: Buffer.from([0, 0, 0, 1]),
  abort: Buffer.from([0, 0, 0, 0]),
  gap: Buffer.alloc(0),
}

function message(offset: number, producer: number, step: Step): FetchedMessage {
  const inTransaction = step !== 'plain'
  return {
    magicByte: 2,
    offset: String(offset),
    timestamp: '0',
    attributes: 0,
    key: keys[step] ?? null,
    value: Buffer.from(`${offset}`),
    headers: {},
    isControlRecord: step in keys,
    batchContext: {
      firstOffset: String(offset),
      lastOffset: String(offset),
      firstTimestamp: 0n,
      maxTimestamp: 0n,
      isLogAppendTime: false,
      producerId: inTransaction ? String(producer) : '-1',
      inTransaction,
      isControlBatch: step === 'commit' || step === 'abort' || step === 'damaged marker',
    },
    ...(step.startsWith('damaged')
      ? { undecodable: { firstOffset: offset, lastOffset: offset, reason: 'damaged', bytes: Buffer.alloc(0) } }
      : {}),
  }
}

/**
 * `a1`: a record of producer 1; `c1`, `x1`: its transaction is committed, or aborted; `g1`: compaction has left
 * nothing; `d1`, `m1`: records, or a marker, that can't be decoded; `p`: a record in no transaction.
 */
function log(steps: string): FetchedMessage[] {
  const names: Record<string, Step> = {
    a: 'record',
    c: 'commit',
    x: 'abort',
    g: 'gap',
    d: 'damaged',
    m: 'damaged marker',
    p: 'plain',
  }
  return steps.split(' ').map((step, offset) => message(offset, Number(step[1] ?? 0), names[step[0] ?? ''] ?? 'plain'))
}

const offsetsOf = (messages: readonly FetchedMessage[]) => messages.map(({ offset }) => Number(offset))

describe('DecidedRecords', () => {
  it.each([
    ['a committed one', 'a1 a1 c1', [0, 1]],
    ['an aborted one', 'a1 x1', []],
    ['an open one', 'a1', []],
    ['a committed one behind an open one', 'a1 a2 c2', [1]],
    ['an aborted and a committed one of the same producer', 'a1 x1 a1 c1', [2]],
    ['transactions side by side, in the order of their commits', 'a1 a2 a1 c2 c1', [1, 0, 2]],
    ['no transaction at all', 'p a1 p', [0, 2]],
    ['a committed one before a gap', 'a1 g1 c1', [0]],
    ['an aborted one before a gap', 'a1 g1 x1', []],
    ['an open one before a gap', 'a1 g1', []],
    ['the end of one that began before', 'c1 a1', []],
  ])('S2.2: gives the records of %s', (_, steps, offsets) => {
    expect(offsetsOf(new DecidedRecords().take(log(steps)))).toEqual(offsets)
  })

  it('S2.2: gives each record once whose next marker commits, wherever the log is cut into fetches', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.constantFrom<Step[]>('record', 'commit', 'abort', 'plain'))
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
        (steps, sizes) => {
          const messages = steps.map(([producer, kind], offset) => message(offset, producer, kind))
          const isCommitted = (offset: number, producer: number) =>
            steps
              .slice(offset + 1)
              .find(([one, kind]) => one === producer && kind !== 'record' && kind !== 'plain')?.[1] === 'commit'
          const wanted = steps.flatMap(([producer, kind], offset) =>
            kind === 'plain' || (kind === 'record' && isCommitted(offset, producer)) ? [offset] : [],
          )
          const decided = new DecidedRecords()
          const given: number[] = []
          for (let at = 0; at < messages.length; ) {
            const size = sizes.next().value ?? 1
            given.push(...offsetsOf(decided.take(messages.slice(at, at + size))))
            at += size
          }
          expect(given.sort((a, b) => a - b)).toEqual(wanted)
        },
      ),
    )
  })
})

describe('PartitionReading', () => {
  /** A partition whose batches hold three records each; a fetch gives the one that holds its offset. */
  function admin(steps: string) {
    const asked: number[] = []
    const fetch = async (_topic: string, _partition: number, offset: number) => {
      asked.push(offset)
      const begin = offset - (offset % 3)
      return log(steps).slice(begin, begin + 3)
    }
    return { asked, fetch }
  }
  const place = { topic: 'gateway.requests', partition: 0 } as const

  it('S2.2: reads from where it is told to the end of the range, over fetches that begin before and end behind', async () => {
    const { asked, fetch } = admin('p p p a1 c1 p p a2 c2')
    const offsets: number[] = []
    for await (const { offset } of new PartitionReading({ admin: { fetch } }, { ...place, from: 1 }).to(8))
      offsets.push(offset)
    expect(offsets).toEqual([1, 2, 3, 5, 6])
    expect(asked).toEqual([1, 3, 6])
  })

  it('never passes off a reading that was given up as a whole one', async () => {
    const over = new AbortController()
    const reading = (async () => {
      for await (const { offset } of new PartitionReading({ admin: admin('p p p p p p') }, { ...place, from: 0 }).to(
        6,
        over.signal,
      ))
        if (offset === 1) over.abort(new Error('given up'))
    })()
    await expect(reading).rejects.toThrow('given up')
  })

  it('gives up before what can not be decoded, unless it was stepped over; a marker never is', async () => {
    const read = async (steps: string, isSteppedOver: boolean) => {
      const steppedOver = { includes: async () => isSteppedOver }
      const offsets: number[] = []
      const reading = new PartitionReading({ admin: admin(steps), steppedOver }, { ...place, from: 0 })
      for await (const { offset } of reading.to(3)) offsets.push(offset)
      return offsets
    }
    await expect(read('a1 d1 c1', false)).rejects.toThrow(BatchUndecodableError)
    expect(await read('a1 d1 c1', true)).toEqual([0])
    await expect(read('a1 m1 c1', true)).rejects.toThrow(BatchUndecodableError)
  })
  it('S2.2: goes on where it was, also after a fetch that failed, and gives nothing twice and nothing less', async () => {
    const steps = 'a1 p a2 c2 p c1 a3 x3 p'
    let isAway = false
    const fetch = async (topic: string, partition: number, offset: number) => {
      isAway = !isAway
      if (isAway) throw new Error('away')
      return admin(steps).fetch(topic, partition, offset)
    }
    const reading = new PartitionReading({ admin: { fetch } }, { ...place, from: 0 })
    const offsets: number[] = []
    for (let end = 1; reading.next < 9; end = Math.min(9, end + 1)) {
      try {
        for await (const { offset } of reading.to(end)) offsets.push(offset)
      } catch (error) {
        expect(error).toEqual(new Error('away'))
      }
    }
    expect(offsets).toEqual([1, 2, 4, 0, 8])
  })
})
