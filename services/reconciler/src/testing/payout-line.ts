import type { PayoutLine } from '../payout-state/payout-state.ts'

/** A line that was asked for. */
export const LINE: PayoutLine = {
  serial: 'p1',
  payeeAccount: 'zhang@example.com',
  payeeName: '张三',
  amountFen: 1_234,
  memo: 'x',
  contentHash: 'h',
  source: ['payout.commands', 0, 0, 0, 0],
  claimedAt: 0,
}
