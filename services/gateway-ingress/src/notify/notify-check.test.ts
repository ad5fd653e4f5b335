import { SIGN_TYPES } from '@payout/mapi/signature/key'
import { CHARSETS } from '@payout/mapi/wire/charset'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RefusalError } from '../http/refusal.ts'
import { type Fields, form, notifyFields, signed, testPartner } from '../testing/alipay-notify.ts'
import { checkNotify } from './notify-check.ts'

const partner = testPartner('MD5', 'utf-8')

describe('checkNotify', () => {
  it('BTN-12: takes nothing of which one byte was changed, added or left out', () => {
    for (const signType of SIGN_TYPES) {
      for (const charset of CHARSETS) {
        const by = testPartner(signType, charset)
        const good = signed(signType, notifyFields(charset))
        const names = Object.keys(good).filter((name) => name !== 'sign' && name !== 'sign_type')
        expect(checkNotify(form(good), undefined, by).batchNo).toBe('20080107001')
        const change = fc.record({
          name: fc.constantFrom(...names),
          at: fc.nat(),
          byte: fc.nat(255),
          how: fc.constantFrom(0, 1, 2),
        })
        fc.assert(
          fc.property(change, ({ name, at, byte, how }) => {
            const value = Buffer.from(good[name] ?? '')
            const place = at % value.length
            // 0 replaces, 1 inserts, 2 leaves out.
            const middle = how === 2 ? [] : [byte]
            const changed = Buffer.concat([
              value.subarray(0, place),
              Buffer.from(middle),
              value.subarray(how === 1 ? place : place + 1),
            ])
            fc.pre(!changed.equals(value))
            expect(() => checkNotify(form({ ...good, [name]: changed }), undefined, by)).toThrow(RefusalError)
          }),
          { numRuns: 60 },
        )
      }
    }
  })

  it('BTN-12: takes no bytes at random, and throws nothing but refusals', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.option(fc.string(), { nil: undefined }),
        (bytes, contentType) => {
          expect(() => checkNotify(Buffer.from(bytes), contentType, partner)).toThrow(RefusalError)
        },
      ),
    )
  })

  it('BTN-10: takes its fields in any order and spelling of the percent signs', () => {
    const entries = Object.entries(signed('MD5', notifyFields('utf-8')))
    fc.assert(
      fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), fc.boolean(), (order, lower) => {
        const text = form(Object.fromEntries(order) as Fields).toString('latin1')
        const spelled = lower ? text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()) : text
        expect(checkNotify(Buffer.from(spelled, 'latin1'), undefined, partner).notifyId).toBe(
          '70fec0c2730b27528665af4517c27b95',
        )
      }),
    )
  })
})
