import { createHash, createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DSA_FORMS, signingKey, verifyingKey } from './key.ts'
import { sign, verify } from './signature.ts'
import { DSA_PKCS8, DSA_SPKI, OPENSSL_DSA_SIGNATURE, SIGNED_BYTES } from './testing/fixture-keys.ts'
import { HAS_OPENSSL, opensslSign, opensslVerify } from './testing/openssl.ts'

/** A public vector (SHA-1 over `123123123`), and the same r and s in the two other forms. */
const VECTOR_KEY =
  'MIIBuDCCASwGByqGSM44BAEwggEfAoGBAP1/U4EddRIpUt9KnC7s5Of2EbdSPO9EAMMeP4C2USZpRV1AIlH7WT2NWPq/xfW6MPbLm1Vs14E7gB00b/JmYLdrmVClpJ+f6AR7ECLCT7up1/63xhv4O1fnxqimFQ8E+4P208UewwI1VBNaFpEy9nXzrith1yrv8iIDGZ3RSAHHAhUAl2BQjxUjC8yykrmCouuEC/BYHPUCgYEA9+GghdabPd7LvKtcNrhXuXmUr7v6OuqC+VdMCz0HgmdRWVeOutRZT+ZxBxCBgLRJFnEj6EwoFhO3zwkyjMim4TwWeotUfI0o4KOuHiuzpnWRbqN/C/ohNWLx+2J6ASQ7zKTxvqhRkImog9/hWuWfBpKLZl6Ae1UlZAFMO/7PSSoDgYUAAoGBAM5LG64TJ9FlaQQuAOKnhglsvOymFP1kL/43OaGo0xuOy9rfeK+RXRQ+n8vNkE3cyPfHIqG2MX7Jjw/k1E0AyHGmFduu0A6MbLv4CPjk1R6LyJqX3uHyOJ4EJfhUcd9kgddv9rMXHoZUDOQJxd/fTeb9jJGpzeFaKn9Yc/u/x2l8'
const VECTOR_FORMS = {
  der: 'MCwCFBTvkbgJ3g8y9Apa2Dc9l8N63Y/QAhR5AdSiLDxNCyhk8BOP8iV9kkdnrQ==',
  p1363: 'FO+RuAneDzL0ClrYNz2Xw3rdj9B5AdSiLDxNCyhk8BOP8iV9kkdnrQ==',
  escaped: '_f_o+_ru_ane_dz_l0_clr_y_nz2_xw3rdj9_b5_ad_si_l_dx_n_cyhk8_b_o_p8i_v9kkdnr_q==',
} as const
const VECTOR_BYTES = Buffer.from('123123123')
const vectorKeys = [verifyingKey('DSA', VECTOR_KEY, 'vector')]

const keys = [verifyingKey('DSA', DSA_SPKI, 'alipay')]
const readAs = (form: (typeof DSA_FORMS)[number]) => signingKey('DSA', DSA_PKCS8, { dsaForm: form })

/** r and s as written in one of the forms, by this test's own reading. */
function numbersOf(text: string, form: (typeof DSA_FORMS)[number]): { r: bigint; s: bigint } {
  const base64 = form === 'escaped' ? text.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) : text
  const bytes = Buffer.from(base64, 'base64')
  if (form !== 'der') {
    return { r: BigInt(`0x${bytes.toString('hex', 0, 20)}`), s: BigInt(`0x${bytes.toString('hex', 20, 40)}`) }
  }
  const rLength = bytes.readUInt8(3)
  const r = bytes.subarray(4, 4 + rLength)
  return { r: BigInt(`0x${r.toString('hex')}`), s: BigInt(`0x${bytes.subarray(4 + rLength + 2).toString('hex')}`) }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let factor = base % modulus, rest = exponent; rest > 0n; rest >>= 1n, factor = (factor * factor) % modulus) {
    if (rest & 1n) result = (result * factor) % modulus
  }
  return result
}

/** p, q, g and y of an X.509 DSA key: its four DER integers of more than one byte. */
function publicNumbers(pem: string): [bigint, bigint, bigint, bigint] {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  const numbers: bigint[] = []
  for (let at = der.indexOf(Buffer.from('2a8648ce380401', 'hex')) + 7; at < der.length; ) {
    const tag = der.readUInt8(at)
    let length = der.readUInt8(at + 1)
    at += 2
    if (length > 0x80) {
      const width = length & 0x7f
      length = der.readUIntBE(at, width)
      at += width
    }
    if (tag === 0x02) {
      numbers.push(BigInt(`0x${der.toString('hex', at, at + length)}`))
      at += length
    } else if (tag === 0x03) {
      at += 1 // the number of unused bits; the key's integer follows
    }
  }
  const [p = 0n, q = 0n, g = 0n, y = 0n] = numbers
  return [p, q, g, y]
}

/** The textbook's verification (FIPS 186), on numbers. */
function verifiesByTextbook(bytes: Buffer, { r, s }: { r: bigint; s: bigint }, pem: string): boolean {
  const [p, q, g, y] = publicNumbers(pem)
  const hash = BigInt(`0x${createHash('sha1').update(bytes).digest('hex')}`)
  const w = power(s, q - 2n, q)
  return ((power(g, (hash * w) % q, p) * power(y, (r * w) % q, p)) % p) % q === r
}

