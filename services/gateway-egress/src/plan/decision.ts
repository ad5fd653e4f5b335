import type { Acquisition, AttemptPermit, DenialCode } from '../permit/attempt-permits.ts'
import type { AttemptPlan, BatchPlan, BatchWaitCode } from './batch-plan.ts'
import type { ServicePlan } from './service-plan.ts'

export type RequestPlan = BatchPlan | ServicePlan

/** What is done with a request: its plan, but that an attempt has its permit, or waits where that is denied. */
export type Decision =
  | Exclude<RequestPlan, { readonly kind: 'wait' | 'intend' }>
  | { readonly kind: 'wait'; readonly code: BatchWaitCode | DenialCode; readonly attempts: number }
  | { readonly kind: 'intend'; readonly attempt: number; readonly permit: AttemptPermit }

/** What a planned attempt comes to: where the permit is denied, the request waits with the attempts that it had. */
export function permitted({ attempt }: AttemptPlan, acquisition: Acquisition): Decision {
  switch (acquisition.kind) {
    case 'acquired':
      return { kind: 'intend', attempt, permit: acquisition.permit }
    case 'denied':
      return { kind: 'wait', code: acquisition.code, attempts: attempt - 1 }
  }
}

/**
 * Whether what one request of a partner waits for keeps all its requests waiting; exhaustive, so that a new reason is
 * looked at.
 */
export function holdsPartner(decision: Decision): boolean {
  if (decision.kind !== 'wait') return false
  switch (decision.code) {
    case 'PARTNER_UNKNOWN':
    case 'PARTNER_STOPPED':
    case 'BREAKER_OPEN':
    case 'PARTNER_BUSY':
      return true
    case 'FILE_BUSY':
    case 'NEAR_MIDNIGHT':
    case 'PAY_DATE_AHEAD':
      return false
  }
}
