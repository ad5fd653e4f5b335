import type { PartnerId } from '../values/partner-id.ts'
import { formatForm } from '../wire/form.ts'

/**
 * The query string that asks Alipay whether a `notify_id` is its own: `service=notify_verify&partner=…&notify_id=…`
 * (BTN-12, batch_trans_notify_no_pwd 1.3 §9). The id is encoded exactly once, from its decoded value, which may hold
 * percent signs itself. It is not signed, and goes by GET.
 */
export function notifyVerifyQuery(partner: PartnerId, notifyId: string): string {
  return formatForm([
    ['service', Buffer.from('notify_verify')],
    ['partner', Buffer.from(partner)],
    ['notify_id', Buffer.from(notifyId)],
  ])
}

/**
 * Whether Alipay's answer confirms the notify: exactly `true`, white space around it apart (BTN-12). Anything else,
 * `TRUE`, `untrue`, `false`, `invalid`, HTML, is a failure.
 */
export function readNotifyVerify(body: Buffer): boolean {
  return /^[ \t\r\n]*true[ \t\r\n]*$/.test(body.toString('latin1'))
}
