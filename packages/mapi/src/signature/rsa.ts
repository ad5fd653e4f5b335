import { type KeyObject, sign, verify } from 'node:crypto'
import { decodeBase64 } from './base64.ts'

/** RSA with SHA-1 and PKCS#1 v1.5 padding, base64 (MAPI-10, batch_trans_notify_no_pwd 1.3 §8.2.2). */
export function signRsa(base: Buffer, key: KeyObject): string {
  return sign('sha1', base, key).toString('base64')
}

/** Strict base64 only. */
export function verifyRsa(base: Buffer, signature: string, key: KeyObject): boolean {
  try {
    return verify('sha1', base, key, decodeBase64(signature))
  } catch {
    return false
  }
}
