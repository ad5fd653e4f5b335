import { redactPersonalData, serialUnlessPersonal } from '@payout/mapi/text/personal-data'
import type { Finding } from '../payout-state/finding.ts'
import type { PayoutLine } from '../payout-state/payout-state.ts'

type Payee = Pick<PayoutLine, 'payeeAccount' | 'payeeName'>

/**
 * A finding about a payout of ours without its payee: what the other side says in words may name whom it could not pay.
 * The record that the event names as its evidence has all of it.
 */
export function withoutPayee<F extends Finding>(finding: F, { payeeAccount, payeeName }: Payee): F {
  if (finding.event !== 'failed' && finding.event !== 'returned') return finding
  return { ...finding, reason: redactPersonalData(finding.reason, [payeeAccount, payeeName]) }
}

/** The line as it was asked for, against the line as it was reported (BTN-16). */
export function contradictionOf(
  asked: Pick<PayoutLine, 'payeeAccount' | 'amountFen'>,
  reported: { readonly account: string; readonly amount: number },
): Finding | undefined {
  if (asked.payeeAccount.toLowerCase() !== reported.account.toLowerCase()) {
    // Which accounts these are stands in the records that the event names: events hold none.
    return {
      event: 'mismatched',
      mismatch: 'other-account',
      expected: 'the account of the request',
      reported: 'another account',
    }
  }
  if (asked.amountFen !== reported.amount) {
    return {
      event: 'mismatched',
      mismatch: 'other-amount',
      expected: `${asked.amountFen} fen`,
      reported: `${reported.amount} fen`,
    }
  }
  return undefined
}

/** No batch of ours has this number. */
export function unknownBatch(batchNo: string): Extract<Finding, { event: 'mismatched' }> {
  return { event: 'mismatched', mismatch: 'unknown-batch', expected: null, reported: batchNo }
}

/** No line of the batch has this serial. */
export function unknownSerial(serial: string | null): Extract<Finding, { event: 'mismatched' }> {
  return {
    event: 'mismatched',
    mismatch: 'unknown-serial',
    expected: null,
    reported: serial && serialUnlessPersonal(serial),
  }
}
