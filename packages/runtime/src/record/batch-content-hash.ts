import { createHash } from 'node:crypto'
import type { GatewayRequest } from '@payout/schemas/generated/records'

/**
 * What a batch number stands for, as egress claims it (S2.6): the paying account and the lines, whatever the day and
 * however often it was signed. SHA-256 over version 1 of the form, base64url.
 */
export function batchContentHash({ payer, lines }: Pick<GatewayRequest, 'payer' | 'lines'>): string {
  const hash = createHash('sha256')
  const put = (fields: readonly unknown[]): void => {
    hash.update(`${JSON.stringify(fields)}\n`)
  }
  put(['gateway-batch', 1, payer.accountName, payer.email, payer.buyerAccountName])
  for (const { payoutId, serial, payeeAccount, payeeName, amountFen, memo } of lines) {
    put([payoutId, serial, payeeAccount, payeeName, amountFen, memo])
  }
  return hash.digest('base64url')
}
