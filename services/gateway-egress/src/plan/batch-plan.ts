import type { PayDate } from '@payout/mapi/values/china-time'
import type { ResendPolicy } from '../gateway/classify-response.ts'

/** What `gateway.attempts` says of a batch number. */
export type KnownBatch =
  | { readonly state: 'closed' }
  | { readonly state: 'deferred' | 'in_doubt'; readonly payDate: PayDate; readonly attempts: number }

/** What a decision rests on. */
export interface BatchFacts {
  readonly known: KnownBatch | undefined
  /** `topic`: just read from `gateway.requests`. `record`: the one that `known` describes. */
  readonly from: 'topic' | 'record'
  readonly payDate: PayDate
  /** The day in China now. */
  readonly today: PayDate
  /** Midnight in China is too near for a call, before it or after it. */
  readonly nearMidnight: boolean
  /** So old that its record of a last word may be gone already. */
  readonly tooOld: boolean
  readonly resend: ResendPolicy
  /** Whether the partners file has its partner: nobody can sign anything for one that it lacks. */
  readonly partnerKnown: boolean
}

export type LastWordCode =
  /** Its day is over, and an attempt was made. */
  | 'PAY_DATE_PASSED'
  /** An attempt was made whose answer nobody saw, and `RESEND=never`. */
  | 'NOT_SENT_AGAIN'
  /** Nothing is known of it, and it is older than the records of last words. */
  | 'REQUEST_TOO_OLD'

/** What is to be done with a request. */
export type BatchPlan =
  /** Nothing is to be done with it, now or later. */
  | { readonly kind: 'skip'; readonly why: 'closed' | 'signed-again' | 'on-record' }
  /** Never attempted and its day is over: the signer signs it for a new day, and it is forgotten here. */
  | { readonly kind: 'sign-again'; readonly notBefore: PayDate }
  /** The last word: nobody knows what became of it. */
  | { readonly kind: 'give-up'; readonly code: LastWordCode; readonly attempts: number }
  | { readonly kind: 'wait'; readonly code: BatchWaitCode; readonly attempts: number }
  | AttemptPlan

export type BatchWaitCode = 'PARTNER_UNKNOWN' | 'NEAR_MIDNIGHT' | 'PAY_DATE_AHEAD'

/** Nothing stands in the way of this attempt, counting from 1, but that it needs a permit. */
export interface AttemptPlan {
  readonly kind: 'intend'
  readonly attempt: number
}

/**
 * Decides about one request that is not under way (S5, BTN-5). The first line that fits counts:
 *
 * | the batch number | its pay date | plan |
 * | --- | --- | --- |
 * | closed | any | skip |
 * | on record with a later date than this request's | any | skip: signed again already |
 * | on record with the same date, and this one comes from the topic | any | skip: it is sent from the record |
 * | attempted, and `resend` is `never` | any | give up |
 * | attempted | past | give up |
 * | nothing known | past, for so long that its last word may be forgotten | give up |
 * | never attempted, and the partner is not known | past | wait |
 * | never attempted | past | sign again |
 * | any | ahead, or midnight is near | wait |
 * | any | today | intend the next attempt, if a permit is given |
 */
export function planBatch(facts: BatchFacts): BatchPlan {
  const { known, from, payDate, today } = facts
  if (known?.state === 'closed') return { kind: 'skip', why: 'closed' }
  if (known !== undefined && known.payDate > payDate) return { kind: 'skip', why: 'signed-again' }
  if (known !== undefined && from === 'topic' && known.payDate === payDate) return { kind: 'skip', why: 'on-record' }
  const attempts = known?.attempts ?? 0
  if (attempts > 0 && facts.resend === 'never') return { kind: 'give-up', code: 'NOT_SENT_AGAIN', attempts }
  if (payDate < today) {
    if (attempts > 0) return { kind: 'give-up', code: 'PAY_DATE_PASSED', attempts }
    if (known === undefined && facts.tooOld) return { kind: 'give-up', code: 'REQUEST_TOO_OLD', attempts }
    if (!facts.partnerKnown) return { kind: 'wait', code: 'PARTNER_UNKNOWN', attempts }
    return { kind: 'sign-again', notBefore: today }
  }
  if (payDate > today) return { kind: 'wait', code: 'PAY_DATE_AHEAD', attempts }
  if (facts.nearMidnight) return { kind: 'wait', code: 'NEAR_MIDNIGHT', attempts }
  return { kind: 'intend', attempt: attempts + 1 }
}
