import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { signingKey, verifyingKey } from './key.ts'
import { sign, verify } from './signature.ts'
import {
  bare,
  DSA_PKCS8,
  DSA_Q256,
  DSA_SPKI,
  DSA_TRADITIONAL,
  OPENSSL_DSA_SIGNATURE,
  OPENSSL_RSA_SIGNATURE,
  RSA_ENCRYPTED,
  RSA_PKCS1,
  RSA_PKCS8,
  RSA_PUBLIC_PKCS1,
  RSA_SPKI,
  SIGNED_BYTES,
} from './testing/fixture-keys.ts'

const MD5_KEY = 'abcdefghijklmnopqrstuvwxyz012345'
const inLines = (text: string) => bare(text).replace(/.{40}/g, '$&\r\n')

describe('key', () => {
  it.each([
    ['PEM, PKCS#8', RSA_PKCS8],
    ['PEM, PKCS#1', RSA_PKCS1],
    ['PEM with CRLF and blank lines around', `\r\n${RSA_PKCS8.replaceAll('\n', '\r\n')}\r\n`],
    ['bare base64, PKCS#8', bare(RSA_PKCS8)],
    ['bare base64, PKCS#1', bare(RSA_PKCS1)],
    ['bare base64 in lines', inLines(RSA_PKCS8)],
    [
      'PEM, PKCS#1, in one line of base64',
      `-----BEGIN RSA PRIVATE KEY-----\n${bare(RSA_PKCS1)}\n-----END RSA PRIVATE KEY-----`,
    ],
  ])('MAPI-10: reads an RSA private key as %s', (_, text) => {
    expect(sign(SIGNED_BYTES, signingKey('RSA', text))).toBe(OPENSSL_RSA_SIGNATURE)
  })

  it.each([
    ['PEM, X.509', RSA_SPKI],
    ['PEM, PKCS#1', RSA_PUBLIC_PKCS1],
    ['bare base64, X.509', bare(RSA_SPKI)],
    ['bare base64, PKCS#1', bare(RSA_PUBLIC_PKCS1)],
    ['bare base64 in lines', inLines(RSA_SPKI)],
  ])('MAPI-10: reads an RSA public key as %s', (_, text) => {
    expect(verify(SIGNED_BYTES, OPENSSL_RSA_SIGNATURE, [verifyingKey('RSA', text, 'a')]).ok).toBe(true)
  })

  it.each([
    ['PEM, PKCS#8', DSA_PKCS8],
    ['PEM, the older form', DSA_TRADITIONAL],
    ['bare base64, PKCS#8', bare(DSA_PKCS8)],
    ['bare base64, the older form', bare(DSA_TRADITIONAL)],
  ])('MAPI-10: reads a DSA private key as %s', (_, text) => {
    const signature = sign(SIGNED_BYTES, signingKey('DSA', text))
    expect(verify(SIGNED_BYTES, signature, [verifyingKey('DSA', DSA_SPKI, 'a')]).ok).toBe(true)
  })

  it.each([
    ['PEM, X.509', DSA_SPKI],
    ['bare base64, X.509', bare(DSA_SPKI)],
  ])('MAPI-10: reads a DSA public key as %s', (_, text) => {
    expect(verify(SIGNED_BYTES, OPENSSL_DSA_SIGNATURE, [verifyingKey('DSA', text, 'a')]).ok).toBe(true)
  })

  it.each([
    ['an encrypted key', 'RSA', RSA_ENCRYPTED],
    ['a key of another algorithm', 'RSA', DSA_PKCS8],
    ['a key of another algorithm', 'DSA', RSA_PKCS8],
    ['a DSA key whose signatures are longer than 40 bytes', 'DSA', DSA_Q256],
    ['a public key', 'RSA', RSA_SPKI],
    ['half a key', 'RSA', RSA_PKCS8.slice(0, 400)],
    ['half a bare key', 'RSA', bare(RSA_PKCS8).slice(0, 400)],
    ['something else', 'RSA', 'not a key!'],
    ['nothing', 'RSA', ''],
    ['an MD5 key that is too short', 'MD5', MD5_KEY.slice(1)],
    ['an MD5 key that is too long', 'MD5', `${MD5_KEY}x`],
    ['an MD5 key with a blank in it', 'MD5', `${MD5_KEY.slice(0, 31)} x`],
    ['an MD5 key with a sign in it', 'MD5', `${MD5_KEY.slice(0, 31)}-`],
  ] as const)('MAPI-10: refuses %s to sign %s', (_, type, text) => {
    expect(() => signingKey(type, text)).toThrow(expect.objectContaining({ code: 'MAPI_KEY_FORMAT' }))
  })

  it.each([
    ['a private key, PKCS#8', 'RSA', RSA_PKCS8],
    ['a private key, PKCS#1', 'RSA', RSA_PKCS1],
    ['a bare private key', 'RSA', bare(RSA_PKCS8)],
    ['a bare private key, PKCS#1', 'RSA', bare(RSA_PKCS1)],
    ['a private key', 'DSA', DSA_PKCS8],
    ['a key of another algorithm', 'DSA', RSA_SPKI],
    ['a key of another algorithm', 'RSA', DSA_SPKI],
    ['nothing', 'DSA', ' \n'],
  ] as const)('MAPI-10: refuses %s to verify %s', (_, type, text) => {
    expect(() => verifyingKey(type, text, 'a')).toThrow(expect.objectContaining({ code: 'MAPI_KEY_FORMAT' }))
  })

  it('MAPI-9: takes an MD5 key with the white space of its file around it', () => {
    const base = Buffer.from('a=1')
    expect(sign(base, signingKey('MD5', ` ${MD5_KEY}\r\n`))).toBe(sign(base, signingKey('MD5', MD5_KEY)))
  })

  it('MAPI-14: neither printing nor JSON shows any of a key', () => {
    for (const [type, text] of [
      ['MD5', MD5_KEY],
      ['RSA', RSA_PKCS8],
      ['DSA', DSA_PKCS8],
    ] as const) {
      const key = signingKey(type, text)
      const shown = `${inspect(key, { depth: 9, showHidden: true })} ${JSON.stringify(key)} ${key} ${Object.values(key)}`
      for (const secret of [text, Buffer.from(text).toString('hex')])
        expect(shown).not.toContain(secret.slice(60, 90) || secret)
      expect(shown).not.toMatch(/[A-Za-z0-9+/]{30}/)
    }
  })

  it('MAPI-14: a refusal repeats nothing of the key, its cause included', () => {
    const secret = 'Zx9'.repeat(100)
    for (const text of [secret, `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`]) {
      for (const make of [
        () => signingKey('RSA', text),
        () => signingKey('MD5', text),
        () => verifyingKey('DSA', text, 'a'),
      ]) {
        try {
          make()
          expect.unreachable()
        } catch (error) {
          expect(inspect(error, { depth: 9 })).not.toContain('Zx9')
        }
      }
    }
  })
})
