import { createHash, hash, type KeyObject, timingSafeEqual } from 'node:crypto'

/** Up to here a copy with the key behind it, hashed in one call, costs less than an object that hashes piece by piece. */
const COPIED_BYTES = 2048

/**
 * MD5 over the string and, directly behind it, the key: 32 hex digits, lower case (MAPI-9, batch_trans_notify_no_pwd
 * 1.3 §8.2.1).
 */
export function signMd5(base: Buffer, key: KeyObject): string {
  const secret = secretOf(key)
  return base.length <= COPIED_BYTES
    ? hash('md5', Buffer.concat([base, secret]), 'hex')
    : createHash('md5').update(base).update(secret).digest('hex')
}

/** To export a key takes longer than to sign with it. */
const secrets = new WeakMap<KeyObject, Buffer>()

function secretOf(key: KeyObject): Buffer {
  const known = secrets.get(key)
  if (known !== undefined) return known
  const secret = key.export()
  secrets.set(key, secret)
  return secret
}

/** Lower case only; compared in constant time. */
export function verifyMd5(base: Buffer, sign: string, key: KeyObject): boolean {
  if (!/^[0-9a-f]{32}$/.test(sign)) return false
  return timingSafeEqual(Buffer.from(sign, 'latin1'), Buffer.from(signMd5(base, key), 'latin1'))
}
