import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signingKey, verifyingKey } from './key.ts'
import { sign, verify } from './signature.ts'
import { OPENSSL_RSA_SIGNATURE, RSA_PKCS8, RSA_SPKI, SIGNED_BYTES } from './testing/fixture-keys.ts'
import { HAS_OPENSSL, opensslSign, opensslVerify } from './testing/openssl.ts'

const signer = signingKey('RSA', RSA_PKCS8)
const keys = [verifyingKey('RSA', RSA_SPKI, 'alipay')]

describe('RSA', () => {
  it('MAPI-10: signs as OpenSSL does: SHA-1, PKCS#1 v1.5, base64', () => {
    expect(sign(SIGNED_BYTES, signer)).toBe(OPENSSL_RSA_SIGNATURE)
  })

  it('MAPI-10: verifies what OpenSSL signed', () => {
    expect(verify(SIGNED_BYTES, OPENSSL_RSA_SIGNATURE, keys)).toEqual({ ok: true, key: 'alipay' })
  })

  // Where there is no OpenSSL, the two tests above stand for it: RSA signatures are always the same.
  if (HAS_OPENSSL) {
    it('MAPI-10: OpenSSL on this machine signs and verifies the same', () => {
      for (const text of ['', 'a=1', '_input_charset=utf-8&account_name=毛毛', 'x'.repeat(100_000)]) {
        const bytes = Buffer.from(text)
        const signature = sign(bytes, signer)
        expect(opensslSign(bytes, RSA_PKCS8).toString('base64')).toBe(signature)
        expect(opensslVerify(bytes, Buffer.from(signature, 'base64'), RSA_SPKI)).toBe(true)
        expect(opensslVerify(Buffer.from(`${text}x`), Buffer.from(signature, 'base64'), RSA_SPKI)).toBe(false)
      }
    })
  }

  it('MAPI-10: one changed byte of the string or of the signature, and it does not verify', () => {
    const signature = Buffer.from(OPENSSL_RSA_SIGNATURE, 'base64')
    fc.assert(
      fc.property(
        fc.nat(SIGNED_BYTES.length - 1),
        fc.nat(signature.length - 1),
        fc.integer({ min: 1, max: 255 }),
        (at, place, xor) => {
          const bytes = Buffer.from(SIGNED_BYTES)
          bytes[at] = (bytes[at] ?? 0) ^ xor
          const changed = Buffer.from(signature)
          changed[place] = (changed[place] ?? 0) ^ xor
          expect(verify(bytes, OPENSSL_RSA_SIGNATURE, keys).ok).toBe(false)
          expect(verify(SIGNED_BYTES, changed.toString('base64'), keys).ok).toBe(false)
        },
      ),
    )
  })

  it.each([
    ['a line break', OPENSSL_RSA_SIGNATURE.replace(/^.{64}/, '$&\n')],
    ['a blank before it', ` ${OPENSSL_RSA_SIGNATURE}`],
    ['a line break behind it', `${OPENSSL_RSA_SIGNATURE}\n`],
    ['no padding', OPENSSL_RSA_SIGNATURE.replace(/=+$/, '')],
    ['blanks for its plus signs', OPENSSL_RSA_SIGNATURE.replaceAll('+', ' ')],
    ['the alphabet for addresses', OPENSSL_RSA_SIGNATURE.replaceAll('+', '-').replaceAll('/', '_')],
    ['bits left over', OPENSSL_RSA_SIGNATURE.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`)],
    ['percent signs', encodeURIComponent(OPENSSL_RSA_SIGNATURE)],
    ['nothing in it', ''],
    ['other letters', '毛'],
  ])('MAPI-10: does not verify base64 with %s', (_, text) => {
    expect(text).not.toBe(OPENSSL_RSA_SIGNATURE)
    expect(verify(SIGNED_BYTES, text, keys).ok).toBe(false)
  })
})
