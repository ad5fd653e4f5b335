import { basename, dirname, resolve } from 'node:path'
import { type SigningKey, type SignType, signingKey, type VerifyingKey, verifyingKey } from '@payout/mapi/signature/key'
import type { PartnerId } from '@payout/mapi/values/partner-id'
import type { Charset } from '@payout/mapi/wire/charset'
import { PipelineError } from '@payout/schemas/error'
import { ConfigurationError, type ConfigurationFault } from '../config/error.ts'
import { readPublicFile, readSecretFile, SecretFileFault } from '../config/secret-file.ts'
import { type AccountEntry, type PartnerEntry, partnersFile } from './partners-file.ts'

/** An account that a partner pays from. */
export interface PayingAccount {
  /** What it is told apart by: its `buyerAccountName`, else its `email`. */
  readonly id: string
  /** `account_name`. */
  readonly name: string
  readonly email: string | undefined
  readonly buyerAccountName: string | undefined
}

/** A merchant, as the partners file has it. */
export interface Partner {
  /** Its name everywhere but at the wire. */
  readonly alias: string
  readonly partnerId: PartnerId
  readonly charset: Charset
  readonly signType: SignType
  readonly notifyUrl: string
  /** The most that one payout may be, in fen. */
  readonly maxAmountFen: number
  /** Requests under way at a time. */
  readonly maxConcurrency: number
  readonly extendParam: string | undefined
  readonly testAccount: boolean
  /**
   * When return files are fetched by themselves: the time of the day in China (HH:MM), and how many days back;
   * undefined: never.
   */
  readonly returnFiles: { readonly time: string; readonly days: number } | undefined
  /** There when it was loaded to sign. */
  readonly signingKey: SigningKey | undefined
  /** There when it was loaded to verify: any of them may have signed. */
  readonly verifyingKeys: readonly VerifyingKey[]
  readonly accounts: readonly PayingAccount[]
  /** The account with this `email` or `buyerAccountName`; the default one for null, undefined or an empty text. */
  account(payer: string | null | undefined): PayingAccount | undefined
}

/** All partners. */
export class Partners {
  readonly #byAlias: ReadonlyMap<string, Partner>

  constructor(partners: readonly Partner[]) {
    this.#byAlias = new Map(partners.map((partner) => [partner.alias, partner]))
  }

  /** By alias; undefined for one that the file doesn't have. */
  get(alias: string): Partner | undefined {
    return this.#byAlias.get(alias)
  }

