import { describe, expect, it } from 'vitest'
import { Slots } from './slots.ts'

function waiter(): { wakes: number; wake(): void } {
  return {
    wakes: 0,
    wake() {
      this.wakes++
    },
  }
}

describe('Slots', () => {
  it('gives as many slots as the name has, and each again when it is given back', () => {
    const limits = new Slots((alias) => (alias === 'shop' ? 2 : 1))
    const lane = waiter()
    expect([limits.take('shop', lane), limits.take('shop', lane), limits.take('shop', lane)]).toEqual([
      true,
      true,
      false,
    ])
    expect(limits.take('other', lane)).toBe(true)
    limits.release('shop')
    expect(lane.wakes).toBe(1)
    expect(limits.take('shop', lane)).toBe(true)
    expect(limits.underWay('shop')).toBe(2)
  })

  it('serves lanes in the order in which they came', () => {
    const limits = new Slots(() => 1)
    const [first, second, third] = [waiter(), waiter(), waiter()]
    expect(limits.take('shop', first)).toBe(true)
    expect(limits.take('shop', second)).toBe(false)
    expect(limits.take('shop', third)).toBe(false)
    limits.release('shop')
    // Who had the slot comes first to the counter, and is not served before those in line.
    expect(limits.take('shop', first)).toBe(false)
    expect(limits.take('shop', third)).toBe(false)
    expect(second.wakes).toBe(1)
    expect(limits.take('shop', second)).toBe(true)
    limits.release('shop')
    expect(limits.take('shop', third)).toBe(true)
  })

  it('lets the next lane on when one has nothing to send any more', () => {
    const limits = new Slots(() => 1)
    const [first, second, third] = [waiter(), waiter(), waiter()]
    limits.take('shop', first)
    limits.take('shop', second)
    limits.take('shop', third)
    limits.release('shop')
    limits.wantOnly(second, new Set())
    expect(third.wakes).toBe(1)
    expect(limits.take('shop', third)).toBe(true)
  })

  it('keeps a place that is still wanted', () => {
    const limits = new Slots(() => 1)
    const [first, second] = [waiter(), waiter()]
    limits.take('shop', first)
    limits.take('shop', second)
    limits.wantOnly(second, new Set(['shop']))
    limits.release('shop')
    expect(limits.take('shop', first)).toBe(false)
    expect(limits.take('shop', second)).toBe(true)
  })
})
