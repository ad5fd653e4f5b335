import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { type SigningKey, signingKey } from '@payout/mapi/signature/key'
import { sign } from '@payout/mapi/signature/signature'
import type { Bench, BenchOptions, Figure } from '../figure.ts'
import { numberWords, valueWords } from '../page/figure-words.ts'
import { spread } from '../page/spread.ts'

const SECRET = 'abcdefghijklmnopqrstuvwxyz012345'
/** The string to sign of a batch with so many payouts has about so many bytes. */
const SIZES = { 1: 400, 333: 25_000, 1000: 75_000 } as const
/** As many as a batch has when much is asked for at once. */
const USUAL = 333
const AT_ONCE = 25
const GOAL = { of: 'ratio', limit: 0.85, text: 'at least 0.85 of openssl speed' } as const

/** One algorithm, and the words after `openssl speed` that do the same. */
interface Work {
  readonly base: Buffer
  readonly key: SigningKey
  readonly openssl: readonly string[]
}

/** Signatures a second of one core, beside OpenSSL's own measurement. */
export const bench: Bench = {
  name: 'signing',
  about:
    "Signatures a second of one core, by CPU time: the signer's `sign` of packages/mapi, beside `openssl speed`, which signs a digest or hashes in a loop of C. RSA signs the request of one payout, since `openssl speed` hashes nothing there.",
  run: async (options) => {
    const rsa = ([1024, 2048] as const).map((bits): Figure => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
      const key = signingKey('RSA', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
      const base = Buffer.alloc(SIZES[1], 'a=1&b=2&')
      const { ours, bare } = inTurns({ base, key, openssl: [`rsa${bits}`] }, options)
      return figure(`signing-rsa-${bits}`, `RSA-${bits} signatures a second of one core`, ours, bare)
    })
    const key = signingKey('MD5', SECRET)
    const md5 = Object.entries(SIZES).map(([payouts, size]) => {
      // The secret is hashed, too.
      const openssl = ['-bytes', String(size + SECRET.length), '-evp', 'md5']
      return {
        payouts: Number(payouts),
        size,
        ...inTurns({ base: Buffer.alloc(size, 'a=1&b=2&'), key, openssl }, options),
      }
    })
    const usual = md5.find(({ payouts }) => payouts === USUAL)
    if (usual === undefined) throw new RangeError(`no size for ${USUAL} payouts`)
    const rows = md5.map(({ payouts, size, ours, bare }) => [
      String(payouts),
      String(size),
      valueWords(1e6 / spread(ours).median, 'µs'),
      valueWords(1e6 / spread(bare).median, 'µs'),
    ])
    const head = ['payouts of the batch', 'bytes that are signed', 'ours, a signature', '`openssl speed`, a hash']
    const title = `MD5 signatures a second of one core, of a batch of ${USUAL} payouts`
    return [...rsa.toReversed(), { ...figure('signing-md5', title, usual.ours, usual.bare), table: { head, rows } }]
  },
}

function figure(id: string, title: string, ours: readonly number[], bare: readonly number[]): Figure {
  return { id, title, unit: '/s', better: 'higher', ours, bare: { label: 'openssl speed', values: bare }, goal: GOAL }
}

/** Signatures a second of both, round by round. */
function inTurns(work: Work, { rounds, short, log }: BenchOptions): { ours: number[]; bare: number[] } {
  const seconds = short ? 1 : 2
  const ours: number[] = []
  const bare: number[] = []
  perSecond(work, seconds)
  for (let round = 0; round < rounds; round++) {
    ours.push(perSecond(work, seconds))
    bare.push(opensslPerSecond(work, seconds))
  }
  log(
    `${work.openssl.join(' ')}: ours ${numberWords(spread(ours).median)}/s, openssl ${numberWords(spread(bare).median)}/s`,
  )
  return { ours, bare }
}

/** Signatures in a second of CPU time. */
function perSecond({ base, key }: Work, seconds: number): number {
  const from = process.cpuUsage()
  for (let done = AT_ONCE; ; done += AT_ONCE) {
    for (let at = 0; at < AT_ONCE; at++) sign(base, key)
    const { user, system } = process.cpuUsage(from)
    if (user + system >= seconds * 1e6) return (done * 1e6) / (user + system)
  }
}

/** What `openssl speed` says, which counts CPU time, too. */
function opensslPerSecond({ openssl, base }: Work, seconds: number): number {
  const { stdout } = spawnSync('openssl', ['speed', '-mr', '-seconds', String(seconds), ...openssl], {
    encoding: 'utf8',
  })
  const [, signatures] = /^\+F2:\d+:\d+:([\d.]+):/m.exec(stdout) ?? []
  if (signatures !== undefined) return Number(signatures)
  const [, bytes] = /^\+F:.*:([\d.]+)$/m.exec(stdout) ?? []
  if (bytes === undefined)
    throw new Error(`openssl speed ${openssl.join(' ')} said nothing that can be read: ${stdout}`)
  return Number(bytes) / (base.length + SECRET.length)
}