  list(): Partner[] {
    return [...this.#byAlias.values()]
  }
}

/** Which keys a service takes into its memory: the one that signs (the signer only), those that verify, or none. */
export type PartnerKeys = 'sign' | 'verify' | 'none'

/**
 * Reads the partners file, and the key files that it names (relative to it).
 * @throws ConfigurationError with all that is wrong. It names partners by alias, and repeats neither keys nor partner
 *   ids (MAPI-14).
 */
export function loadPartners(
  path: string,
  options: { readonly mode: 'production' | 'sandbox'; readonly need: PartnerKeys },
): Partners {
  const file = basename(path)
  const faults: ConfigurationFault[] = []
  const entries = readEntries(path, faults)
  const partners: Partner[] = []
  for (const [alias, entry] of Object.entries(entries)) {
    const report = (place: string, problem: string, wayOut: string) =>
      faults.push({ name: `${file}: partners.${alias}.${place}`, problem, wayOut })
    if (entry.testAccount && options.mode === 'production') {
      report(
        'testAccount',
        'is true, and a test account pays a fee of 3 %',
        "Put the contract's partner id and keys in its place (MAPI-15), or set MODE=sandbox",
      )
    }
    if (options.mode === 'production' && !/^https:/i.test(entry.notifyUrl)) {
      report(
        'notifyUrl',
        'is not https, and production mode refuses that: notifies hold names, accounts and amounts, and whoever is on the way can read and withhold them',
        'Give the https address of gateway-ingress, or of the load balancer before it',
      )
    }
    partners.push(partnerOf(alias, entry, new KeyFiles(dirname(path), entry, options.need, report)))
  }
  if (faults.length > 0) throw new ConfigurationError(faults)
  return new Partners(partners)
}

function readEntries(path: string, faults: ConfigurationFault[]): Readonly<Record<string, PartnerEntry>> {
  const fault = (problem: string, wayOut: string) => faults.push({ name: 'PARTNERS_FILE', problem, wayOut })
  let content: unknown
  try {
    content = JSON.parse(readPublicFile(path))
  } catch (error) {
    // The words of a JSON error quote the text around it.
    if (error instanceof SyntaxError) fault(`names ${path}, which is not JSON`, 'Write it as docs/operations.md shows')
    else if (error instanceof SecretFileFault) fault(error.problem, error.wayOut)
    else throw error
    return {}
  }
  const result = partnersFile.safeParse(content)
  if (result.success) return result.data.partners
  for (const { path: place, message, code } of result.error.issues) {
    const name = `${basename(path)}: ${place.join('.') || 'the file'}`
    const problem = code === 'invalid_type' ? `is missing, or of the wrong type: ${message}` : message
    faults.push({ name, problem, wayOut: 'Correct it in the partners file; docs/operations.md shows one' })
  }
  return {}
}

function partnerOf(alias: string, entry: PartnerEntry, keys: KeyFiles): Partner {
  const accounts = entry.accounts.map(accountOf)
  const standard =
    accounts[
      Math.max(
        0,
        entry.accounts.findIndex((account) => account.default),
      )
    ]
  const isOnlyOne = accounts.length === 1 || entry.accounts.some((account) => account.default)
  return {
    alias,
    partnerId: entry.partnerId,
    charset: entry.charset,
    signType: entry.signType,
    notifyUrl: entry.notifyUrl,
    maxAmountFen: entry.maxAmountFen,
    maxConcurrency: entry.maxConcurrency,
    extendParam: entry.extendParam,
    testAccount: entry.testAccount,
    returnFiles: entry.returnFiles,
    signingKey: keys.signing(),
    verifyingKeys: keys.verifying(),
    accounts,
    account: (payer) =>
      payer
        ? accounts.find(({ email, buyerAccountName }) => payer === email || payer === buyerAccountName)
        : isOnlyOne
          ? standard
          : undefined,
  }
}

function accountOf({ name, email, buyerAccountName }: AccountEntry): PayingAccount {
  return { id: buyerAccountName ?? email ?? name, name, email, buyerAccountName }
}

/** The key files of one partner. What is wrong with them is reported, and the key left out. */
class KeyFiles {
  readonly #folder: string
  readonly #entry: PartnerEntry
  readonly #need: PartnerKeys
  readonly #report: (place: string, problem: string, wayOut: string) => void

  constructor(
    folder: string,
    entry: PartnerEntry,
    need: PartnerKeys,
    report: (place: string, problem: string, wayOut: string) => void,
  ) {
    this.#folder = folder
    this.#entry = entry
    this.#need = need
    this.#report = report
  }

  signing(): SigningKey | undefined {
    if (this.#need !== 'sign') return undefined
    const { signType, signingKeyFile, dsaForm } = this.#entry
    if (signingKeyFile === undefined) {
      this.#report('signingKeyFile', 'is missing', 'Name the file of the key that signs; only the signer reads it')
      return undefined
    }
    return this.#read('signingKeyFile', signingKeyFile, (text) =>
      signingKey(signType, text, dsaForm === undefined ? {} : { dsaForm }),
    )
  }

  /** With MD5 both sides sign with the same secret, so the signing key's file will do. */
  verifying(): VerifyingKey[] {
    if (this.#need !== 'verify') return []
    const { signType, signingKeyFile, verifyingKeyFiles } = this.#entry
    const isSecretShared = signType === 'MD5' && verifyingKeyFiles.length === 0 && signingKeyFile !== undefined
    const files = isSecretShared ? [signingKeyFile] : verifyingKeyFiles
    if (files.length === 0) {
      this.#report(
        'verifyingKeyFiles',
        'names no file',
        "Name the file of Alipay's public key (for MD5: of the shared key)",
      )
    }
    return files.flatMap((file, index) => {
      const place = isSecretShared ? 'signingKeyFile' : `verifyingKeyFiles.${index}`
      return this.#read(place, file, (text) => verifyingKey(signType, text, basename(file))) ?? []
    })
  }

  #read<K>(place: string, file: string, parse: (text: string) => K): K | undefined {
    try {
      return parse(readSecretFile(resolve(this.#folder, file)))
    } catch (error) {
      if (error instanceof SecretFileFault) this.#report(place, error.problem, error.wayOut)
      else if (error instanceof PipelineError)
        this.#report(
          place,
          `names ${file}, which holds no such key: ${error.message}`,
          'docs/operations.md says which key belongs where',
        )
      else throw error
      return undefined
    }
  }
}
