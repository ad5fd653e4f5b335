import { spawnSync } from 'node:child_process'

/** Whether OpenSSL's command line and a bash are there to compare with. */
export const HAS_OPENSSL = spawnSync('bash', ['-c', 'openssl version']).status === 0

/** `openssl dgst -sha1 -sign` over bytes, with a private key in PEM; for DSA the result is DER. */
export function opensslSign(bytes: Buffer, privateKey: string): Buffer {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', 'openssl dgst -sha1 -sign <(printf %s "$KEY")'], {
    input: bytes,
    env: { ...process.env, KEY: privateKey },
  })
  if (status !== 0) throw new Error(stderr.toString())
  return stdout
}

/** `openssl dgst -sha1 -verify` over bytes, with a public key in PEM. */
export function opensslVerify(bytes: Buffer, signature: Buffer, publicKey: string): boolean {
  const script = 'openssl dgst -sha1 -verify <(printf %s "$KEY") -signature <(printf %s "$SIGNATURE" | base64 -d)'
  const { stdout } = spawnSync('bash', ['-c', script], {
    input: bytes,
    env: { ...process.env, KEY: publicKey, SIGNATURE: signature.toString('base64') },
  })
  return stdout.toString().trim() === 'Verified OK'
}
