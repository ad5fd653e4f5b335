import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type BreakerState, type PartnerBreaker, PartnerBreakers } from './partner-breakers.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

function breakers(): { of: (alias: string) => PartnerBreaker; states: BreakerState[] } {
  const states: BreakerState[] = []
  const all = new PartnerBreakers({ unknowns: 3, openMs: 1_000 }, (_alias, state) => states.push(state))
  return { of: (alias) => all.of(alias), states }
}

async function call(breaker: PartnerBreaker, unknown: boolean): Promise<void> {
  await breaker.run(breaker.admit(), async () => ({ unknown }))
}

async function open(breaker: PartnerBreaker): Promise<void> {
  for (let i = 0; i < 3; i++) await call(breaker, true)
}

describe('PartnerBreakers', () => {
  it('opens after so many unknown answers one after the other, for that partner only', async () => {
    const { of, states } = breakers()
    await call(of('shop'), true)
    await call(of('shop'), true)
    await call(of('shop'), false)
    await call(of('shop'), true)
    await call(of('shop'), true)
    expect(of('shop').admits).toBe(true)
    await call(of('shop'), true)
    expect(of('shop').admits).toBe(false)
    expect(of('other').admits).toBe(true)
    expect(states).toEqual(['open'])
  })

  it('lets one through after its time, and closes when that is answered', async () => {
    const { of, states } = breakers()
    const shop = of('shop')
    await open(shop)
    vi.advanceTimersByTime(999)
    expect(shop.admits).toBe(false)
    vi.advanceTimersByTime(1)
    expect(shop.admits).toBe(true)
    const admission = shop.admit()
    expect(admission.probe).toBe(true)
    expect(shop.admits).toBe(false)
    const answer = Promise.withResolvers<{ unknown: boolean }>()
    const probe = shop.run(admission, () => answer.promise)
    expect(shop.admits).toBe(false)
    answer.resolve({ unknown: false })
    await probe
    expect(shop.admits).toBe(true)
    expect(states).toEqual(['open', 'half-open', 'closed'])
  })

  it('stays open for its time again when that one is not answered', async () => {
    const { of } = breakers()
    const shop = of('shop')
    await open(shop)
    vi.advanceTimersByTime(1_000)
    await call(shop, true)
    expect(shop.admits).toBe(false)
    vi.advanceTimersByTime(1_000)
    expect(shop.admits).toBe(true)
  })

  it('lets another one through when the first was withdrawn', async () => {
    const { of } = breakers()
    const shop = of('shop')
    await open(shop)
    vi.advanceTimersByTime(1_000)
    const admission = shop.admit()
    expect(shop.admits).toBe(false)
    shop.withdraw(admission)
    expect(shop.admits).toBe(true)
  })

  it('still makes a call that was admitted before it opened', async () => {
    const { of } = breakers()
    const shop = of('shop')
    const admission = shop.admit()
    await open(shop)
    let calls = 0
    await shop.run(admission, async () => {
      calls++
      return { unknown: false }
    })
    expect(calls).toBe(1)
    expect(shop.admits).toBe(false)
  })
})
