import { ERROR_CODES } from '@payout/mapi/error-codes'
import type { GatewayAnswer } from '@payout/schemas/generated/records'
import type { Finding } from './finding.ts'

/**
 * What an answer of the gateway proves about each payout of its batch (S5.4, S5.5, BTN-8, BTN-9).
 *
 *     answer                              the only attempt          after an attempt without answer
 *     T                                   accepted                  accepted
 *     BATCH_NO_NOT_UNIQUE                 unresolved                accepted: the earlier attempt had arrived
 *     TRANS_NO_NOT_UNIQUE                 unresolved                unresolved
 *     any other refusal                   failed (*)                unresolved
 *     none, a broken one, a system error  unresolved                unresolved
 *
 * (*) of a second batch number: unresolved, since the refusal says nothing about the first one.
 */
export function answerMeaning(
  answer: Pick<GatewayAnswer, 'outcome' | 'code' | 'attempt' | 'final' | 'resubmission'>,
): Finding {
  const code = answer.code ?? 'NO_CODE'
  switch (answer.outcome) {
    case 'accepted':
      return { event: 'accepted' }
    case 'unknown':
      return unresolved(
        code,
        answer.final
          ? 'the gateway was asked and its answer is not known; it is not asked again, the notify still counts'
          : 'the gateway was asked and its answer is not known; the identical request is sent again',
      )
    case 'refused':
      break
  }
  const known = ERROR_CODES.get(code)
  if (known?.duplicate === 'batch') {
    return answer.attempt > 1
      ? { event: 'accepted' }
      : unresolved(
          code,
          'Alipay has a batch of this number already, and this was our first attempt: somebody has to look at Alipay',
        )
  }
  if (known?.duplicate === 'serial')
    return unresolved(code, 'Alipay has this serial already: somebody has to look at Alipay; the notify still counts')
  if (answer.attempt > 1 || answer.resubmission) {
    return unresolved(
      code,
      'the gateway refused this attempt, which proves nothing about an earlier one; the notify still counts',
    )
  }
  // Egress reports only codes of the tables as refusals; one that this release doesn't know proves nothing.
  if (!known || known.action === 'outcome-unknown')
    return unresolved(code, 'the gateway answered with a code that says nothing certain')
  return { event: 'failed', reason: code, explanation: `the gateway refused the batch: ${known.meaning}` }
}

function unresolved(reason: string, explanation: string): Finding {
  return { event: 'unresolved', reason, explanation }
}