describe('DSA', () => {
  it.each(Object.entries(VECTOR_FORMS))('MAPI-10: verifies the known vector as %s', (_, text) => {
    expect(verify(VECTOR_BYTES, text, vectorKeys)).toEqual({ ok: true, key: 'vector' })
    expect(verify(Buffer.from('123123124'), text, vectorKeys).ok).toBe(false)
    expect(verify(VECTOR_BYTES, text, keys).ok).toBe(false)
  })

  it.each(Object.entries(VECTOR_FORMS))(
    'MAPI-10: verifies the known vector as %s, percent-encoded once more',
    (_, text) => {
      expect(verify(VECTOR_BYTES, encodeURIComponent(text), vectorKeys).ok).toBe(true)
      expect(verify(VECTOR_BYTES, text.replaceAll('/', '%2F').replaceAll('=', '%3d'), vectorKeys).ok).toBe(true)
      expect(verify(VECTOR_BYTES, encodeURIComponent(encodeURIComponent(text)), vectorKeys).ok).toBe(false)
    },
  )

  it('MAPI-10: verifies what OpenSSL signed', () => {
    expect(verify(SIGNED_BYTES, OPENSSL_DSA_SIGNATURE, keys).ok).toBe(true)
  })

  it.each(DSA_FORMS)('MAPI-10: what it signs as %s has that shape, and the textbook verifies it', (form) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (content) => {
        const bytes = Buffer.from(content)
        const signature = sign(bytes, readAs(form))
        if (form === 'der') expect(signature).toMatch(/^MC[A-Za-z0-9+/]+=*$/)
        if (form === 'p1363') expect(signature).toMatch(/^[A-Za-z0-9+/]{54}==$/)
        if (form === 'escaped') expect(signature).toMatch(/^[a-z0-9+/_]{54,}==$/)
        expect(verifiesByTextbook(bytes, numbersOf(signature, form), DSA_SPKI)).toBe(true)
        expect(verify(bytes, signature, keys).ok).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('the textbook of this test does refuse a wrong signature', () => {
    const numbers = numbersOf(OPENSSL_DSA_SIGNATURE, 'der')
    expect(verifiesByTextbook(SIGNED_BYTES, numbers, DSA_SPKI)).toBe(true)
    expect(verifiesByTextbook(Buffer.from('other'), numbers, DSA_SPKI)).toBe(false)
  })

  // Where there is no OpenSSL, the recorded signature and the textbook above stand for it.
  if (HAS_OPENSSL) {
    it('MAPI-10: OpenSSL on this machine verifies ours, and we verify what it signs', () => {
      for (const text of ['', 'a=1', '_input_charset=utf-8&account_name=毛毛']) {
        const bytes = Buffer.from(text)
        const signature = Buffer.from(sign(bytes, readAs('der')), 'base64')
        expect(opensslVerify(bytes, signature, DSA_SPKI)).toBe(true)
        expect(opensslVerify(Buffer.from(`${text}x`), signature, DSA_SPKI)).toBe(false)
        expect(verify(bytes, opensslSign(bytes, DSA_PKCS8).toString('base64'), keys).ok).toBe(true)
      }
    })
  }

  it('MAPI-10: writes the escaped form where no other is configured', () => {
    expect(signingKey('DSA', DSA_PKCS8).dsaForm).toBe('escaped')
  })

  it('MAPI-10: the sample of batch_trans_notify_no_pwd 1.3 has the shape of the escaped form: 40 bytes', () => {
    const sample = '_p_w_l_h_j0b_gd_aejia7n_ko4_m%2Fu_w_jd3_nx_s_k_mxus9_hoxg_y_r_lunli_pmma29_t_q=='
    const { r, s } = numbersOf(decodeURIComponent(sample), 'escaped')
    expect(r.toString(16)).toBe('3d62c72746c67407a389aee72a8e0cfee5897773')
    expect(s.toString(16)).toBe('7148a331bacf47a3181844bba79623e699adbd4d')
  })

  it.each([
    [
      'DER with a byte behind it',
      Buffer.concat([Buffer.from(VECTOR_FORMS.der, 'base64'), Buffer.from([0])]).toString('base64'),
    ],
    ['39 bytes', Buffer.from(VECTOR_FORMS.p1363, 'base64').subarray(1).toString('base64')],
    ['41 bytes', Buffer.concat([Buffer.from([0]), Buffer.from(VECTOR_FORMS.p1363, 'base64')]).toString('base64')],
    ['40 zeros', Buffer.alloc(40).toString('base64')],
    ['escaped DER', VECTOR_FORMS.der.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)],
    ['capitals beside escapes', VECTOR_FORMS.escaped.replace('_f', 'F')],
    ['an escape before a digit', VECTOR_FORMS.escaped.replace('+', '_1')],
    ['no padding', VECTOR_FORMS.p1363.replaceAll('=', '')],
    ['a blank', VECTOR_FORMS.p1363.replace('+', ' ')],
    ['a bad percent sign', VECTOR_FORMS.p1363.replaceAll('=', '%3')],
    ['nothing', ''],
  ])('MAPI-10: does not verify %s', (_, text) => {
    expect(verify(VECTOR_BYTES, text, vectorKeys).ok).toBe(false)
  })
})
