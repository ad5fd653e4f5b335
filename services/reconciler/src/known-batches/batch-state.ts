import type { GatewayPayer } from '@payout/schemas/generated/records'

/** A batch whose request the lane has read. */
export interface BatchState {
  /** pay_date of its last signing, YYYYMMDD. */
  readonly payDate: string
  /** Its last signing, from 1. */
  readonly signing: number
  /** When that was, UTC milliseconds. */
  readonly signedAt: number
  /** True once egress has said its last word: nothing of ours can be sent under this number any more. */
  readonly closed: boolean
  readonly payer: GatewayPayer
  /** Serial at Alipay and payout id of each line. */
  readonly lines: readonly (readonly [serial: string, payoutId: string])[]
}

/** The batch as a further signing leaves it; an earlier one that comes again changes nothing. */
export function signedBatch(known: BatchState | undefined, signed: Omit<BatchState, 'closed'>): BatchState {
  if (known && known.signing >= signed.signing) return known
  return { ...signed, closed: known?.closed ?? false }
}
