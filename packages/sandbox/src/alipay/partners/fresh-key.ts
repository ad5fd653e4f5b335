import { generateKeyPair as generateKeyPairCallback, randomInt } from 'node:crypto'
import { promisify } from 'node:util'
import type { SignType } from '@payout/mapi/signature/key'

const generateKeyPair = promisify(generateKeyPairCallback)

/** One side's key material as the texts of key files. For MD5 both are the same secret. */
export interface FreshKey {
  readonly signing: string
  readonly verifying: string
}

const LETTERS_AND_DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'

/** A key that nobody else has: RSA of 2,048 bits, DSA of 1,024 with a q of 160, MD5 of 32 letters and digits. */
export async function freshKey(signType: SignType): Promise<FreshKey> {
  switch (signType) {
    case 'MD5': {
      const characters = Array.from({ length: 32 }, () => LETTERS_AND_DIGITS.charAt(randomInt(36)))
      const secret = `${characters.join('')}\n`
      return { signing: secret, verifying: secret }
    }
    case 'RSA':
      return asPem(await generateKeyPair('rsa', { modulusLength: 2048 }))
    case 'DSA':
      return asPem(await generateKeyPair('dsa', { modulusLength: 1024, divisorLength: 160 }))
  }
}

function asPem(pair: Awaited<ReturnType<typeof generateKeyPair>>): FreshKey {
  return {
    signing: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    verifying: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}
