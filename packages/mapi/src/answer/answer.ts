import { type AnswerFault, readAnswerXml } from './answer-xml.ts'
import { ERROR_CODES } from './error-codes.ts'

/** Why an answer says nothing certain. */
export type AnswerDoubt =
  | AnswerFault
  /** A code that says so itself: table 10-2, and those of table 10-1 whose action is outcome unknown. */
  | 'system-error'
  /** A code that is in no table. */
  | 'unknown-code'

/** The gateway's answer to a request (BTN-8). */
export type Answer =
  /** The request was taken. Never: a payout was made. */
  | { readonly kind: 'accepted' }
  /** Refused with a known code whose meaning is certain; `ERROR_CODES` says what to do. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Nobody knows whether it was taken. */
  | { readonly kind: 'unknown'; readonly reason: AnswerDoubt; readonly code?: string }

/**
 * Reads the gateway's answer to a batch (BTN-8, batch_trans_notify_no_pwd 1.3 §5), as `readAnswerXml` reads it.
 * Everything that is not surely accepted or refused is `unknown`. Never throws.
 */
export function parseAnswer(body: Buffer, contentType?: string): Answer {
  const answer = readAnswerXml(body, contentType)
  switch (answer.kind) {
    case 'yes':
      return { kind: 'accepted' }
    case 'no': {
      const { code } = answer
      const known = ERROR_CODES.get(code)
      if (known === undefined) return { kind: 'unknown', reason: 'unknown-code', code }
      return known.action === 'outcome-unknown'
        ? { kind: 'unknown', reason: 'system-error', code }
        : { kind: 'refused', code }
    }
    case 'unknown':
      return answer
  }
}
