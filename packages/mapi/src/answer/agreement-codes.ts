import { GATEWAY_CODES, type GatewayCode } from './gateway-codes.ts'

/**
 * What a code asks for that Alipay gives while an agreement is signed, asked about or cancelled:
 * - `query`: nobody knows whether it was done: stop what depends on it and ask for the status (SGN-6).
 * - `send-again`: nobody knows whether it was done: send the same parameters again (UNS-4).
 * - `contract`: the merchant's contract with Alipay must be looked at.
 * - `fix-request`: this request, or what the user chose, is wrong; it was not done.
 * - `ask-alipay`: only Alipay's support can tell what is wrong with the agreement or its account; it was not done.
 * - `key`: the signature or the key is wrong; it was not done.
 */
export type AgreementAction = 'query' | 'send-again' | 'contract' | 'fix-request' | 'ask-alipay' | 'key'

/** The interfaces that are about an agreement. */
export type AgreementService = 'sign_protocol_with_partner' | 'query_customer_protocol' | 'customer_unsign'

/** A code of sign_protocol_with_partner 1.0 or customer_unsign 1.0, or of the gateway itself. */
export interface AgreementCode {
  readonly code: string
  readonly action: AgreementAction
  /** What it means and the way out, in English, without a full stop. */
  readonly explanation: string
}

type Row = readonly [code: string, action: AgreementAction, explanation: string]

const MAY_BE_DONE = 'a fault at Alipay: it may have been done all the same; ask how the agreement stands'
const LOOK_AT_CONTRACT = "look at the merchant's contract in Alipay's console, or ask Alipay's support"
const CHOOSE_BOTH = 'the user must choose automatic payment and automatic refund, both; make the form again'

/** sign_protocol_with_partner 1.0 §3: SGN-6, SGN-7, SGN-8. */
const SIGN_CODES: readonly Row[] = [
  ['UNKNOWN_EXCEPTION', 'query', MAY_BE_DONE],
  ['GENERIC_FAILURE', 'query', MAY_BE_DONE],
  ['SYSTEM_ERROR', 'query', MAY_BE_DONE],
  ['MERCHANT_SIGN_NOT_FOUND', 'contract', `the merchant has no contract for this: ${LOOK_AT_CONTRACT}`],
  ['REFUND_SIGN_PLAT_ERROR', 'contract', `the contract for refunds is not right: ${LOOK_AT_CONTRACT}`],
  ['MERCHANT_SIGN_STATUS_NOT_NORMAL', 'contract', `the merchant's contract is not in force: ${LOOK_AT_CONTRACT}`],
  ['MERCHANT_UNSIGN', 'contract', `the merchant's contract was cancelled: ${LOOK_AT_CONTRACT}`],
  [
    'OUT_OF_MERCHANT_SERVICE_DATE_RANGE',
    'contract',
    `the merchant's contract is out of its dates: ${LOOK_AT_CONTRACT}`,
  ],
  ['CHARGE_MUST_HAVE_PAY_METHOD', 'fix-request', CHOOSE_BOTH],
  ['REFUND_CHARGE_MUST_CHOSE_ONE', 'fix-request', CHOOSE_BOTH],
  ['ILLEGAL_SIGN', 'key', 'the signature is wrong: look at the key and its sign type in the partners file'],
]

const NOT_IN_TIME =
  "Alipay's system did not answer in time: the agreement may still be in force; send the same parameters again"

/** customer_unsign 1.0 §3: UNS-4, UNS-5. */
const UNSIGN_CODES: readonly Row[] = [
  ['SYSTEM_ERROR', 'send-again', NOT_IN_TIME],
  ['ILLEGAL_SYSTEM', 'send-again', NOT_IN_TIME],
  [
    'TOO_MUCH_TYPE_CODE',
    'ask-alipay',
    "the merchant has several contracts under this biz_type: ask Alipay's support, or name the contract by type_code",
  ],
  [
    'FAIL_UNFREEZE_STANDARD_BAIL',
    'ask-alipay',
    "the user's account does not exist or is frozen: ask Alipay's support to look at it",
  ],
  [
    'ILLEGAL_ARGUMENT',
    'fix-request',
    'a parameter is wrong: give customer_code, or type_code or biz_type with trans_account_out or user_email, and the right biz_type',
  ],
  ['STATUS_TYPE_CODE', 'contract', `the merchant's contract is not in force: ${LOOK_AT_CONTRACT}`],
  ['ILLEGAL_SERVICE_TIME_OUT', 'contract', `the merchant's contract has run out: ${LOOK_AT_CONTRACT}`],
  ['NOT_EXIST_PARTNER_TYPE_CODE', 'contract', `the merchant has no such contract: ${LOOK_AT_CONTRACT}`],
  [
    'FAIL_UNSIGN_BATCH_PAY_PRIVILEGE',
    'ask-alipay',
    "the user's right to batch payments could not be taken away: ask Alipay's support",
  ],
]

const OF_SIGNING = tableOf(SIGN_CODES)
const OF_CANCELLING = tableOf(UNSIGN_CODES)

function tableOf(rows: readonly Row[]): ReadonlyMap<string, AgreementCode> {
  return new Map(rows.map(([code, action, explanation]) => [code, { code, action, explanation }]))
}

/**
 * What a code means that an interface gave, or that Alipay's page showed the user: by the interface's own table, else
 * by the other's, else as a code of the gateway itself. Codes are compared exactly. Undefined for one that is in no
 * table: its outcome is unknown. SYSTEM_ERROR is the one code that asks for something else where an agreement is
 * cancelled (UNS-4) than where it is signed (SGN-6).
 */
export function agreementCode(
  code: string,
  service: AgreementService = 'sign_protocol_with_partner',
): AgreementCode | undefined {
  const cancelling = service === 'customer_unsign'
  const [own, other] = cancelling ? [OF_CANCELLING, OF_SIGNING] : [OF_SIGNING, OF_CANCELLING]
  const known = own.get(code) ?? other.get(code)
  if (known !== undefined) return known
  const common = GATEWAY_CODES.get(code)
  return common === undefined ? undefined : commonCode(common, cancelling)
}

function commonCode({ code, action, aboutKey, meaning }: GatewayCode, cancelling: boolean): AgreementCode {
  switch (action) {
    case 'fix-request':
      return { code, action, explanation: `${meaning}: correct the request` }
    case 'fix-contract':
      return aboutKey
        ? { code, action: 'key', explanation: `${meaning}: look at the key and its sign type in the partners file` }
        : { code, action: 'contract', explanation: `${meaning}: ${LOOK_AT_CONTRACT}` }
    case 'outcome-unknown':
      return cancelling
        ? { code, action: 'send-again', explanation: `${meaning}: ${NOT_IN_TIME}` }
        : { code, action: 'query', explanation: `${meaning}: ${MAY_BE_DONE}` }
  }
}
