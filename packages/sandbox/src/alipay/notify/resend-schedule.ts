const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Pauses before the second to the eighth sending of a notify that was not acknowledged (batch_trans_notify_no_pwd 1.3 §7.2, BTN-14). */
const RESEND_PAUSES_MS: readonly number[] = [
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  6 * HOUR_MS,
  15 * HOUR_MS,
]

/**
 * How long to wait after a notify was sent `sent` times without an acknowledgement.
 *
 * @param timeScale how many times faster than the real schedule
 * @returns milliseconds, or undefined when Alipay gives up
 */
export function resendPauseMs(sent: number, timeScale: number): number | undefined {
  const pause = RESEND_PAUSES_MS[sent - 1]
  return pause === undefined ? undefined : pause / timeScale
}
