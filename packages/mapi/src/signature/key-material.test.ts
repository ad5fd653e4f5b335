import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signingKey, verifyingKey } from './key.ts'
import {
  bare,
  DSA_PKCS8,
  DSA_SPKI,
  RSA_ENCRYPTED,
  RSA_PKCS1,
  RSA_PKCS8,
  RSA_PUBLIC_PKCS1,
  RSA_SPKI,
} from './testing/fixture-keys.ts'

/** Made by `openssl req -x509`. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIB/DCCAWWgAwIBAgIUDOfF+hNZuY3FIctLGbE1WjCFIaYwDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjkxMDIwMzdaGA8yMTI2MTEwNTEw
MjAzN1owDzENMAsGA1UEAwwEdGVzdDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkC
gYEA1PJncksoGnmBdkTMbzq6KKIFn6lhGL7ie/x/iPSJZ0p6uW5hVcahm2ibB/Cg
kHK8xksP8xfzL8Zf1bMgwFbu6H1bjgca4YQARKA2pHIUD1bDKOM6+aPOcy+d6+pv
sPrYdMMU0oW+FNhbNOy9FAL4MIGhHv8M2IsFIb4GTQbxZoMCAwEAAaNTMFEwHQYD
VR0OBBYEFFg7Gbuzn2UkQb3B5aCVZRepy1t+MB8GA1UdIwQYMBaAFFg7Gbuzn2Uk
Qb3B5aCVZRepy1t+MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEA
gW9OCOH0cFYO8lHh1uSJAqpeCQ24UefmEq44JaYhmf4XdgxmVD2sSSojIOAVZwgH
zE9EHl8kRyPZn9S5Y96QRD/vR02W2UzEz1Ueu5tc3Qy6BycV4XSQ1SOAgxWDhScd
BZ5+nmqkF6GJ2aIGcls3henSge3kZCbK83m38EkTkzg=
-----END CERTIFICATE-----`

/** Made by `openssl req -new`. */
const REQUEST = `-----BEGIN CERTIFICATE REQUEST-----
MIIBTjCBuAIBADAPMQ0wCwYDVQQDDAR0ZXN0MIGfMA0GCSqGSIb3DQEBAQUAA4GN
ADCBiQKBgQDVFrlC1fZw6CxybZQKntF1vKXBdKco9L2tVVNP7WeVvjilxI5VTv7g
A62UZk6r+ObqQpvCT3/8kId0vJBHu62Qo+oodsbbnorKZhk9JL2ottu1DfuwTr17
SMxUe1G5qRtfZP0Ohk/lKV5qlql0qK50bflXFutRyHcH6O4qLYjBBQIDAQABoAAw
DQYJKoZIhvcNAQELBQADgYEAymLIqjwKj3hDvcowIgqaZUoYeXLV9+f8W0ipC4hZ
wjMb7jTgxZTSGCSHSNcxjDB0RZeev37LytEXYBw+roTFxJ9JQuooK4Pp2LlXcbrp
KeZ2zMOc6RW/Nar9yhDUygsjSovIMDp56WX9mL6ZybBwHeaXBLhZB17FlJAPYHSu
NBQ=
-----END CERTIFICATE REQUEST-----`

const MD5_KEY = 'abcdefghijklmnopqrstuvwxyz012345'
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const EC_PRIVATE = EC.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const EC_PUBLIC = EC.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const ENCRYPTED_PKCS1 = createPrivateKey(RSA_PKCS8)
  .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'geheim' })
  .toString()
const DER = createPrivateKey(RSA_PKCS8).export({ type: 'pkcs8', format: 'der' })
const SSH_PRIVATE =
  '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----\n'
const SSH_PUBLIC = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 me@example.com\n'
/** As a file in UTF-16 is read. */
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').toString('utf8')

type Case = readonly [what: string, text: string, read: string, wayOut: string]

