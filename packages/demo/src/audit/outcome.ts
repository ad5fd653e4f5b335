import type { DomainEvent, PayoutEvent } from '@payout/runtime/record/domain-event'

/** An event of which a payout gets exactly one. */
export type Outcome = Extract<PayoutEvent, { name: 'payout.PayoutSucceeded' | 'payout.PayoutFailed' }>

/** Whether the event is the payout's outcome. */
export function isOutcome(event: DomainEvent): event is Outcome {
  return event.name === 'payout.PayoutSucceeded' || event.name === 'payout.PayoutFailed'
}
