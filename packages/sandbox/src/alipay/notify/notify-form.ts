import { formatChinaDateTime } from '@payout/mapi/values/china-time'
import type { WireParameter } from '@payout/mapi/wire/base-string'
import { type Charset, canHold } from '@payout/mapi/wire/charset'
import { encodeParameters } from '@payout/mapi/wire/parameter'
import type { SandboxPartner } from '../partners/sandbox-partner.ts'

/** What a notify says, apart from when it is sent. */
export interface NotifyContent {
  readonly notifyId: string
  readonly batchNo: string
  /** Name of the paying account. */
  readonly payUserName: string
  /** Left out of the notify when empty, as real ones do. */
  readonly successDetails: string
  readonly failDetails: string
}

/**
 * The parameters of a notify but `sign` (batch_trans_notify_no_pwd 1.3 §6.2).
 *
 * @param charset what to write it in; a text that it cannot hold makes it utf-8
 * @param now UTC milliseconds: `notify_time`, fresh for each sending
 * @param namesCharset send `_input_charset` too
 */
export function notifyParameters(
  partner: SandboxPartner,
  content: NotifyContent,
  charset: Charset,
  now: number,
  namesCharset: boolean,
): { readonly charset: Charset; readonly parameters: readonly WireParameter[] } {
  const texts: (readonly [string, string])[] = [
    ['sign_type', partner.signType],
    ['notify_time', formatChinaDateTime(now)],
    ['notify_type', 'batch_trans_notify'],
    ['notify_id', content.notifyId],
    ['batch_no', content.batchNo],
    ['pay_user_id', partner.partnerId],
    ['pay_user_name', content.payUserName],
    ['pay_account_no', `${partner.partnerId}0156`],
    ['success_details', content.successDetails],
    ['fail_details', content.failDetails],
  ]
  const held = texts.every(([, text]) => canHold(text, charset)) ? charset : 'utf-8'
  if (namesCharset) texts.push(['_input_charset', held])
  return {
    charset: held,
    parameters: encodeParameters(
      texts.filter(([, text]) => text !== ''),
      held,
    ),
  }
}

/**
 * How the content type of a notify is written: `malformed` as real ones were seen, with a second media type in the
 * middle; `plain` without a character set; `charset` with one.
 */
export type NotifyContentType = 'malformed' | 'plain' | 'charset'

export function contentTypeOf(style: NotifyContentType, charset: Charset): string {
  switch (style) {
    case 'malformed':
      return `application/x-www-form-urlencoded; text/html; charset=${charset}`
    case 'plain':
      return 'application/x-www-form-urlencoded'
    case 'charset':
      return `application/x-www-form-urlencoded; charset=${charset}`
  }
}
