import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { retryDelay } from './retry-delay.ts'

const delays = { minMs: 1_000, maxMs: 300_000 }

describe('retryDelay', () => {
  it('doubles with each attempt up to its limit', () => {
    expect([1, 2, 3, 8, 9, 10, 500].map((attempts) => retryDelay(attempts, delays, 0))).toEqual([
      1_000, 2_000, 4_000, 128_000, 150_000, 150_000, 150_000,
    ])
    expect(retryDelay(1, delays, 1)).toBe(2_000)
    expect(retryDelay(500, delays, 1)).toBe(300_000)
  })

  it('lies between its limits', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), unit, (attempts, random) => {
        const delay = retryDelay(attempts, delays, random)
        expect(delay).toBeGreaterThanOrEqual(delays.minMs)
        expect(delay).toBeLessThanOrEqual(delays.maxMs)
      }),
    )
  })
})
