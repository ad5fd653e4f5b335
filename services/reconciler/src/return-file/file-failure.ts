import { returnFileFailureOf } from '@payout/mapi/answer/return-file-failure'
import { returnFileRefusal } from '@payout/mapi/return-file/refusal'
import type { GatewayServiceAnswer } from '@payout/schemas/generated/records'

/** Why a return file was not had. */
export interface FileFailure {
  readonly reason: string
  readonly explanation: string
  /** Whether asking again may help. */
  readonly again: boolean
  /** Whether it most likely means that no payout came back on that day. */
  readonly nothing: boolean
}

/** What a last word without a file means, by its code: one of the reader's, of Alipay's (RFD-8), or of egress's. */
export function fileFailure({ outcome, code }: Pick<GatewayServiceAnswer, 'outcome' | 'code'>): FileFailure {
  const reason = code ?? 'NO_CODE'
  if (outcome !== 'refused') {
    const explanation = 'nobody knows whether there is a file: there was no answer, or none that can be read'
    return { reason, explanation, again: true, nothing: false }
  }
  const refusal = returnFileRefusal(reason)
  if (refusal) return { reason, explanation: refusal.explanation, again: refusal.again, nothing: false }
  const { action, explanation } = returnFileFailureOf(reason)
  switch (action) {
    case 'nothing-for-date':
      return { reason: 'NO_RETURN_FILE', explanation, again: true, nothing: true }
    case 'later':
    case 'unknown':
      return { reason, explanation, again: true, nothing: false }
    case 'fix-request':
    case 'fix-contract':
      return { reason, explanation, again: false, nothing: false }
  }
}
