import { createSecretKey, type KeyObject } from 'node:crypto'
import { MapiError } from '../error.ts'
import { type KeyMaterial, keyMaterial } from './key-material.ts'

/** `sign_type` as it stands at the wire, upper case (MAPI-8). */
export const SIGN_TYPES = ['MD5', 'RSA', 'DSA'] as const
export type SignType = (typeof SIGN_TYPES)[number]

/** How a DSA signature is written: DER or r‖s (40 bytes) in base64, or the latter with each capital `X` as `_x`. */
export const DSA_FORMS = ['escaped', 'p1363', 'der'] as const
export type DsaForm = (typeof DSA_FORMS)[number]

/** A key that signs. Neither printing it nor JSON shows the secret: it stays inside a `KeyObject`. */
export interface SigningKey {
  readonly signType: SignType
  readonly key: KeyObject
  /** Only DSA looks at it. */
  readonly dsaForm: DsaForm
}

/** A key that verifies; `name` says in logs and records which one of several it was. */
export interface VerifyingKey {
  readonly signType: SignType
  readonly key: KeyObject
  readonly name: string
}

/**
 * The key that signs, from the text of a key file.
 *
 * - MD5: 32 letters and digits; white space around them (a file's last newline) is cut off.
 * - RSA, DSA: the merchant's private key, PEM (PKCS#8, or PKCS#1 and its DSA counterpart) or the same as bare base64,
 *   as Alipay hands it out, line breaks allowed. Encrypted keys are refused. A DSA key's q has 160 bits.
 *
 * @throws MapiError MAPI_KEY_FORMAT; the message says what was read, what was expected and the way out, and never
 *   repeats any of the text.
 */
export function signingKey(signType: SignType, text: string, options: { readonly dsaForm?: DsaForm } = {}): SigningKey {
  const key = signType === 'MD5' ? md5Key(text) : privateKey(text, signType)
  return { signType, key, dsaForm: options.dsaForm ?? 'escaped' }
}

/**
 * The key that verifies, from the text of a key file: for MD5 the same secret as signs; for RSA and DSA Alipay's public
 * key, PEM (X.509 SubjectPublicKeyInfo, or PKCS#1) or the same as bare base64. A private key is refused, since it would
 * be the merchant's own and verify nothing that Alipay sends.
 * @throws MapiError MAPI_KEY_FORMAT; the message never repeats any of the text.
 */
export function verifyingKey(signType: SignType, text: string, name: string): VerifyingKey {
  const key = signType === 'MD5' ? md5Key(text) : publicKey(text, signType)
  return { signType, key, name }
}

function md5Key(text: string): KeyObject {
  const found = keyMaterial(text)
  if (found.kind === 'md5') return createSecretKey(Buffer.from(found.secret, 'latin1'))
  const secret = text.trim()
  const read = found.kind === 'other' && secret.length <= MOST_OF_MD5 ? secretWords(secret) : materialWords(found)
  throw wrongKey(
    `it is ${read}, and an MD5 key is expected: 32 letters and digits, as Alipay's console shows them. Copy it anew, or set signType to that of the key`,
  )
}

/** What is longer is no MD5 key that was copied badly. */
const MOST_OF_MD5 = 64

function secretWords(secret: string): string {
  const foreign = [...secret].filter((character) => !/[0-9A-Za-z]/.test(character)).length
  const others = foreign === 0 ? '' : `, ${foreign} of them neither letter nor digit`
  return `a text of ${[...secret].length} characters${others}`
}

function privateKey(text: string, signType: 'RSA' | 'DSA'): KeyObject {
  const found = keyMaterial(text)
  const expected = `the merchant's private key for ${signType} is expected, in PEM or bare base64`
  if (found.kind === 'private') return checkedKind(found.key, signType, expected)
  throw wrongKey(`it is ${materialWords(found)}, and ${expected}. ${PRIVATE_WAYS_OUT[found.kind]}`)
}

