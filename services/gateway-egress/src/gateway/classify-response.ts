import { type AnswerDoubt, parseAnswer } from '@payout/mapi/answer/answer'
import { ERROR_CODES } from '@payout/mapi/answer/error-codes'
import { parseServiceAnswer } from '@payout/mapi/answer/service-answer'
import type { GatewayAnswerOutcome } from '@payout/schemas/generated/records'
import type { AgreementService } from '../request/lane-request.ts'
import type { GatewayReply } from './gateway.ts'

/** What a response is for egress, whatever was asked. */
export interface Classification {
  readonly outcome: GatewayAnswerOutcome
  /** Alipay's code, or ours; null where the request was accepted. */
  readonly code: string | null
  /** True: the last word on this request. */
  readonly final: boolean
}

export interface BatchClassification extends Classification {
  /** Stops the partner, for the reason `code`; `until` in UTC milliseconds where it lets itself go on. */
  readonly stop: { readonly until?: number } | undefined
}

/** `identical`: after an unknown answer the identical request is sent again. `never`: it is not (S4). */
export type ResendPolicy = 'identical' | 'never'

/** What is settled by configuration. */
export interface AnswerPolicy {
  readonly resend: ResendPolicy
  /**
   * For how long a balance that is too small stops its partner, milliseconds; undefined: until a person lets it go on.
   */
  readonly balanceStopMs: number | undefined
}

/**
 * Classifies the response to a batch (BTN-8, BTN-9, MAPI-19, S5.4 to S5.6). Whether a refusal proves a failure is the
 * reconciler's to judge, by the number of the attempt.
 *
 * | reply | outcome | code | final | stops the partner |
 * | --- | --- | --- | --- | --- |
 * | no answer, or half of one | unknown | ours: `TIMED_OUT`, `CONNECTION_RESET` … | no | no |
 * | HTTP status other than 200 | unknown | `HTTP_STATUS` | no | no |
 * | too long, no XML, no code, contradiction … | unknown | `ANSWER_…` | no | no |
 * | `is_success` T | accepted | – | yes | no |
 * | F, code of table 10-2, UPLOAD_FAIL, a code of no table | unknown | Alipay's | no | no |
 * | F, BATCH_NO_NOT_UNIQUE, TRANS_NO_NOT_UNIQUE | refused | Alipay's | yes | no |
 * | F, a code that says that the request is wrong | refused | Alipay's | yes | no |
 * | F, a code of contract, account or key | refused | Alipay's | yes | until a person lets it go on |
 * | F, NOT_ENOUGH_AMOUNT | refused | Alipay's | yes | for `balanceStopMs`, else until a person lets it go on |
 *
 * With `resend: never` an unknown answer is final too.
 * @param now UTC milliseconds, what `until` counts from.
 */
export function classifyBatchResponse(reply: GatewayReply, policy: AnswerPolicy, now: number): BatchClassification {
  const unknown = (code: string): BatchClassification => {
    return { outcome: 'unknown', code, final: policy.resend === 'never', stop: undefined }
  }
  if (reply.kind === 'broken') return unknown(reply.code)
  const fault = answerFault(reply)
  if (fault !== undefined) return unknown(fault)
  const answer = parseAnswer(reply.body, reply.contentType)
  switch (answer.kind) {
    case 'accepted':
      return { outcome: 'accepted', code: null, final: true, stop: undefined }
    case 'refused':
      return { outcome: 'refused', code: answer.code, final: true, stop: stopFor(answer.code, policy, now) }
    case 'unknown':
      return unknown(doubtCode(answer))
  }
}

function stopFor(code: string, { balanceStopMs }: AnswerPolicy, now: number): BatchClassification['stop'] {
  const row = ERROR_CODES.get(code)
  if (!row?.stopsPartner) return undefined
  return row.action === 'top-up' && balanceStopMs !== undefined ? { until: now + balanceStopMs } : {}
}

/**
 * Classifies the response to a question about an agreement, or to its cancelling (SGN-6, UNS-4). It never stops the
 * partner.
 *
 * | reply | outcome | code | final |
 * | --- | --- | --- | --- |
 * | no answer, half of one, HTTP status other than 200, too long, no XML … | unknown | ours | no |
 * | `is_success` T | accepted | – | yes |
 * | F, a code that says that it may have been done (SYSTEM_ERROR, ILLEGAL_SYSTEM, UNKNOWN_EXCEPTION …), or of no table | unknown | Alipay's | no |
 * | F, any other code | refused | Alipay's | yes |
 */
export function classifyServiceResponse(service: AgreementService, reply: GatewayReply): Classification {
  const unknown = (code: string): Classification => ({ outcome: 'unknown', code, final: false })
  if (reply.kind === 'broken') return unknown(reply.code)
  const fault = answerFault(reply)
  if (fault !== undefined) return unknown(fault)
  const answer = parseServiceAnswer(service, reply.body, reply.contentType)
  switch (answer.kind) {
    case 'accepted':
      return { outcome: 'accepted', code: null, final: true }
    case 'refused':
      return { outcome: 'refused', code: answer.code, final: true }
    case 'unknown':
      return unknown(doubtCode(answer))
  }
}

/** Why an answer says nothing, whatever was asked, by our own code; undefined for one that may say something. */
export function answerFault(reply: Extract<GatewayReply, { kind: 'answered' }>): string | undefined {
  if (reply.status !== 200) return 'HTTP_STATUS'
  return reply.cut ? doubtCodes['too-large'] : undefined
}

/** Alipay's code of an answer that says nothing certain, else ours. */
function doubtCode({ code, reason }: { readonly code?: string; readonly reason: AnswerDoubt }): string {
  return code ?? doubtCodes[reason]
}

const doubtCodes: Readonly<Record<AnswerDoubt, string>> = {
  empty: 'ANSWER_EMPTY',
  'too-large': 'ANSWER_TOO_LARGE',
  'not-text': 'ANSWER_NOT_TEXT',
  'not-xml': 'ANSWER_NOT_XML',
  doctype: 'ANSWER_HAS_DOCTYPE',
  'not-an-answer': 'ANSWER_NOT_UNDERSTOOD',
  contradiction: 'ANSWER_CONTRADICTS_ITSELF',
  'no-code': 'ANSWER_WITHOUT_CODE',
  'system-error': 'ANSWER_SYSTEM_ERROR',
  'unknown-code': 'ANSWER_UNKNOWN_CODE',
}
