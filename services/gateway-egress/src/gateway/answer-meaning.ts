import { parseAnswer } from '@payout/mapi/answer/answer'
import { ERROR_CODES } from '@payout/mapi/answer/error-codes'
import type { GatewayAnswerOutcome } from '@payout/schemas/generated/records'
import type { ResendPolicy } from '../plan/batch-plan.ts'
import { answerFault, doubtCode } from './answer-doubt.ts'
import type { GatewayReply } from './gateway.ts'

/** What a reply means for egress, whatever was asked. */
export interface Meaning {
  readonly outcome: GatewayAnswerOutcome
  /** Alipay's code, or ours; null where the request was accepted. */
  readonly code: string | null
  /** True: the last word on this request. */
  readonly final: boolean
}

export interface AnswerMeaning extends Meaning {
  /** Stops the partner, for the reason `code`; `until` in UTC milliseconds where it lets itself go on. */
  readonly stop: { readonly until?: number } | undefined
}

/** What is settled by configuration. */
export interface AnswerPolicy {
  readonly resend: ResendPolicy
  /** For how long a balance that is too small stops its partner, milliseconds; undefined: until a person lets it go on. */
  readonly balanceStopMs: number | undefined
}

/**
 * What a reply means for egress (BTN-8, BTN-9, MAPI-19, S5.4 to S5.6). Whether a refusal proves a failure is the
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
export function answerMeaning(reply: GatewayReply, policy: AnswerPolicy, now: number): AnswerMeaning {
  if (reply.kind === 'broken') return unknown(reply.code, policy)
  const fault = answerFault(reply)
  if (fault !== undefined) return unknown(fault, policy)
  const answer = parseAnswer(reply.body, reply.contentType)
  switch (answer.kind) {
    case 'accepted':
      return { outcome: 'accepted', code: null, final: true, stop: undefined }
    case 'refused':
      return { outcome: 'refused', code: answer.code, final: true, stop: stopFor(answer.code, policy, now) }
    case 'unknown':
      return unknown(doubtCode(answer), policy)
  }
}

function unknown(code: string, { resend }: AnswerPolicy): AnswerMeaning {
  return { outcome: 'unknown', code, final: resend === 'never', stop: undefined }
}

function stopFor(code: string, { balanceStopMs }: AnswerPolicy, now: number): AnswerMeaning['stop'] {
  const row = ERROR_CODES.get(code)
  if (!row?.stopsPartner) return undefined
  return row.action === 'top-up' && balanceStopMs !== undefined ? { until: now + balanceStopMs } : {}
}
