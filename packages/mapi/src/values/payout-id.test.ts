import { describe, expect, it } from 'vitest'
import { isPayoutId } from './payout-id.ts'

describe('payout ids', () => {
  it.each(['a', '0', 'A.b_c:d-e', 'x'.repeat(64)])('%s is one', (text) => expect(isPayoutId(text)).toBe(true))

  it.each(['', 'x'.repeat(65), 'a b', 'a/b', '订单', 'a\n', '\na', 'é', 'a|b', 'a^b'])('%j is none', (text) => {
    expect(isPayoutId(text)).toBe(false)
  })
})
