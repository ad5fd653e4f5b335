import { type AgreementAction, agreementCode } from './agreement-codes.ts'
import type { AnswerDoubt } from './answer.ts'
import { type AnswerXml, readAnswerXml } from './answer-xml.ts'

/** What a refusal asks for: it is certain that nothing was done. */
export type ServiceAction = Exclude<AgreementAction, 'query' | 'send-again'>

/** The gateway's answer to a question about an agreement, or to its cancelling. */
export type ServiceAnswer =
  /** It was done. How the agreement stands, for query_customer_protocol; both false for customer_unsign. */
  | {
      readonly kind: 'accepted'
      /** The user has agreed to automatic payment (`charge_agent`). */
      readonly chargeAgent: boolean
      /** The user has agreed to automatic refunds (`refund_charge`): this one says that the agreement is signed. */
      readonly refundCharge: boolean
    }
  /** Refused with a known code; `agreementCode(code, service)` says it in words. */
  | { readonly kind: 'refused'; readonly code: string; readonly action: ServiceAction }
  /** Nobody knows; the same request may be sent again. */
  | { readonly kind: 'unknown'; readonly reason: AnswerDoubt; readonly code?: string }

/**
 * Reads the answer of query_customer_protocol or customer_unsign, as `readAnswerXml` reads it. `charge_agent` and
 * `refund_charge` stand directly below the root; one that is missing or empty says no. Codes that leave the outcome
 * open (SGN-6, UNS-4, MAPI-19) and codes of no table are `unknown`. Never throws.
 */
export function parseServiceAnswer(
  service: 'query_customer_protocol' | 'customer_unsign',
  body: Buffer,
  contentType?: string,
): ServiceAnswer {
  switch (service) {
    case 'query_customer_protocol':
      return judge(service, readAnswerXml(body, contentType, ['charge_agent', 'refund_charge']))
    case 'customer_unsign':
      return judge(service, readAnswerXml(body, contentType))
  }
}

function judge(service: 'query_customer_protocol' | 'customer_unsign', answer: AnswerXml): ServiceAnswer {
  switch (answer.kind) {
    case 'yes': {
      const chargeAgent = flagOf(answer.elements.get('charge_agent'))
      const refundCharge = flagOf(answer.elements.get('refund_charge'))
      return chargeAgent === undefined || refundCharge === undefined
        ? { kind: 'unknown', reason: 'not-an-answer' }
        : { kind: 'accepted', chargeAgent, refundCharge }
    }
    case 'no':
      return refusal(service, answer.code)
    case 'unknown':
      return answer
  }
}

function refusal(service: 'query_customer_protocol' | 'customer_unsign', code: string): ServiceAnswer {
  const known = agreementCode(code, service)
  if (known === undefined) return { kind: 'unknown', reason: 'unknown-code', code }
  const { action } = known
  return action === 'query' || action === 'send-again'
    ? { kind: 'unknown', reason: 'system-error', code }
    : { kind: 'refused', code, action }
}

/** Undefined for what is neither T nor F. */
function flagOf(text: string | undefined): boolean | undefined {
  switch (text) {
    case 'T':
      return true
    case 'F':
    case '':
    case undefined:
      return false
    default:
      return undefined
  }
}
