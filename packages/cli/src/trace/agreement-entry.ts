import { isAgreementEvent } from '@payout/runtime/record/domain-event'
import { placeOf } from '@payout/schemas/place'
import { formatMoment } from '../arguments/moment.ts'
import { eventKind, eventWords } from '../follow/event-words.ts'
import { type AgreementCommand, agreementOf, isAgreementCommand } from '../write/agreement-command.ts'
import type { PartnerRecord } from './partner-record.ts'
import { describeForRequests, parametersWords } from './service-entry.ts'
import { type EntryText, evidenceWords } from './story-entry.ts'

/** Whose story is told. */
export interface AgreementSubject {
  readonly partner: string
  /** Null where a command named no account: then the story is that command's alone. */
  readonly agreementId: string | null
  /** Commands whose events carry no agreement's id are known by their own. */
  readonly commandIds: ReadonlySet<string>
  /** The requests that were made for it: questions and cancellings. */
  readonly requestIds: ReadonlySet<string>
}

/** What a record says about an agreement; undefined where it is about others only. Never the address of a form. */
export function describeForAgreement(named: PartnerRecord, subject: AgreementSubject): EntryText | undefined {
  if (!isOfAgreement(named, subject)) return undefined
  if (isAgreementCommand(named)) return { step: 'command', says: [commandWords(named)] }
  if (isAgreementEvent(named)) {
    const words =
      named.name === 'agreement.AgreementFormReady'
        ? eventWords({ ...named, value: { ...named.value, url: withoutToken(named.value.url) } })
        : eventWords(named)
    return { step: `event ${eventKind(named.name)}`, says: [words, evidenceWords(named.value)] }
  }
  switch (named.name) {
    case 'gateway.GatewayAgreementCommand': {
      const { action, commandId, parameters, seenCode, source } = named.value
      const seen = seenCode === null ? '' : `, ${seenCode} was seen`
      const says = [`${action}, command ${commandId}${seen} (${placeOf(source)})`, parametersWords(parameters)]
      return { step: 'checked command', says }
    }
    case 'gateway.GatewayFormToSign': {
      const { withdrawn, requestId, commandId, expiresAt, source } = named.value
      if (withdrawn) {
        return {
          step: 'form to be withdrawn',
          says: [`form ${requestId} of command ${commandId} (${placeOf(source)})`],
        }
      }
      const until = `shown until ${formatMoment(expiresAt)}`
      return { step: 'form to be signed', says: [`form ${requestId} of command ${commandId}, ${until}`] }
    }
    case 'gateway.GatewayForm': {
      const { requestId, charset, expiresAt, signedAt } = named.value
      const says = [`form ${requestId}, ${charset}, signed at ${formatMoment(signedAt)}`]
      return { step: 'signed form', says: [...says, `shown once, until ${formatMoment(expiresAt)}`] }
    }
    default:
      return describeForRequests(named, subject.requestIds)
  }
}

/** Whether a record is about the agreement itself; of the services' records their request ids decide. */
export function isOfAgreement(named: PartnerRecord, subject: Omit<AgreementSubject, 'requestIds'>): boolean {
  const { value } = named
  if (value.partner !== subject.partner) return false
  const id = isAgreementCommand(named)
    ? (agreementOf(named) ?? null)
    : 'agreementId' in value
      ? value.agreementId
      : undefined
  if (id === undefined) return true
  return id === null ? 'commandId' in value && subject.commandIds.has(value.commandId) : id === subject.agreementId
}

function commandWords({ name, value }: AgreementCommand): string {
  switch (name) {
    case 'agreement.AgreementSignRequested':
      return `sign the agreement of ${value.email} (command ${value.commandId})`
    case 'agreement.AgreementStatusRequested': {
      const seen = value.seenCode === null ? '' : `, who was shown ${value.seenCode}`
      return `ask how the agreement of ${value.email} stands${seen} (command ${value.commandId})`
    }
    case 'agreement.AgreementUnsignRequested': {
      const named = Object.entries({
        customer_code: value.customerCode,
        type_code: value.typeCode,
        biz_type: value.bizType,
        trans_account_out: value.transAccountOut,
        user_email: value.userEmail,
      }).flatMap(([parameter, text]) => (text === null ? [] : [{ name: parameter, value: text }]))
      return `cancel the agreement: ${parametersWords(named)} (command ${value.commandId})`
    }
  }
}

/** Whoever has the address of a form can use it. */
function withoutToken(url: string): string {
  return url.replace(/[^/]*$/, '…')
}
