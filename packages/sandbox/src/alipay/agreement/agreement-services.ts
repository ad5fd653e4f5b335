import { type AdmittedRequest, BASIC_PARAMETERS } from '../gateway/admission.ts'
import { acceptedAnswer, xmlAnswer } from '../gateway/answer.ts'
import type { SandboxSettings } from '../gateway/sandbox-settings.ts'
import type { CalledService } from '../gateway/service-handler.ts'
import type { Agreements, Consent } from './agreements.ts'

/** The business type of agreements that `sign_protocol_with_partner` made (customer_unsign 1.0 §4). */
const BIZ_TYPE = '10004'

interface AgreementDependencies {
  readonly agreements: Agreements
  readonly settings: SandboxSettings
}

/** An e-mail address; a mobile number is none (sign_protocol_with_partner 1.0 §4, SGN-4). */
export function isEmailAddress(text: string): boolean {
  return text.length <= 100 && /^[^\s@]+@[^\s@]+$/.test(text)
}

/**
 * `query_customer_protocol`: T with `charge_agent` and `refund_charge`, each T or F, directly below the root. The
 * documents give no table of it (reference: two independent clients agree on these names).
 */
export function queryCustomerProtocol({ agreements, settings }: AgreementDependencies): CalledService {
  return {
    name: 'query_customer_protocol',
    parameters: {
      names: new Set([...BASIC_PARAMETERS, 'biz_type', 'user_email']),
      missing: (present) => (present.has('biz_type') && present.has('user_email') ? undefined : 'ILLEGAL_ARGUMENT'),
    },
    about: (parameter) => ({ account: parameter('user_email') }),
    refusal: (code) => xmlAnswer(code, settings.answerDeclaration),
    perform: ({ partner, fields }) => {
      const account = fields.get('user_email') ?? ''
      if (fields.get('biz_type') !== BIZ_TYPE || !isEmailAddress(account)) return 'ILLEGAL_ARGUMENT'
      const consent = agreements.consentOf(partner.alias, account)
      const elements = { charge_agent: mark(consent.chargeAgent), refund_charge: mark(consent.refundCharge) }
      const leftOut = settings.agreementAnswers.leaveOut && !stands(consent)
      return acceptedAnswer(leftOut ? {} : elements, settings.answerDeclaration)
    },
  }
}

/**
 * customer_unsign 1.0 §3: without `customer_code` one of `type_code` and `biz_type` with one of `trans_account_out` and
 * `user_email`; what wins over what is UNS-3. What it answers about an agreement that is not there is in no document.
 */
export function customerUnsign({ agreements, settings }: AgreementDependencies): CalledService {
  return {
    name: 'customer_unsign',
    parameters: {
      names: new Set([
        ...BASIC_PARAMETERS,
        'customer_code',
        'type_code',
        'biz_type',
        'trans_account_out',
        'user_email',
      ]),
      missing: (present) => {
        if (present.has('customer_code')) return undefined
        const kind = present.has('type_code') || present.has('biz_type')
        return kind && (present.has('trans_account_out') || present.has('user_email')) ? undefined : 'ILLEGAL_ARGUMENT'
      },
    },
    about: (parameter) => ({ account: parameter('trans_account_out') ?? parameter('user_email') }),
    refusal: (code) => xmlAnswer(code, settings.answerDeclaration),
    perform: (admitted) => {
      const { alias } = admitted.partner
      const named = accountToUnsign(admitted, agreements)
      if (named === undefined) return 'ILLEGAL_ARGUMENT'
      const { account } = named
      if (account !== undefined && stands(agreements.consentOf(alias, account))) {
        agreements.set(alias, account, { chargeAgent: false, refundCharge: false })
        return acceptedAnswer({}, settings.answerDeclaration)
      }
      const { unsignMissing } = settings.agreementAnswers
      return unsignMissing === 'T' ? acceptedAnswer({}, settings.answerDeclaration) : unsignMissing
    },
  }
}

/**
 * Whose agreement is meant; no account for a `customer_code` that no agreement has; undefined for what UNS-2 forbids.
 */
function accountToUnsign(
  { partner, fields }: AdmittedRequest,
  agreements: Agreements,
): { readonly account: string | undefined } | undefined {
  const customerCode = fields.get('customer_code')
  if (customerCode !== undefined) return { account: agreements.accountNumbered(partner.alias, customerCode) }
  const account = fields.get('trans_account_out')
  if (account !== undefined) return { account }
  const email = fields.get('user_email') ?? ''
  const kind = fields.has('type_code') || fields.get('biz_type') === BIZ_TYPE
  return kind && isEmailAddress(email) ? { account: email } : undefined
}

function stands({ chargeAgent, refundCharge }: Consent): boolean {
  return chargeAgent || refundCharge
}

function mark(held: boolean): string {
  return held ? 'T' : 'F'
}
