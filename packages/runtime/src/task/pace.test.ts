import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Pace } from './pace.ts'

let pace: Pace
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  pace = new Pace({ everyMs: 100, atOnce: 3 })
})
afterEach(() => vi.useRealTimers())

/** Begins one as soon as it may; answers what it waited. */
function begin(): number {
  const waitMs = pace.waitMs()
  vi.advanceTimersByTime(waitMs)
  pace.begin()
  return waitMs
}

describe('Pace', () => {
  it('lets some go at once, then one every so often', () => {
    expect([begin(), begin(), begin(), begin(), begin()]).toEqual([0, 0, 0, 100, 100])
  })

  it('lets go at once again after quiet, and no more than before', () => {
    for (let at = 0; at < 5; at++) begin()
    vi.advanceTimersByTime(100_000)
    expect([begin(), begin(), begin(), begin()]).toEqual([0, 0, 0, 100])
  })

  it('makes one wait no longer than it has to, where time went by meanwhile', () => {
    for (let at = 0; at < 3; at++) begin()
    vi.advanceTimersByTime(30)
    expect(begin()).toBe(70)
    vi.advanceTimersByTime(1_000)
    expect(begin()).toBe(0)
  })
})
