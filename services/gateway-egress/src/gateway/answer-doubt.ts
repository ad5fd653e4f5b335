import type { AnswerDoubt } from '@payout/mapi/answer/answer'
import type { GatewayReply } from './gateway.ts'

/** Why an answer says nothing, whatever was asked, by our own code; undefined for one that may say something. */
export function answerFault(reply: Extract<GatewayReply, { kind: 'answered' }>): string | undefined {
  if (reply.status !== 200) return 'HTTP_STATUS'
  return reply.cut ? doubtCodes['too-large'] : undefined
}

/** Alipay's code of an answer that says nothing certain, else ours. */
export function doubtCode({ code, reason }: { readonly code?: string; readonly reason: AnswerDoubt }): string {
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
