import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serialOf } from './serial.ts'

const payoutIds = fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/)

describe('serial', () => {
  it('BTN-3: is the payout id itself where that is 1 to 20 digits and lower-case letters', () => {
    expect(serialOf('0315006')).toBe('0315006')
    expect(serialOf('a'.repeat(20))).toBe('a'.repeat(20))
  })

  it('BTN-3: is 32 characters of the hash for any other id, always the same', () => {
    // printf 'serial:1:Order-1' | sha256sum, as a number modulo 36^32 in base 36, computed in Python.
    expect(serialOf('Order-1')).toBe('cj8avbfv6zw1xldiq3jvlyhjl1fny1j4')
    expect(serialOf('a'.repeat(21))).toBe('3fz3tz9dtfycvlg5527w4truifk9vkb1')
  })

  it('BTN-3: two ids never share a serial, and every serial fits into its column', () => {
    fc.assert(
      fc.property(payoutIds, payoutIds, (left, right) => {
        expect(serialOf(left)).toMatch(/^(?:[0-9a-z]{1,20}|[0-9a-z]{32})$/)
        return left === right || serialOf(left) !== serialOf(right)
      }),
    )
    const similar = ['a', 'A', 'a.', 'a-', 'a_', 'a:', '0a', 'a0', createHash('sha256').update('a').digest('hex')]
    expect(new Set(similar.map(serialOf)).size).toBe(similar.length)
  })

  it.each(['', 'a'.repeat(65), 'a b', '毛', 'a^b', 'a\n'])('refuses the payout id %j', (text) => {
    expect(() => serialOf(text)).toThrow(expect.objectContaining({ code: 'MAPI_PAYOUT_ID_FORMAT' }))
  })
})
