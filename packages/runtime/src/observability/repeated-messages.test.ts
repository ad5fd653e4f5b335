import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RepeatedWords } from './repeated-messages.ts'

describe('what is said again and again', () => {
  it('is said at once, then after pauses that double up to ten minutes', () => {
    let now = 0
    const words = new RepeatedWords(() => now)
    const said: number[] = []
    for (; now <= 3_000_000; now += 1_000) if (words.isDue('REDIS_UNAVAILABLE')) said.push(now / 1_000)
    expect(said).toEqual([0, 10, 30, 70, 150, 310, 630, 1_230, 1_830, 2_430])
  })

  it('is news when it is another thing, and when it was over', () => {
    const words = new RepeatedWords(() => 0)
    expect([words.isDue('a'), words.isDue('b'), words.isDue('a')]).toEqual([true, true, false])
    expect([words.isOver('a'), words.isOver('a'), words.isDue('a')]).toEqual([true, false, true])
  })

  it('is never said twice within ten seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ key: fc.constantFrom('a', 'b'), waitMs: fc.nat(20_000) })), (asked) => {
        let now = 0
        const words = new RepeatedWords(() => now)
        const last = new Map<string, number>()
        for (const { key, waitMs } of asked) {
          now += waitMs
          if (!words.isDue(key)) continue
          expect(now - (last.get(key) ?? -Infinity)).toBeGreaterThanOrEqual(10_000)
          last.set(key, now)
        }
      }),
    )
  })
})
