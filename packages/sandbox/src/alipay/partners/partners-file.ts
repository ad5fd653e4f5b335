import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DSA_FORMS, SIGN_TYPES, signingKey, verifyingKey } from '@payout/mapi/signature/key'
import { isPartnerId } from '@payout/mapi/values/partner-id'
import { CHARSETS } from '@payout/mapi/wire/charset'
import { PipelineError } from '@payout/schemas/error'
import { z } from 'zod'
import type { SandboxPartner } from './sandbox-partner.ts'

const accountSchema = z.strictObject({
  name: z.string().min(1),
  email: z.string().min(1).optional(),
  buyerAccountName: z.string().min(1).optional(),
  default: z.boolean().optional(),
  balanceFen: z.int().min(0).optional(),
  refuse: z.string().min(1).optional(),
})

const partnerSchema = z.strictObject({
  partnerId: z.string().refine(isPartnerId, 'must be 16 digits that begin with 2088'),
  charset: z.enum(CHARSETS),
  signType: z.enum(SIGN_TYPES),
  dsaForm: z.enum(DSA_FORMS).optional(),
  signingKeyFile: z.string().min(1),
  verifyingKeyFiles: z.array(z.string().min(1)).min(1),
  accounts: z.array(accountSchema).min(1),
  refuse: z.string().min(1).optional(),
  maxLines: z.int().min(1).max(1_000).optional(),
  maxSingleFen: z.int().min(1).optional(),
})

/**
 * Alipay's side of the partners file: the same shape as the services' own, seen from the other side. `signingKeyFile`
 * is Alipay's key, `verifyingKeyFiles` are the merchant's. Paths are relative to the file.
 */
const sandboxPartnersSchema = z.strictObject({ partners: z.record(z.string(), partnerSchema) })

export type SandboxPartnersFile = z.infer<typeof sandboxPartnersSchema>

/**
 * Reads Alipay's side of the partners file and the keys it names.
 *
 * @throws PipelineError SANDBOX_PARTNERS_FILE when the file or a key cannot be read or is not as it must be
 */
export function readSandboxPartners(path: string): SandboxPartner[] {
  try {
    const file = sandboxPartnersSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    return sandboxPartnersOf(file, dirname(path))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new PipelineError('SANDBOX_PARTNERS_FILE', `the sandbox's partners file ${path} cannot be used: ${why}`, {
      cause,
    })
  }
}

/** The partners of a file whose keys lie in `folder`. */
export function sandboxPartnersOf(file: SandboxPartnersFile, folder: string): SandboxPartner[] {
  const read = (keyFile: string) => readFileSync(resolve(folder, keyFile), 'utf8')
  return Object.entries(file.partners).map(([alias, partner]) => {
    const { signType, dsaForm, signingKeyFile, verifyingKeyFiles, ...others } = partner
    return {
      ...others,
      alias,
      signType,
      alipaySigningKey: signingKey(signType, read(signingKeyFile), dsaForm === undefined ? {} : { dsaForm }),
      merchantVerifyingKeys: verifyingKeyFiles.map((keyFile) => verifyingKey(signType, read(keyFile), keyFile)),
    }
  })
}
