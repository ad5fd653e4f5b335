import { ERROR_CODES } from '@payout/mapi/answer/error-codes'
import type { GatewayAnswer } from '@payout/schemas/generated/records'
import type { Finding } from '../payout-state/finding.ts'

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
export function answerFinding(
  answer: Pick<GatewayAnswer, 'outcome' | 'code' | 'attempt' | 'final' | 'resubmission'>,
): Finding {
  const code = answer.code ?? 'NO_CODE'
  const unresolved = (reason: string, explanation: string): Finding => ({
    event: 'unresolved',
    reason,
    explanation: answer.final ? `${explanation}. ${WAY_OUT}` : explanation,
    final: answer.final,
  })
  switch (answer.outcome) {
    case 'accepted':
      return { event: 'accepted' }
    case 'unknown':
      return unresolved(code, answer.final ? lastWord(code) : TRIED_AGAIN)
    case 'refused':
      break
  }
  const known = ERROR_CODES.get(code)
  if (known?.duplicate === 'batch') {
    return answer.attempt > 1
      ? { event: 'accepted' }
      : unresolved(code, 'Alipay has a batch of this number already, and this was our first attempt')
  }
  if (known?.duplicate === 'serial') return unresolved(code, 'Alipay has this serial already')
  if (answer.attempt > 1 || answer.resubmission) {
    return unresolved(code, 'the gateway refused this attempt, which proves nothing about an earlier one')
  }
  // Egress reports only codes of the tables as refusals; one that this release doesn't know proves nothing.
  if (!known || known.action === 'outcome-unknown')
    return unresolved(code, 'the gateway answered with a code that says nothing certain')
  return { event: 'failed', reason: code, explanation: `the gateway refused the batch: ${known.meaning}` }
}

const TRIED_AGAIN =
  'the gateway was asked and its answer is not known; the identical request is sent again until its day in China ends'
const WAY_OUT =
  'Nothing more is sent; if no notify tells the outcome, look it up at Alipay, then decide: npm run decide'

/** Why egress does not go on (decision 012). */
function lastWord(code: string): string {
  switch (code) {
    case 'PAY_DATE_PASSED':
      return 'the gateway was asked, no answer was certain, and the day is over for which the request was signed'
    case 'NOT_SENT_AGAIN':
      return 'the gateway was asked, nobody saw its answer, and RESEND=never forbids to ask again'
    case 'REQUEST_TOO_OLD':
      return 'the request was read so long after its day that nobody knows any more whether it was sent'
    default:
      return 'the gateway was asked and its answer is not known; it is not asked again'
  }
}
