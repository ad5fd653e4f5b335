import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { signingKey, verifyingKey } from '@payout/mapi/signature/key'
import { sign, verify } from '@payout/mapi/signature/signature'
import { baseString } from '@payout/mapi/wire/base-string'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSandboxPartners } from './partners-file.ts'
import { type DemoPartners, makeDemoPartners } from './sandbox-partners.ts'
import { EVERY_DEMO_PARTNER } from './testing/every-demo-partner.ts'

const folder = mkdtempSync(join(tmpdir(), 'sandbox-partners-'))
let demo: DemoPartners

beforeAll(async () => {
  const notifyUrl = (alias: string) => `http://127.0.0.1:8080/notify/${alias}`
  demo = await makeDemoPartners({ folder, notifyUrl, partners: EVERY_DEMO_PARTNER })
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('makeDemoPartners', () => {
  it('writes what it gives, for both sides', () => {
    expect(JSON.parse(readFileSync(demo.merchantFile, 'utf8'))).toEqual(demo.merchant)
    const read = readSandboxPartners(demo.sandboxFile)
    expect(read.map(({ alias }) => alias)).toEqual(EVERY_DEMO_PARTNER.map(({ alias }) => alias))
    expect(read.map(({ alias, partnerId }) => [alias, partnerId])).toEqual(
      Object.entries(demo.merchant.partners).map(([alias, { partnerId }]) => [alias, partnerId]),
    )
    expect(new Set(read.map(({ partnerId }) => partnerId)).size).toBe(15)
  })

  it.each(EVERY_DEMO_PARTNER.map(({ alias }) => alias))(
    'gives %s keys that fit each other, and nobody else',
    (alias) => {
      const merchant = demo.merchant.partners[alias]
      const alipay = demo.sandbox.find((partner) => partner.alias === alias)
      if (merchant === undefined || alipay === undefined) throw new Error('not there')
      const text = (file: string) => readFileSync(resolve(dirname(demo.merchantFile), file), 'utf8')
      const own = signingKey(merchant.signType, text(merchant.signingKeyFile))
      const alipays = merchant.verifyingKeyFiles.map((file) => verifyingKey(merchant.signType, text(file), file))
      const base = baseString([['service', Buffer.from('x')]])
      expect(verify(base, sign(base, own), alipay.merchantVerifyingKeys).ok).toBe(true)
      expect(verify(base, sign(base, alipay.alipaySigningKey), alipays).ok).toBe(true)
      const shared = merchant.signType === 'MD5'
      expect(verify(base, sign(base, own), alipays).ok).toBe(shared)
    },
  )

  it('lets nobody else read a key', () => {
    for (const [folderOf, partners] of [
      [dirname(demo.merchantFile), Object.values(demo.merchant.partners)],
      [dirname(demo.sandboxFile), Object.values(sandboxFile().partners)],
    ] as const) {
      for (const { signingKeyFile, verifyingKeyFiles } of partners) {
        for (const file of [signingKeyFile, ...verifyingKeyFiles]) {
          expect(statSync(resolve(folderOf, file)).mode & 0o777).toBe(0o600)
        }
      }
    }
  })
})

describe('readSandboxPartners', () => {
  it.each<[string, (file: SandboxFile) => unknown]>([
    ['no JSON', () => '{'],
    ['a key file that is not there', (file) => change(file, { signingKeyFile: 'gone.pem' })],
    ['a key of another kind', (file) => change(file, { signType: 'RSA' })],
    ['a partner id that is none', (file) => change(file, { partnerId: '2088' })],
    ['a word that it does not know', (file) => change(file, { maxLine: 3 })],
  ])('refuses %s', (_what, changed) => {
    const path = join(dirname(demo.sandboxFile), 'changed.json')
    const value = changed(sandboxFile())
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
    expect(() => readSandboxPartners(path)).toThrow(expect.objectContaining({ code: 'SANDBOX_PARTNERS_FILE' }))
  })
})

interface SandboxFile {
  readonly partners: Readonly<
    Record<string, { readonly signingKeyFile: string; readonly verifyingKeyFiles: readonly string[] }>
  >
}

function sandboxFile(): SandboxFile {
  return JSON.parse(readFileSync(demo.sandboxFile, 'utf8')) as SandboxFile
}

function change({ partners }: SandboxFile, changes: object): unknown {
  return { partners: { ...partners, 'shop-md5-utf8': { ...partners['shop-md5-utf8'], ...changes } } }
}
