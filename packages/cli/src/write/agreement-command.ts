import { interfaceOf } from '@payout/mapi/interfaces/services'
import { type AgreementId, agreementId } from '@payout/mapi/values/agreement-id'
import type { NamedRecord } from '@payout/schemas/codec'
import type { CommandRecord } from './command-record.ts'

/** What upstream can want of an agreement. */
export type AgreementCommand = NamedRecord<
  'agreement.AgreementSignRequested' | 'agreement.AgreementStatusRequested' | 'agreement.AgreementUnsignRequested'
>

/** Whether a record is a command about an agreement. */
export function isAgreementCommand(named: NamedRecord): named is AgreementCommand {
  return (
    named.name === 'agreement.AgreementSignRequested' ||
    named.name === 'agreement.AgreementStatusRequested' ||
    named.name === 'agreement.AgreementUnsignRequested'
  )
}

/** The account whose agreement it is, as the pipeline takes it (UNS-3); undefined where the command names none. */
export function accountOf({ name, value }: AgreementCommand): string | undefined {
  if (name !== 'agreement.AgreementUnsignRequested') return value.email
  return value.transAccountOut ?? value.userEmail ?? value.customerCode ?? undefined
}

/**
 * Why the account that the command names can't be one, in a sentence; undefined where it can. A mobile number is left
 * to the pipeline, which has an answer of its own for it (SGN-4).
 */
export function accountFaultOf(command: AgreementCommand): string | undefined {
  const [parameter, account] = namedBy(command)
  if (account === undefined || account === '') return undefined
  const format = interfaceOf(SERVICES[command.name]).parameters.find(({ name }) => name === parameter)
  return format?.accepts(account) === false ? `${parameter} ${format.format}` : undefined
}

const SERVICES = {
  'agreement.AgreementSignRequested': 'sign_protocol_with_partner',
  'agreement.AgreementStatusRequested': 'query_customer_protocol',
  'agreement.AgreementUnsignRequested': 'customer_unsign',
} as const

function namedBy({ name, value }: AgreementCommand): readonly [parameter: string, account: string | undefined] {
  if (name === 'agreement.AgreementSignRequested') return ['email', value.email]
  if (name === 'agreement.AgreementStatusRequested') return ['user_email', value.email]
  if (value.transAccountOut !== null) return ['trans_account_out', value.transAccountOut]
  return ['user_email', value.userEmail ?? undefined]
}

/** The id of the agreement that the command is about; undefined where it names no account. */
export function agreementOf(command: AgreementCommand): AgreementId | undefined {
  const account = accountOf(command)
  return account === undefined || account === '' ? undefined : agreementId(command.value.partner, account)
}

/** The command as a record: keyed by the agreement, so that all commands about it keep their order. */
export function agreementCommandRecord(command: AgreementCommand): CommandRecord {
  const { partner, commandId } = command.value
  const id = agreementOf(command)
  return {
    topic: 'agreement.commands',
    key: id ?? commandId,
    subject: id === undefined ? `${partner}/command/${commandId}` : `${partner}/${id}`,
    record: command,
  }
}
