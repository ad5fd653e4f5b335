import type { AgreementEvent } from '@payout/runtime/record/domain-event'
import { reportId } from '@payout/schemas/event-id'
import type {
  AgreementEvidence,
  GatewayAgreementFlags,
  GatewayAgreementState,
  GatewayCoordinates,
  GatewayServiceAnswer,
} from '@payout/schemas/generated/records'
import { placeOf } from '@payout/schemas/place'

/** What an event is caused by. */
export interface AgreementCause {
  readonly kind: AgreementEvidence['kind']
  readonly id: string
  readonly source: GatewayCoordinates
  /** When it happened, UTC milliseconds. */
  readonly occurredAt: number
}

/** What an event says, with its reason in words where it needs one. */
export type AgreementNews =
  | { readonly event: 'signed'; readonly flags: GatewayAgreementFlags }
  | ({ readonly event: 'not_signed'; readonly flags: GatewayAgreementFlags } & Reason)
  | { readonly event: 'unsigned' }
  | ({ readonly event: 'failed' | 'refused' | 'on_hold' } & Reason)

interface Reason {
  readonly reason: string
  readonly explanation: string
}

/** The command itself caused it. */
export function commandCause(source: GatewayCoordinates): AgreementCause {
  return { kind: 'command', id: placeOf(source), source, occurredAt: source.timestamp }
}

/** An answer caused it. */
export function answerCause(
  { requestId, attempt, answeredAt }: Pick<GatewayServiceAnswer, 'requestId' | 'attempt' | 'answeredAt'>,
  source: GatewayCoordinates,
): AgreementCause {
  return { kind: 'answer', id: `${requestId}/${attempt}`, source, occurredAt: answeredAt }
}

/** Time caused it, which has no record of its own: the command's stands for it. */
export function timeCause(at: number, source: GatewayCoordinates): AgreementCause {
  return { kind: 'time', id: String(at), source, occurredAt: at }
}

/**
 * The event of what became of a command, with the state's version. The same cause says the same thing about a command
 * once.
 */
export function agreementEvent(
  { partner, agreementId, version }: Pick<GatewayAgreementState, 'partner' | 'agreementId' | 'version'>,
  commandId: string,
  { kind, id, source, occurredAt }: AgreementCause,
  news: AgreementNews,
): AgreementEvent {
  const refusal = {
    eventId: reportId(`agreement.${news.event}`, partner, `${agreementId}/${commandId}`, source),
    agreementId,
    commandId,
    partner,
    occurredAt,
    seenAt: occurredAt,
    evidence: { kind, id, source },
  }
  const head = { ...refusal, version }
  switch (news.event) {
    case 'signed':
      return { name: 'agreement.AgreementSigned', value: { ...head, ...news.flags } }
    case 'not_signed': {
      const { flags, reason, explanation } = news
      return { name: 'agreement.AgreementNotSigned', value: { ...head, ...flags, reason, explanation } }
    }
    case 'unsigned':
      return { name: 'agreement.AgreementUnsigned', value: head }
    case 'failed': {
      const { reason, explanation } = news
      return { name: 'agreement.AgreementFailed', value: { ...head, reason, explanation } }
    }
    case 'on_hold': {
      const { reason, explanation } = news
      return { name: 'agreement.AgreementOnHold', value: { ...head, reason, explanation } }
    }
    case 'refused': {
      const { reason, explanation } = news
      return { name: 'agreement.AgreementRefused', value: { ...refusal, reason, explanation } }
    }
  }
}
