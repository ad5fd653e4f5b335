import { LINE_FAILURES } from '@payout/mapi/notify/line-reasons'
import type { Finding } from '../payout-state/finding.ts'
import type { PayoutState } from '../payout-state/payout-state.ts'

/** The reason of a payout that a later batch did not pay, while an earlier one may have. */
const FAILURE_NOT_PROVEN = 'FAILURE_NOT_PROVEN'

/**
 * What an F line proves of a payout that was sent more than once (decision 008). The same serial went out under an
 * earlier batch number, so Alipay may be saying that it has it already. Only a reason that is known to mean "not paid",
 * by its exact code, is a failure; after any other the payout is unresolved, and a person looks it up. A first
 * submission fails by whatever reason: nothing of it went out before.
 */
export function provedByLine(
  finding: Finding,
  batchNo: string,
  { batchNos, line }: Pick<PayoutState, 'batchNos' | 'line'>,
): Finding {
  if (finding.event !== 'failed' || batchNos.indexOf(batchNo) < 1 || LINE_FAILURES.has(finding.reason)) return finding
  return {
    event: 'unresolved',
    reason: FAILURE_NOT_PROVEN,
    explanation:
      `Alipay reports that this later batch did not pay the line, and gives a reason that is not known to mean "not paid": "${finding.reason}". ` +
      `It may mean that an earlier batch has paid it. Look serial ${line.serial} up at Alipay under each batch number, then decide: npm run decide`,
  }
}
