import type { KeyObject } from 'node:crypto'
import { signDsa, verifyDsa } from './dsa.ts'
import type { SigningKey, SignType, VerifyingKey } from './key.ts'
import { signMd5, verifyMd5 } from './md5.ts'
import { signRsa, verifyRsa } from './rsa.ts'

interface Algorithm {
  sign(base: Buffer, signer: SigningKey): string
  verify(base: Buffer, sign: string, key: KeyObject): boolean
}

const ALGORITHMS: Record<SignType, Algorithm> = {
  MD5: { sign: (base, { key }) => signMd5(base, key), verify: verifyMd5 },
  RSA: { sign: (base, { key }) => signRsa(base, key), verify: verifyRsa },
  DSA: { sign: (base, { key, dsaForm }) => signDsa(base, key, dsaForm), verify: verifyDsa },
}

/** Signs the bytes that `baseString` gives, by the key's own algorithm: the value of `sign` (MAPI-9, MAPI-10). */
export function sign(base: Buffer, signer: SigningKey): string {
  return ALGORITHMS[signer.signType].sign(base, signer)
}

/** Which key it was; `key` is the name that the verifying key was given. */
export type Verification = { readonly ok: true; readonly key: string } | { readonly ok: false }

/**
 * Verifies the value of `sign` over the bytes that `baseString` gives. Several keys may hold during a rotation: the
 * first that fits is named. Never throws for what came over the wire.
 */
export function verify(base: Buffer, sign: string, keys: readonly VerifyingKey[]): Verification {
  for (const { key, name, signType } of keys) {
    if (ALGORITHMS[signType].verify(base, sign, key)) return { ok: true, key: name }
  }
  return { ok: false }
}
