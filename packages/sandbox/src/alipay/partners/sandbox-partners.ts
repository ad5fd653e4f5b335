import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DsaForm, SignType } from '@payout/mapi/signature/key'
import { type PartnerId, partnerId } from '@payout/mapi/values/partner-id'
import type { Charset } from '@payout/mapi/wire/charset'
import { freshKey } from './fresh-key.ts'
import { type SandboxPartnersFile, sandboxPartnersOf } from './partners-file.ts'
import type { SandboxPartner } from './sandbox-partner.ts'

/** What a demo partner is to be like. */
export interface DemoPartner {
  readonly alias: string
  readonly charset: Charset
  readonly signType: SignType
  readonly dsaForm?: DsaForm
  /** What is on each paying account, in fen; no limit by default. */
  readonly balanceFen?: number
}

/** One for each sign type and each character set. The first is the one to begin with. */
export const DEMO_PARTNERS: readonly DemoPartner[] = [
  { alias: 'shop-md5-utf8', signType: 'MD5', charset: 'utf-8' },
  { alias: 'shop-rsa-gbk', signType: 'RSA', charset: 'gbk' },
  { alias: 'shop-dsa-gb2312', signType: 'DSA', charset: 'gb2312' },
]

export interface DemoPartnersOptions {
  /** Where files are written; made if it is not there. */
  readonly folder: string
  /** The address to which a partner's notifies are sent. */
  readonly notifyUrl: (alias: string) => string
  /** DEMO_PARTNERS by default. */
  readonly partners?: readonly DemoPartner[]
}

/** One partner as the services read it. */
export interface MerchantPartner {
  readonly partnerId: string
  readonly charset: Charset
  readonly signType: SignType
  readonly dsaForm?: DsaForm
  readonly signingKeyFile: string
  readonly verifyingKeyFiles: readonly string[]
  readonly accounts: readonly {
    readonly name: string
    readonly email?: string
    readonly buyerAccountName?: string
    readonly default?: boolean
  }[]
  readonly notifyUrl: string
}

/** Both sides of a set of demo partners. */
export interface DemoPartners {
  /** The partners file of the services. */
  readonly merchantFile: string
  /** The partners file of the sandbox, for SANDBOX_PARTNERS. */
  readonly sandboxFile: string
  readonly merchant: { readonly partners: Readonly<Record<string, MerchantPartner>> }
  readonly sandbox: readonly SandboxPartner[]
}

/**
 * Makes demo partners with fresh keys: `partners.json` for the services, `alipay/partners.json` for the sandbox, and
 * the key files of each beside them (mode 0600). For MD5 both sides name the one file that they share. Each partner has
 * two paying accounts: the default one is named by `email`, the other by `buyer_account_name`.
 */
export async function makeDemoPartners(options: DemoPartnersOptions): Promise<DemoPartners> {
  const { folder, notifyUrl, partners = DEMO_PARTNERS } = options
  const alipayFolder = join(folder, 'alipay')
  await mkdir(join(folder, 'keys'), { recursive: true, mode: 0o700 })
  await mkdir(join(alipayFolder, 'keys'), { recursive: true, mode: 0o700 })
  const merchant: Record<string, MerchantPartner> = {}
  const sandbox: SandboxPartnersFile['partners'] = {}
  await Promise.all(
    partners.map(async (partner, index) => {
      const files = await writeKeys(folder, partner)
      const { alias, charset, signType, dsaForm, balanceFen } = partner
      const shared = { partnerId: partnerIdOf(index), charset, signType, ...(dsaForm === undefined ? {} : { dsaForm }) }
      const accounts = [
        { name: `毛毛商店${index + 1}`, email: `payer@${alias}.example.com`, default: true },
        { name: `毛毛分店${index + 1}`, buyerAccountName: `branch@${alias}.example.com` },
      ]
      merchant[alias] = { ...shared, ...files.merchant, accounts, notifyUrl: notifyUrl(alias) }
      sandbox[alias] = {
        ...shared,
        ...files.alipay,
        accounts: accounts.map((account) => (balanceFen === undefined ? account : { ...account, balanceFen })),
      }
    }),
  )
  const merchantFile = await writeJson(join(folder, 'partners.json'), { partners: inOrder(merchant, partners) })
  const sandboxFile = await writeJson(join(alipayFolder, 'partners.json'), { partners: inOrder(sandbox, partners) })
  return {
    merchantFile,
    sandboxFile,
    merchant: { partners: inOrder(merchant, partners) },
    sandbox: sandboxPartnersOf({ partners: inOrder(sandbox, partners) }, alipayFolder),
  }
}

interface KeyFiles {
  readonly signingKeyFile: string
  readonly verifyingKeyFiles: string[]
}

async function writeKeys(
  folder: string,
  { alias, signType }: DemoPartner,
): Promise<{ readonly merchant: KeyFiles; readonly alipay: KeyFiles }> {
  const own = await freshKey(signType)
  if (signType === 'MD5') {
    const file = `keys/${alias}.md5`
    await writeSecret(join(folder, file), own.signing)
    const other = `../${file}`
    return {
      merchant: { signingKeyFile: file, verifyingKeyFiles: [file] },
      alipay: { signingKeyFile: other, verifyingKeyFiles: [other] },
    }
  }
  const alipays = await freshKey(signType)
  const files = { own: `keys/${alias}.private.pem`, alipays: `keys/${alias}.alipay.public.pem` }
  const mirrored = { own: `keys/${alias}.alipay.private.pem`, merchants: `keys/${alias}.public.pem` }
  await Promise.all([
    writeSecret(join(folder, files.own), own.signing),
    writeSecret(join(folder, files.alipays), alipays.verifying),
    writeSecret(join(folder, 'alipay', mirrored.own), alipays.signing),
    writeSecret(join(folder, 'alipay', mirrored.merchants), own.verifying),
  ])
  return {
    merchant: { signingKeyFile: files.own, verifyingKeyFiles: [files.alipays] },
    alipay: { signingKeyFile: mirrored.own, verifyingKeyFiles: [mirrored.merchants] },
  }
}

function partnerIdOf(index: number): PartnerId {
  return partnerId(`2088${100_200_300_401 + index}`)
}

function inOrder<T>(record: Readonly<Record<string, T>>, partners: readonly DemoPartner[]): Record<string, T> {
  return Object.fromEntries(
    partners.flatMap(({ alias }) => {
      const value = record[alias]
      return value === undefined ? [] : [[alias, value]]
    }),
  )
}

async function writeSecret(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
}

async function writeJson(path: string, value: unknown): Promise<string> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  return path
}
