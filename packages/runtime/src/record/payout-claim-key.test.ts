import { isPayoutId } from '@payout/mapi/values/payout-id'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { payoutClaimKey } from './payout-claim-key.ts'

describe('keys of claims', () => {
  it('of a legal id: alias and id', () => {
    expect(payoutClaimKey('acme', 'Order:1')).toBe('acme/Order:1')
  })

  it('no two payouts share one, however their texts are cut, and none that is not legal looks like one that is', () => {
    const text = fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('acme', 'a/b', 'b', 'a', '~x', '', 'A'))
    fc.assert(
      fc.property(text, text, text, text, (partner, id, otherPartner, otherId) => {
        const same = partner === otherPartner && id === otherId
        expect(payoutClaimKey(partner, id) === payoutClaimKey(otherPartner, otherId)).toBe(same)
        const legal = /^[a-z0-9][a-z0-9-]{0,31}$/.test(partner) && isPayoutId(id)
        expect(payoutClaimKey(partner, id).startsWith('~')).toBe(!legal)
      }),
    )
  })

  it('of what is not legal: short, and without the text', () => {
    const key = payoutClaimKey('acme', '张三'.repeat(10_000))
    expect(key.length).toBe(44)
    expect(key).not.toContain('张')
  })
})