function publicKey(text: string, signType: 'RSA' | 'DSA'): KeyObject {
  const found = keyMaterial(text)
  const expected = `Alipay's public key for ${signType} is expected, in PEM or bare base64`
  if (found.kind === 'public') return checkedKind(found.key, signType, expected)
  throw wrongKey(`it is ${materialWords(found)}, and ${expected}. ${PUBLIC_WAYS_OUT[found.kind]}`)
}

const COPY = 'Copy it anew, as a whole, with the lines that begin and end it'
const AS_TEXT = 'Save it as plain text in ASCII or UTF-8'
const FROM_CONSOLE = "Put Alipay's public key there, as its console shows it"

const PRIVATE_WAYS_OUT: Readonly<Record<Exclude<KeyMaterial['kind'], 'private'>, string>> = {
  public: 'Put the private key of the same pair there; the public one is given to Alipay',
  md5: 'Put the private key there, or set signType to MD5',
  empty: 'Put the private key there',
  'utf-16': AS_TEXT,
  binary:
    'Write it as PEM: openssl pkey -inform DER -in KEY -out NEW (PKCS#12: openssl pkcs12 -nocerts -nodes -in KEY -out NEW)',
  certificate: 'A certificate holds the public key alone: put the private key there that it was made with',
  'certificate-request': 'It holds the public key alone: put the private key there that it was made with',
  encrypted: 'Take the password away: openssl pkey -in KEY -out NEW',
  'ssh-private': 'Write a copy of it as PEM: ssh-keygen -p -N "" -m PKCS8 -f COPY',
  'ssh-public': 'Put the private key of the same pair there, as PEM',
  several: 'Leave the private key alone in it',
  damaged: COPY,
  other: COPY,
}

const PUBLIC_WAYS_OUT: Readonly<Record<Exclude<KeyMaterial['kind'], 'public'>, string>> = {
  private: `A private key is the merchant's own, and stays with the signer. ${FROM_CONSOLE}`,
  md5: `${FROM_CONSOLE}, or set signType to MD5`,
  empty: FROM_CONSOLE,
  'utf-16': AS_TEXT,
  binary: 'Write it as PEM: openssl pkey -pubin -inform DER -in KEY -out NEW',
  certificate: 'Take the public key out of it: openssl x509 -pubkey -noout -in CERTIFICATE -out NEW',
  'certificate-request': FROM_CONSOLE,
  encrypted: `A private key is the merchant's own, and stays with the signer. ${FROM_CONSOLE}`,
  'ssh-private': `A private key is the merchant's own, and stays with the signer. ${FROM_CONSOLE}`,
  'ssh-public': 'Write it as PEM: ssh-keygen -e -m PKCS8 -f KEY',
  several: 'Put each public key into a file of its own, and name them all in verifyingKeyFiles',
  damaged: COPY,
  other: COPY,
}

/** What was read, in words; nothing of the key itself. */
function materialWords(found: KeyMaterial): string {
  switch (found.kind) {
    case 'private':
    case 'public':
      return `a ${found.kind} key for ${algorithmOf(found.key)}, ${found.form}`
    case 'md5':
      return 'an MD5 key'
    default:
      return found.words
  }
}

function algorithmOf(key: KeyObject): string {
  return (key.asymmetricKeyType ?? 'another algorithm').toUpperCase()
}

function checkedKind(key: KeyObject, signType: 'RSA' | 'DSA', expected: string): KeyObject {
  const algorithm = algorithmOf(key)
  if (algorithm !== signType) {
    const wayOut = algorithm === 'RSA' || algorithm === 'DSA' ? `, or set signType to ${algorithm}` : ''
    throw wrongKey(`it is a ${key.type} key for ${algorithm}, and ${expected}. Put one for ${signType} there${wayOut}`)
  }
  const bits = key.asymmetricKeyDetails?.divisorLength
  if (signType === 'DSA' && bits !== 160) {
    throw wrongKey(
      `it is a DSA key with a q of ${bits} bits, and one of 160 is expected: the protocol knows signatures of 40 bytes only`,
    )
  }
  return key
}

function wrongKey(what: string): MapiError {
  return new MapiError('MAPI_KEY_FORMAT', what)
}
