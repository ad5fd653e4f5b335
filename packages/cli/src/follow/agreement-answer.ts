import type { AgreementEvent } from '@payout/runtime/record/domain-event'

/** What a person can want of an agreement. */
export type AgreementAction = 'sign' | 'status' | 'unsign'

/** What an event says to whoever waits for what becomes of a command. */
export type AgreementAnswer =
  /** More will come. */
  | { readonly kind: 'report' }
  /** The form is ready: the user's turn. */
  | { readonly kind: 'form'; readonly url: string; readonly expiresAt: number }
  /** The command's end. */
  | { readonly kind: 'end'; readonly isDone: boolean }

/** Reasons of `agreement.on_hold` after which nothing more comes of the command. */
const LAST_WORDS = ['UNSIGN_UNKNOWN']

/** What an event that names the command says about it. A command gets exactly one end. */
export function agreementAnswer(action: AgreementAction, event: AgreementEvent): AgreementAnswer {
  switch (event.name) {
    case 'agreement.AgreementFormReady':
      return { kind: 'form', url: event.value.url, expiresAt: event.value.expiresAt }
    case 'agreement.AgreementSigned':
      return { kind: 'end', isDone: action !== 'unsign' }
    case 'agreement.AgreementNotSigned':
      return { kind: 'end', isDone: action === 'status' }
    case 'agreement.AgreementUnsigned':
      return { kind: 'end', isDone: action !== 'sign' }
    case 'agreement.AgreementFailed':
    case 'agreement.AgreementRefused':
      return { kind: 'end', isDone: false }
    case 'agreement.AgreementOnHold':
      return LAST_WORDS.includes(event.value.reason) ? { kind: 'end', isDone: false } : { kind: 'report' }
  }
}
