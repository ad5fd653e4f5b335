import { describe, expect, it } from 'vitest'
import { BUSY_WAIT_MS, type FetchingGroup, fetchPatiently } from './impatient-fetches.ts'

type Batches = Awaited<ReturnType<FetchingGroup['fetch']>>

const nothing: Batches = [{ rawMessages: [] }, { rawMessages: [] }]
const something: Batches = [{ rawMessages: [] }, { rawMessages: ['a record'] }]

/** A group whose fetches bring what is given; gives how long each of them was to wait. */
async function waitsOf(sessionTimeout: number, fetches: readonly Batches[]): Promise<number[]> {
  const coming = [...fetches]
  const waits: number[] = []
  const prototype: FetchingGroup = {
    sessionTimeout,
    maxWaitTime: BUSY_WAIT_MS,
    async fetch() {
      waits.push(this.maxWaitTime)
      return coming.shift() ?? []
    },
  }
  fetchPatiently(prototype)
  const group: FetchingGroup = Object.create(prototype)
  for (const _ of fetches) await group.fetch(0)
  return waits
}

describe('fetchPatiently', () => {
  it('waits longer once nothing has come for a while, and as before when something has', async () => {
    const idle = Array.from({ length: 22 }, () => nothing)
    const waits = await waitsOf(10_000, [...idle, something, nothing, nothing])
    expect(waits.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 100))
    expect(waits.slice(20)).toEqual([500, 500, 500, 100, 100])
  })

  it('leaves room for the heartbeats of a short session', async () => {
    const idle = Array.from({ length: 22 }, () => nothing)
    expect((await waitsOf(2_000, idle)).at(-1)).toBe(200)
    expect((await waitsOf(500, idle)).at(-1)).toBe(100)
  })

  it('counts markers and aborted records, which no one reads, as something', async () => {
    const fetches = Array.from({ length: 60 }, (_, at) => (at % 15 === 0 ? something : nothing))
    expect(new Set(await waitsOf(10_000, fetches))).toEqual(new Set([100]))
  })
})
