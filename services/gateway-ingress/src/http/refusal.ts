import { PipelineError } from '@payout/schemas/error'

/**
 * Why a request got no `success`, and the status it gets. The body is the same for all of them, so that a stranger
 * learns nothing (BTN-13: it is not `success`); the reason is only counted.
 *
 * 400: what was sent is at fault. 404: there is nothing at that address. 503: the fault is on our side, and sending it
 * again helps. A signed notify comes again by itself in any case (BTN-14).
 */
const STATUS = {
  'unknown-path': 404,
  'unknown-partner': 404,
  /** Not HTTP, headers over 16 KiB, or a TLS handshake that failed. */
  'malformed-http': 400,
  /** TLS handshake, headers or body did not come in time. */
  'too-slow': 400,
  'too-large': 400,
  /** The connection ended before the body did. */
  incomplete: 400,
  /**
   * The connection waited longest of all that had no whole request, and had to go for one that came: as many as allowed
   * were open.
   */
  'made-room': 503,
  /** The connection was closed when it came: as many as allowed were open, each with a request that is processed. */
  'too-many-connections': 503,
  /** As many bytes as allowed are being processed. */
  overloaded: 503,
  stopping: 503,
  'not-a-form': 400,
  'duplicate-name': 400,
  /** No signature, another sign type, another partner's key, other content. */
  'bad-signature': 400,
  /**
   * Well signed, but notify_id or batch_no is missing or not written like one: nothing to ask Alipay about, nowhere to
   * put it.
   */
  'malformed-field': 400,
  /** Alipay answered `notify_verify` with something else than `true`. */
  'not-confirmed': 400,
  /** Alipay could not be asked, or gave no answer that can be read. */
  'verification-unavailable': 503,
  /** Kafka did not acknowledge. */
  'log-unavailable': 503,
  /** A defect of ours. */
  internal: 503,
} as const satisfies Record<string, 400 | 404 | 503>

export type RefusalReason = keyof typeof STATUS

export const refusalReasons = Object.keys(STATUS) as RefusalReason[]

/** The body of every refusal. */
export const REFUSAL_BODY = 'fail'

/** Seconds after which a request that got 503 may come again; Alipay keeps to its own schedule (BTN-14). */
export const RETRY_AFTER_S = 120

export function refusalStatus(reason: RefusalReason): 400 | 404 | 503 {
  return STATUS[reason]
}

/** Ends the work on a request without `success`. The message is for our own log and holds nothing of what was sent. */
export class RefusalError extends PipelineError {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, message: string, options?: ErrorOptions) {
    super('NOTIFY_REFUSED', message, options)
    this.reason = reason
  }
}
