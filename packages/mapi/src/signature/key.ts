import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { MapiError } from '../error.ts'

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
 * Takes a text as a sign type.
 * @throws MapiError MAPI_SIGN_TYPE; lower case is refused (MAPI-8).
 */
export function signType(text: string): SignType {
  const known = SIGN_TYPES.find((name) => name === text)
  if (known === undefined) {
    throw new MapiError('MAPI_SIGN_TYPE', `not a sign type: use ${SIGN_TYPES.join(', ')}, upper case`, {
      field: 'sign_type',
    })
  }
  return known
}

/**
 * The key that signs, from the text of a key file.
 *
 * - MD5: 32 letters and digits; white space around them (a file's last newline) is cut off.
 * - RSA, DSA: the merchant's private key, PEM (PKCS#8, or PKCS#1 and its DSA counterpart) or the same as bare base64, as
 *   Alipay hands it out, line breaks allowed. Encrypted keys are refused. A DSA key's q has 160 bits.
 *
 * @throws MapiError MAPI_KEY_FORMAT; the message never repeats any of the text.
 */
export function signingKey(signType: SignType, text: string, options: { readonly dsaForm?: DsaForm } = {}): SigningKey {
  const key = signType === 'MD5' ? md5Key(text) : checkedKind(readPrivateKey(text), signType)
  return { signType, key, dsaForm: options.dsaForm ?? 'escaped' }
}

/**
 * The key that verifies, from the text of a key file: for MD5 the same secret as signs; for RSA and DSA Alipay's public
 * key, PEM (X.509 SubjectPublicKeyInfo, or PKCS#1) or the same as bare base64. A private key is refused, since it would be
 * the merchant's own and verify nothing that Alipay sends.
 * @throws MapiError MAPI_KEY_FORMAT; the message never repeats any of the text.
 */
export function verifyingKey(signType: SignType, text: string, name: string): VerifyingKey {
  const key = signType === 'MD5' ? md5Key(text) : checkedKind(readPublicKey(text), signType)
  return { signType, key, name }
}

function md5Key(text: string): KeyObject {
  const secret = text.trim()
  if (!/^[0-9A-Za-z]{32}$/.test(secret)) throw wrongKey('an MD5 key must be 32 letters and digits')
  return createSecretKey(Buffer.from(secret, 'latin1'))
}

function readPrivateKey(text: string): KeyObject {
  for (const label of ['PRIVATE KEY', 'RSA PRIVATE KEY', 'DSA PRIVATE KEY']) {
    const pem = asPem(text, label)
    if (pem === undefined) continue
    try {
      return createPrivateKey(pem)
    } catch {
      // Bare base64 does not say which kind it is: the next label is tried.
    }
  }
  throw wrongKey('a private key must be PEM or bare base64, PKCS#8 or PKCS#1, not encrypted')
}

function readPublicKey(text: string): KeyObject {
  for (const label of ['PUBLIC KEY', 'RSA PUBLIC KEY']) {
    const pem = asPem(text, label)
    if (pem === undefined) continue
    try {
      return createPublicKey(pem)
    } catch {
      // As above.
    }
  }
  throw wrongKey('a public key must be PEM or bare base64, X.509 (SubjectPublicKeyInfo) or PKCS#1')
}

/** The text as PEM with this label; undefined if it is PEM with another one, or neither PEM nor base64. */
function asPem(text: string, label: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed.includes('-----')) {
    return trimmed.startsWith(`-----BEGIN ${label}-----`) && trimmed.endsWith(`-----END ${label}-----`)
      ? trimmed
      : undefined
  }
  const base64 = trimmed.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  return `-----BEGIN ${label}-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`
}

function checkedKind(key: KeyObject, signType: 'RSA' | 'DSA'): KeyObject {
  const kind = signType.toLowerCase()
  if (key.asymmetricKeyType !== kind) throw wrongKey(`the key is not one for ${signType}`)
  if (signType === 'DSA' && key.asymmetricKeyDetails?.divisorLength !== 160) {
    throw wrongKey('a DSA key must have a q of 160 bits: the protocol knows signatures of 40 bytes only')
  }
  return key
}

function wrongKey(what: string): MapiError {
  return new MapiError('MAPI_KEY_FORMAT', what)
}
