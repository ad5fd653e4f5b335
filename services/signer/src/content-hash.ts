import { createHash } from 'node:crypto'

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

/** Hash of a command's content, version 1, base64url. `requestedAt` is no part of it: upstream may send the same thing again later. */
export function contentHash(content: PayoutContent): string {
  const { partner, payer, payeeAccount, payeeName, amountFen, memo } = content
  return createHash('sha256')
    .update(JSON.stringify(['payout', 1, partner, payer, payeeAccount, payeeName, String(amountFen), memo]))
    .digest('base64url')
}
