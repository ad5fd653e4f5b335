/**
 * Why a request for an agreement page did not get it, and its status. The page of a status is the same for all its
 * reasons, so that a stranger learns nothing; the reason is counted.
 */
const STATUS = {
  /** No form is at this address: none ever was, another partner's is, it was withdrawn, or it expired a while ago. */
  unknown: 404,
  expired: 404,
  /** It was shown before. */
  used: 404,
  /** Nobody is looking at the page yet: it would be used up unseen. */
  'looked-ahead': 503,
  /** `gateway.forms` was not read to its end yet. */
  'not-read-yet': 503,
  /**
   * No form was found, and `gateway.forms` was not read in time as far as it went then: the form may stand in what is
   * missing.
   */
  'not-caught-up': 503,
  /** As many requests as allowed wait for that already. */
  overloaded: 503,
  /** Redis can't say whether it was shown before. */
  'redis-away': 503,
  stopping: 503,
  /** A defect of ours. */
  internal: 503,
} as const satisfies Record<string, 404 | 503>

export type FormRefusal = keyof typeof STATUS

export const formRefusals = Object.keys(STATUS) as FormRefusal[]

/** Seconds after which a request that got 503 may come again. */
export const FORM_RETRY_AFTER_S = 2

export function formRefusalStatus(reason: FormRefusal): 404 | 503 {
  return STATUS[reason]
}
