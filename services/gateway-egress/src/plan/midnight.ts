/**
 * Midnight in China, where the clock of this machine is not trusted to the second (BTN-5). One that is late would send
 * yesterday's date after midnight, and one that is ahead a date that has not begun, which Alipay may refuse for good.
 * So around midnight nothing is sent.
 */
import { chinaDate, millisecondsToMidnight, type PayDate, startOfChinaDate } from '@payout/mapi/values/china-time'

/** Nothing is sent in the last and the first 30 seconds of a day in China. */
const SEND_MARGIN_MS = 30_000
/** No attempt is intended so shortly before midnight: its transaction must be through before the margin begins. */
const INTEND_MARGIN_MS = 35_000

/** Whether midnight is too near for an attempt to be intended at `now` (UTC milliseconds). */
export function isNearMidnight(now: number): boolean {
  return millisecondsToMidnight(now) <= INTEND_MARGIN_MS || now < startOfSending(chinaDate(now))
}

/** Whether a request with this date may still go out at `now` (UTC milliseconds). */
export function mayBeSent(payDate: PayDate, now: number): boolean {
  return payDate === chinaDate(now) && millisecondsToMidnight(now) > SEND_MARGIN_MS && now >= startOfSending(payDate)
}

/** When the first request of a day in China may go out, UTC milliseconds. */
export function startOfSending(payDate: PayDate): number {
  return startOfChinaDate(payDate) + SEND_MARGIN_MS
}
