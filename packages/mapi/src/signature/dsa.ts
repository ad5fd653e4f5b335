import { type KeyObject, sign, verify } from 'node:crypto'
import { percentDecode } from '../wire/form.ts'
import { decodeBase64 } from './base64.ts'
import type { DsaForm } from './key.ts'

/** r and s, 20 bytes each. */
const P1363_LENGTH = 40
/** The tag that every DER signature begins with. */
const DER_SEQUENCE = 0x30

/** DSA with SHA-1 (MAPI-10), written in one of its three forms; see `DsaForm`. */
export function signDsa(base: Buffer, key: KeyObject, form: DsaForm): string {
  switch (form) {
    case 'der':
      return sign('sha1', base, { key, dsaEncoding: 'der' }).toString('base64')
    case 'p1363':
      return sign('sha1', base, { key, dsaEncoding: 'ieee-p1363' }).toString('base64')
    case 'escaped':
      return signDsa(base, key, 'p1363').replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
  }
}

/**
 * Takes all three forms, and knows them by their shape. A value may be percent-encoded once more, as in the samples of
 * batch_trans_notify_no_pwd 1.3: no form holds a percent sign of its own.
 */
export function verifyDsa(base: Buffer, signature: string, key: KeyObject): boolean {
  try {
    const text = signature.includes('%') ? percentDecodeText(signature) : signature
    const escaped = text.includes('_')
    const bytes = decodeBase64(escaped ? unescapeCapitals(text) : text)
    if (bytes.length === P1363_LENGTH && verify('sha1', base, { key, dsaEncoding: 'ieee-p1363' }, bytes)) return true
    // The unescaped 40 bytes may begin like DER by chance, so both are tried. Only r‖s is ever escaped.
    return !escaped && bytes[0] === DER_SEQUENCE && verify('sha1', base, { key, dsaEncoding: 'der' }, bytes)
  } catch {
    return false
  }
}

/** A plus sign belongs to base64 here, and stays one. */
function percentDecodeText(text: string): string {
  return percentDecode(Buffer.from(text.replaceAll('+', '%2B'), 'latin1')).toString('latin1')
}

/** `_x` becomes `X`. An underscore before anything else, or a capital beside it, stays and fails as base64. */
function unescapeCapitals(text: string): string {
  return /[A-Z]/.test(text) ? text : text.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
