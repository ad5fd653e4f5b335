import { formatChinaDateTime14 } from '../../values/china-time.ts'
import { formatYuan } from '../../values/fen.ts'
import type { NotifyLine } from '../notify-details.ts'

/**
 * Writes lines as Alipay does: each ends in `|`; a reason that is null is written `null` for S, as
 * batch_trans_notify_no_pwd 1.3 says, and left empty for F. The other side of `notifyDetails`.
 */
export function formatNotifyDetails(lines: readonly NotifyLine[]): { successDetails: string; failDetails: string } {
  let successDetails = ''
  let failDetails = ''
  for (const line of lines) {
    const text = [
      line.serial,
      line.account,
      line.name,
      formatYuan(line.amount),
      line.result,
      line.reason ?? (line.result === 'S' ? 'null' : ''),
      line.alipaySerial,
      formatChinaDateTime14(line.completedAt),
    ].join('^')
    if (line.result === 'S') successDetails += `${text}|`
    else failDetails += `${text}|`
  }
  return { successDetails, failDetails }
}
