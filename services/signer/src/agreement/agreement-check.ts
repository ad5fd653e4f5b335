import { MapiError } from '@payout/mapi/error'
import { checkBusinessParameters, interfaceOf } from '@payout/mapi/interfaces/services'
import { type AgreementId, agreementId } from '@payout/mapi/values/agreement-id'
import { isPayoutId } from '@payout/mapi/values/payout-id'
import type { Partner } from '@payout/runtime/partners/partners'
import type { GatewayParameter } from '@payout/schemas/generated/records'
import type { Refusal } from '../command/refusal.ts'
import type { AgreementInstruction } from './agreement-command.ts'

/** What a command is judged by. */
export interface AgreementRules {
  readonly partner: (alias: string) => Partner | undefined
  /** The address of gateway-ingress as users' browsers reach it; undefined where no form can be shown. */
  readonly formUrl: string | undefined
}

export type AgreementJudgement =
  | { readonly ok: true; readonly agreementId: AgreementId; readonly account: string }
  /** The agreement is null where the command names no account, or one that can't be. */
  | { readonly ok: false; readonly agreementId: AgreementId | null; readonly refusal: Refusal }

/** The interface that each command is for. */
const SERVICES = {
  sign: 'sign_protocol_with_partner',
  status: 'query_customer_protocol',
  unsign: 'customer_unsign',
} as const

/**
 * The account that an agreement is of is the first of these that the command has: `trans_account_out` wins over
 * `user_email` (UNS-3).
 */
const ACCOUNTS = ['email', 'trans_account_out', 'user_email', 'customer_code'] as const

/** Alipay's codes come in several styles, all of them in these characters. */
const CODE = /^[A-Za-z0-9_]{1,64}$/

/** More than any of these parameters may have; what is longer could halt a task by its size. */
const MAX_LENGTH = 256

/** Judges a command by itself. What passes here can be signed later, so that no task has to wait for it. */
export function judgeAgreement(
  instruction: AgreementInstruction,
  { partner: partnerOf, formUrl }: AgreementRules,
): AgreementJudgement {
  let id: AgreementId | null = null
  const refuse = (code: string, explanation: string): AgreementJudgement => ({
    ok: false,
    agreementId: id,
    refusal: { code, explanation },
  })
  const partner = partnerOf(instruction.partner)
  if (!partner) return refuse('UNKNOWN_PARTNER', 'the partners file has no partner of this alias')

  const tooLong = instruction.parameters.find(({ value }) => value.length > MAX_LENGTH)
  if (tooLong) return refuse('MAPI_PARAMETER_FORMAT', `parameter ${tooLong.name} is longer than it may be`)

  const definition = interfaceOf(SERVICES[instruction.action])
  const account = accountOf(instruction.parameters)
  const format = definition.parameters.find(({ name }) => name === account?.name)
  if (account && format?.accepts(account.value)) id = agreementId(partner.alias, account.value)
  try {
    const parameters = instruction.parameters.map(({ name, value }) => [name, value] as const)
    checkBusinessParameters(definition, parameters, partner.charset)
  } catch (error) {
    if (!(error instanceof MapiError)) throw error
    if (error.field === account?.name) id = null
    return refuse(error.code, error.message)
  }
  if (!isPayoutId(instruction.commandId)) {
    return refuse('INVALID_COMMAND_ID', 'the id of a command is 1 to 64 of A-Z a-z 0-9 . _ : -')
  }
  if (instruction.seenCode !== null && !CODE.test(instruction.seenCode)) {
    return refuse('INVALID_SEEN_CODE', 'seenCode is a code as Alipay writes it: 1 to 64 letters, digits and _')
  }
  if (instruction.action === 'sign' && formUrl === undefined) {
    return refuse('FORM_URL_NOT_SET', 'no page can be shown to the user: set FORM_URL at the signer, then ask again')
  }
  if (!account || id === null) throw new RangeError(`${definition.service} takes a command that names no account`)
  return { ok: true, agreementId: id, account: account.value }
}

function accountOf(parameters: readonly GatewayParameter[]): GatewayParameter | undefined {
  for (const name of ACCOUNTS) {
    const account = parameters.find((parameter) => parameter.name === name)
    if (account) return account
  }
  return undefined
}
