import { expect, it, vi } from 'vitest'
import { systemClock } from './clock.ts'

it('the clock is the machine’s, shifted', () => {
  vi.useFakeTimers({ now: 1_760_000_000_000 })
  expect(systemClock().now()).toBe(1_760_000_000_000)
  expect(systemClock(-3_600_000).now()).toBe(1_759_996_400_000)
  vi.useRealTimers()
})
