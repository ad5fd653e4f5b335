import { payDate } from '@payout/mapi/values/china-time'

/** A day as a person writes it, `2010-12-18` or `20101218`, as YYYYMMDD; undefined where there is no such day. */
export function fileDateOf(text: string): string | undefined {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(text.trim())
  try {
    return match ? payDate(match.slice(1).join('')) : undefined
  } catch {
    return undefined
  }
}
