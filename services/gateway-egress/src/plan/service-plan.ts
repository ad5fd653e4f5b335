import type { BatchPlan, LastWordCode } from './batch-plan.ts'

/** What `gateway.attempts` says of the id of a service request. */
export type KnownService =
  | { readonly state: 'closed' }
  | { readonly state: 'deferred' | 'in_doubt'; readonly attempts: number }

/** What a decision rests on. */
export interface ServiceFacts {
  readonly known: KnownService | undefined
  /** `topic`: just read from `gateway.requests`. `record`: the one that `known` describes. */
  readonly from: 'topic' | 'record'
  /** UTC milliseconds, as is `now`. */
  readonly sendBefore: number
  readonly now: number
  /** So old that its record of a last word may be gone already. */
  readonly tooOld: boolean
}

/**
 * As for a batch, but nothing is signed again, since whoever asked for the request asks anew; and it waits for nothing
 * but a permit.
 */
export type ServicePlan =
  | Exclude<BatchPlan, { kind: 'sign-again' | 'give-up' | 'wait' }>
  | { readonly kind: 'give-up'; readonly code: ServiceLastWord; readonly attempts: number }

export type ServiceLastWord =
  | Extract<LastWordCode, 'REQUEST_TOO_OLD'>
  /** Its time is over, and no attempt was made. */
  | 'NOT_SENT'
  /** Its time is over, and no attempt had an answer that says anything. */
  | 'GIVEN_UP'

/**
 * Decides about one service request that is not under way (UNS-4). The first line that fits counts:
 *
 * | the request's id | its time | plan |
 * | --- | --- | --- |
 * | closed | any | skip |
 * | on record, and this one comes from the topic | any | skip: it is sent from the record |
 * | attempted | over | give up |
 * | nothing known | over, for so long that its last word may be forgotten | give up |
 * | never attempted | over | give up: not sent |
 * | any | not over | intend the next attempt, if a permit is given |
 *
 * They are sent again whatever `resend` says, which is about payouts: questions and files change nothing at Alipay's,
 * and a cancelling done twice is done once (UNS-6).
 */
export function planService(facts: ServiceFacts): ServicePlan {
  const { known, from } = facts
  if (known?.state === 'closed') return { kind: 'skip', why: 'closed' }
  if (known !== undefined && from === 'topic') return { kind: 'skip', why: 'on-record' }
  const attempts = known?.attempts ?? 0
  if (facts.now >= facts.sendBefore) {
    if (attempts > 0) return { kind: 'give-up', code: 'GIVEN_UP', attempts }
    if (known === undefined && facts.tooOld) return { kind: 'give-up', code: 'REQUEST_TOO_OLD', attempts }
    return { kind: 'give-up', code: 'NOT_SENT', attempts }
  }
  return { kind: 'intend', attempt: attempts + 1 }
}
