import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'

/** What the text of a key file turned out to be. */
export type KeyMaterial =
  | FoundKey
  | { readonly kind: 'md5'; readonly secret: string }
  | { readonly kind: OtherKind; readonly words: string }

interface FoundKey {
  readonly kind: 'private' | 'public'
  readonly key: KeyObject
  /** How it is written: `PKCS#8`. */
  readonly form: string
}

/** What is no key that can be used as it is. */
export type OtherKind =
  | 'empty'
  | 'utf-16'
  | 'binary'
  | 'certificate'
  | 'certificate-request'
  | 'encrypted'
  | 'ssh-private'
  | 'ssh-public'
  | 'several'
  | 'damaged'
  | 'other'

const BLOCK = /-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,40})-----([\s\S]*?)-----END \1-----/g
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/** The labels of PEM under which a key can be read, with what they stand for. */
const FORMS = {
  'PRIVATE KEY': ['private', 'PKCS#8'],
  'RSA PRIVATE KEY': ['private', 'PKCS#1'],
  'DSA PRIVATE KEY': ['private', "DSA's older form"],
  'EC PRIVATE KEY': ['private', "EC's older form"],
  'PUBLIC KEY': ['public', 'X.509'],
  'RSA PUBLIC KEY': ['public', 'PKCS#1'],
} as const
type Label = keyof typeof FORMS
const LABELS = Object.keys(FORMS) as readonly Label[]

/** Labels of PEM that hold no key that is wanted here. */
const OTHER_LABELS: Readonly<Record<string, OtherKind>> = {
  CERTIFICATE: 'certificate',
  'X509 CERTIFICATE': 'certificate',
  'TRUSTED CERTIFICATE': 'certificate',
  'CERTIFICATE REQUEST': 'certificate-request',
  'NEW CERTIFICATE REQUEST': 'certificate-request',
  'ENCRYPTED PRIVATE KEY': 'encrypted',
  'OPENSSH PRIVATE KEY': 'ssh-private',
}

const WORDS: Readonly<Record<OtherKind, string>> = {
  empty: 'empty',
  'utf-16': 'a text in UTF-16',
  binary: 'binary, as a key in DER or PKCS#12 is',
  certificate: 'a certificate',
  'certificate-request': 'a certificate request',
  encrypted: 'a private key that is encrypted with a password',
  'ssh-private': 'a private key in the format of SSH',
  'ssh-public': 'a public key in the format of SSH',
  several: 'several keys or certificates in one file',
  damaged: 'PEM that is cut, changed, or without its last line',
  other: 'neither PEM nor base64 of a key',
}

/** What the text of a key file is. Never throws, and keeps nothing of the text but in the key itself. */
export function keyMaterial(text: string): KeyMaterial {
  // `trim` takes a byte order mark away, too.
  const trimmed = text.trim()
  if (trimmed === '') return is('empty')
  if (trimmed.includes('\0')) return is(trimmed.includes('\ufffd') && !/^\ufffd{2}/.test(trimmed) ? 'binary' : 'utf-16')
  if (trimmed.includes('\ufffd')) return is('binary')
  if (trimmed.includes('-----')) return pemMaterial(trimmed)
  if (/^(?:ssh|ecdsa)-[a-z0-9-]+ AAAA/.test(trimmed) || trimmed.startsWith('---- BEGIN SSH2 PUBLIC KEY'))
    return is('ssh-public')
  if (/^[0-9A-Za-z]{32}$/.test(trimmed)) return { kind: 'md5', secret: trimmed }
  const base64 = trimmed.replace(/\s+/g, '')
  return (BASE64.test(base64) ? bareMaterial(base64) : undefined) ?? is('other')
}

function pemMaterial(text: string): KeyMaterial {
  const blocks = [...text.matchAll(BLOCK)]
  const [first] = blocks
  if (first === undefined) return is('damaged')
  if (blocks.length > 1) return is('several')
  const [, label = '', body = ''] = first
  const other = OTHER_LABELS[label]
  if (other !== undefined) return is(other)
  if (/^Proc-Type: *4,ENCRYPTED/m.test(body)) return is('encrypted')
  if (!isLabel(label)) return { kind: 'other', words: `PEM of another kind (${label})` }
  if (first[0].length < text.length) return { kind: 'several', words: 'PEM with further text around it' }
  return keyIn(text, label) ?? relabelled(label, body.replace(/\s+/g, '')) ?? is('damaged')
}

/** A key under the label of another form is not read, so that what is in a file is what it says. */
function relabelled(label: string, base64: string): KeyMaterial | undefined {
  const found = BASE64.test(base64) ? bareMaterial(base64) : undefined
  if (found?.kind !== 'private' && found?.kind !== 'public') return found
  const called = LABELS.find((each) => FORMS[each][0] === found.kind && found.form.startsWith(FORMS[each][1])) ?? ''
  const key = `a ${found.kind} key in ${found.form.replace(' (bare base64)', '')}`
  const words =
    called === label
      ? `${key} whose lines run together: those that begin and end it must stand alone`
      : `${key} that is marked ${label}: its lines must say ${called}`
  return { kind: 'damaged', words }
}

/** Bare base64 does not say what it is: each form is tried. */
function bareMaterial(base64: string): KeyMaterial | undefined {
  for (const label of LABELS) {
    const found = keyIn(pem(base64, label), label)
    if (found !== undefined) return { ...found, form: `${found.form} (bare base64)` }
  }
  try {
    new X509Certificate(pem(base64, 'CERTIFICATE'))
    return is('certificate')
  } catch {
    return undefined
  }
}

function keyIn(text: string, label: Label): FoundKey | undefined {
  const [kind, form] = FORMS[label]
  try {
    return { kind, key: kind === 'private' ? createPrivateKey(text) : createPublicKey(text), form }
  } catch {
    return undefined
  }
}

function pem(base64: string, label: string): string {
  return `-----BEGIN ${label}-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`
}

function isLabel(label: string): label is Label {
  return Object.hasOwn(FORMS, label)
}

function is(kind: OtherKind): KeyMaterial {
  return { kind, words: WORDS[kind] }
}