/** What anybody may put into a key file, and how it is called. */
const WRONG_TO_SIGN: readonly Case[] = [
  ['a public key', RSA_SPKI, 'a public key for RSA, X.509', 'private key of the same pair'],
  ['a public key, PKCS#1', RSA_PUBLIC_PKCS1, 'a public key for RSA, PKCS#1', 'private key of the same pair'],
  ['a bare public key', bare(RSA_SPKI), 'a public key for RSA, X.509 (bare base64)', 'private key of the same pair'],
  ['a public key for DSA', DSA_SPKI, 'a public key for DSA', 'private key of the same pair'],
  ['a certificate', CERTIFICATE, 'a certificate', 'private key there that it was made with'],
  ['a bare certificate', bare(CERTIFICATE), 'a certificate', 'private key there that it was made with'],
  ['a certificate request', REQUEST, 'a certificate request', 'private key there that it was made with'],
  ['an encrypted key, PKCS#8', RSA_ENCRYPTED, 'encrypted with a password', 'openssl pkey'],
  ['an encrypted key, PKCS#1', ENCRYPTED_PKCS1, 'encrypted with a password', 'openssl pkey'],
  ['a key of SSH', SSH_PRIVATE, 'a private key in the format of SSH', 'ssh-keygen -p'],
  ['a public key of SSH', SSH_PUBLIC, 'a public key in the format of SSH', 'private key of the same pair'],
  ['DER', DER.toString('utf8'), 'binary', 'openssl pkey -inform DER'],
  ['UTF-16', utf16(RSA_PKCS8), 'UTF-16', 'ASCII or UTF-8'],
  ['an MD5 key', `${MD5_KEY}\n`, 'an MD5 key', 'set signType to MD5'],
  ['a key for DSA', DSA_PKCS8, 'a private key for DSA', 'set signType to DSA'],
  ['a key for EC', EC_PRIVATE, 'a private key for EC', 'Put one for RSA there'],
  ['nothing', '', 'empty', 'Put the private key there'],
  ['a byte order mark alone', '\ufeff\n', 'empty', 'Put the private key there'],
  ['half a key', RSA_PKCS8.slice(0, 400), 'cut, changed, or without its last line', 'Copy it anew'],
  ['a changed key', RSA_PKCS8.replace(/[A-Z]{3}/, '###'), 'cut, changed', 'Copy it anew'],
  ['a key and a certificate', `${RSA_PKCS8}${CERTIFICATE}`, 'several keys or certificates', 'private key alone'],
  ['a key with words before it', `Bag Attributes\n${RSA_PKCS8}`, 'further text around it', 'private key alone'],
  [
    'parameters',
    '-----BEGIN DSA PARAMETERS-----\nMIIB\n-----END DSA PARAMETERS-----',
    'PEM of another kind (DSA PARAMETERS)',
    'Copy it',
  ],
  ['other text', 'not a key!', 'neither PEM nor base64', 'Copy it anew'],
]
const WRONG_TO_VERIFY: readonly Case[] = [
  ['a private key', RSA_PKCS8, 'a private key for RSA, PKCS#8', "merchant's own"],
  ['a private key, PKCS#1', RSA_PKCS1, 'a private key for RSA, PKCS#1', "Put Alipay's public key there"],
  ['a bare private key', bare(RSA_PKCS8), 'a private key for RSA, PKCS#8 (bare base64)', "merchant's own"],
  ['an encrypted key', RSA_ENCRYPTED, 'encrypted with a password', "merchant's own"],
  ['a certificate', CERTIFICATE, 'a certificate', 'openssl x509 -pubkey'],
  ['a public key of SSH', SSH_PUBLIC, 'a public key in the format of SSH', 'ssh-keygen -e'],
  ['DER', DER.toString('utf8'), 'binary', 'openssl pkey -pubin'],
  ['an MD5 key', MD5_KEY, 'an MD5 key', 'set signType to MD5'],
  ['a key for DSA', DSA_SPKI, 'a public key for DSA', 'set signType to DSA'],
  ['a key for EC', EC_PUBLIC, 'a public key for EC', 'Put one for RSA there'],
  ['two keys', `${RSA_SPKI}${RSA_SPKI}`, 'several keys', 'file of its own'],
  ['nothing', ' \n', 'empty', "Put Alipay's public key there"],
  [
    'a public key marked as a private one',
    RSA_SPKI.replaceAll('PUBLIC', 'PRIVATE'),
    'a public key in X.509 that is marked PRIVATE KEY: its lines must say PUBLIC KEY',
    'Copy it',
  ],
  [
    'a public key in one line',
    RSA_SPKI.replaceAll('\n', ''),
    'a public key in X.509 whose lines run together: those that begin and end it must stand alone',
    'Copy it',
  ],
]
const WRONG_FOR_MD5: readonly Case[] = [
  ['a private key', RSA_PKCS8, 'a private key for RSA, PKCS#8', 'set signType to that of the key'],
  ['a public key', bare(RSA_SPKI), 'a public key for RSA', 'set signType to that of the key'],
  ['a certificate', CERTIFICATE, 'a certificate', '32 letters and digits'],
  ['nothing', '', 'empty', '32 letters and digits'],
  ['UTF-16', utf16(MD5_KEY), 'a text in UTF-16', '32 letters and digits'],
  ['one that is too short', MD5_KEY.slice(1), 'a text of 31 characters,', '32 letters and digits'],
  [
    'one in quotes',
    `"${MD5_KEY}"`,
    'a text of 34 characters, 2 of them neither letter nor digit',
    '32 letters and digits',
  ],
  [
    'one with what can not be seen in it',
    `${MD5_KEY}\u200b`,
    'a text of 33 characters, 1 of them',
    '32 letters and digits',
  ],
]

function refusalOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    expect(error).toMatchObject({ code: 'MAPI_KEY_FORMAT' })
    expect(error).not.toHaveProperty('cause')
    return error instanceof Error ? error.message : ''
  }
  return expect.unreachable('it was taken')
}

/** No eight characters in a row of what is in the file, but for words that the message has of its own. */
function expectNothingOf(text: string, message: string): void {
  for (const [word] of text.replace(/-----[^-]*-----/g, '').matchAll(/[A-Za-z0-9+/]{24,}/g))
    for (let at = 0; at + 8 <= word.length; at++) expect(message).not.toContain(word.slice(at, at + 8))
}

describe('a key file that holds something else', () => {
  it.each(WRONG_TO_SIGN)(
    'MAPI-10: %s in place of the private key: what was read, what was expected, the way out',
    (_what, text, read, wayOut) => {
      const message = refusalOf(() => signingKey('RSA', text))
      expect(message).toContain(read)
      expect(message).toContain("the merchant's private key for RSA is expected")
      expect(message).toContain(wayOut)
      expectNothingOf(text, message)
    },
  )

  it.each(WRONG_TO_VERIFY)(
    "MAPI-10: %s in place of Alipay's public key: what was read, what was expected, the way out",
    (_what, text, read, wayOut) => {
      const message = refusalOf(() => verifyingKey('RSA', text, 'alipay.pem'))
      expect(message).toContain(read)
      expect(message).toContain("Alipay's public key for RSA is expected")
      expect(message).toContain(wayOut)
      expectNothingOf(text, message)
    },
  )

  it.each(WRONG_FOR_MD5)(
    'MAPI-9: %s in place of the MD5 key: what was read, what was expected',
    (_what, text, read, wayOut) => {
      for (const make of [() => signingKey('MD5', text), () => verifyingKey('MD5', text, 'md5.key')]) {
        const message = refusalOf(make)
        expect(message).toContain(`it is ${read}`)
        expect(message).toContain(wayOut)
        expectNothingOf(text, message)
      }
    },
  )

  it('MAPI-9: an MD5 key may stand between a byte order mark and line breaks', () => {
    expect(signingKey('MD5', `\ufeff${MD5_KEY}\r\n\n`).key.export()).toEqual(Buffer.from(MD5_KEY))
  })

  it('MAPI-14: whatever a file holds, it is a key or refused, and nothing of it is repeated', () => {
    const pieces = fc.constantFrom(
      '-----BEGIN PRIVATE KEY-----',
      '-----END PRIVATE KEY-----',
      '\n',
      '\0',
      '\ufffd',
      'ssh-rsa AAAA',
      bare(RSA_PKCS8),
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 6 }), (list) => {
        const text = list.join('')
        for (const make of [
          () => signingKey('RSA', text),
          () => verifyingKey('DSA', text, 'a'),
          () => signingKey('MD5', text),
        ]) {
          try {
            make()
          } catch (error) {
            expect(error).toMatchObject({ code: 'MAPI_KEY_FORMAT' })
            expectNothingOf(text, String(error))
          }
        }
      }),
      { numRuns: 50 },
    )
  })
})
