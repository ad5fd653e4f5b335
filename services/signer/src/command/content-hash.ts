import { hash } from 'node:crypto'
import type { GatewayAgreementAction, GatewayParameter } from '@payout/schemas/generated/records'

/** What makes two commands the same (S1): whom, how much, from whose account, with which remark. */
export interface PayoutContent {
  readonly partner: string
  readonly payer: string | null
  readonly payeeAccount: string
  readonly payeeName: string
  /** In fen. */
  readonly amountFen: number
  readonly memo: string
}

/**
 * Hash of a command's content, version 1, base64url. `requestedAt` is no part of it: upstream may send the same thing
 * again later.
 */
export function contentHash(content: PayoutContent): string {
  const { partner, payer, payeeAccount, payeeName, amountFen, memo } = content
  return hashOf(['payout', 1, partner, payer, payeeAccount, payeeName, String(amountFen), memo])
}

/** What makes two commands about an agreement the same: what is to be done, and the parameters for Alipay. */
export interface AgreementContent {
  readonly action: GatewayAgreementAction
  readonly partner: string
  readonly parameters: readonly GatewayParameter[]
  readonly seenCode: string | null
}

/** Hash of the content of a command about an agreement, version 1, base64url. */
export function agreementContentHash({ action, partner, parameters, seenCode }: AgreementContent): string {
  return hashOf(['agreement', 1, action, partner, parameters.map(({ name, value }) => [name, value]), seenCode])
}

function hashOf(parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url')
}
