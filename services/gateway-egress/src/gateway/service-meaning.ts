import { parseServiceAnswer } from '@payout/mapi/answer/service-answer'
import type { AgreementService } from '../request/lane-request.ts'
import { answerFault, doubtCode } from './answer-doubt.ts'
import type { Meaning } from './answer-meaning.ts'
import type { GatewayReply } from './gateway.ts'

/**
 * What a reply to a question about an agreement, or to its cancelling, means for egress (SGN-6, UNS-4). It never stops the partner.
 *
 * | reply | outcome | code | final |
 * | --- | --- | --- | --- |
 * | no answer, half of one, HTTP status other than 200, too long, no XML … | unknown | ours | no |
 * | `is_success` T | accepted | – | yes |
 * | F, a code that says that it may have been done (SYSTEM_ERROR, ILLEGAL_SYSTEM, UNKNOWN_EXCEPTION …), or of no table | unknown | Alipay's | no |
 * | F, any other code | refused | Alipay's | yes |
 */
export function serviceMeaning(service: AgreementService, reply: GatewayReply): Meaning {
  const unknown = (code: string): Meaning => ({ outcome: 'unknown', code, final: false })
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
