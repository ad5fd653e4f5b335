import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SigningKey, signingKey, type VerifyingKey, verifyingKey } from './key.ts'
import { sign, verify } from './signature.ts'
import { DSA_PKCS8, DSA_SPKI, RSA_PKCS8, RSA_SPKI } from './testing/fixture-keys.ts'

const MD5_KEY = 'k'.repeat(32)
const pairs: readonly (readonly [SigningKey, VerifyingKey])[] = [
  [signingKey('MD5', MD5_KEY), verifyingKey('MD5', MD5_KEY, 'MD5')],
  [signingKey('RSA', RSA_PKCS8), verifyingKey('RSA', RSA_SPKI, 'RSA')],
  [signingKey('DSA', DSA_PKCS8), verifyingKey('DSA', DSA_SPKI, 'DSA')],
]
const base = Buffer.from('a=1&b=2')

describe('signature', () => {
  it('MAPI-8: the key decides the algorithm, and only a key of the same kind verifies', () => {
    for (const [signer] of pairs) {
      for (const [, key] of pairs) {
        expect(verify(base, sign(base, signer), [key])).toEqual(
          key.signType === signer.signType ? { ok: true, key: key.name } : { ok: false },
        )
      }
    }
  })

  it('MAPI-10: several keys may hold at once, and the one that fits is named', () => {
    const all = pairs.map(([, key]) => key)
    for (const [signer] of pairs)
      expect(verify(base, sign(base, signer), all)).toEqual({ ok: true, key: signer.signType })
  })

  it('MAPI-10: whatever stands in sign, verifying says no and does not throw', () => {
    const all = pairs.map(([, key]) => key)
    const text = fc.oneof(
      fc.uint16Array({ maxLength: 60 }).map((units) => String.fromCharCode(...units)),
      fc.base64String(),
      fc.stringMatching(/^[a-z_%=+/0-9]{0,80}$/),
    )
    fc.assert(
      fc.property(text, (sign) => {
        expect(verify(base, sign, all)).toEqual({ ok: false })
      }),
    )
  })
})
