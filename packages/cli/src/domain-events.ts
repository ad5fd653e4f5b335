import {
  type AgreementEvent,
  type DomainEvent,
  isPayoutEvent,
  type ReturnFileEvent,
} from '@payout/runtime/domain-event'
import type { NamedRecord } from '@payout/schemas/codec'

/** Whether a record is an event of an agreement. */
export function isAgreementEvent(named: NamedRecord): named is AgreementEvent {
  return 'eventId' in named.value && 'agreementId' in named.value
}

/** Whether a record is an event of a return file as a whole. */
export function isReturnFileEvent(named: NamedRecord): named is ReturnFileEvent {
  return named.name === 'payout.PayoutReturnFileRead' || named.name === 'payout.PayoutReturnFileFailed'
}

/** Whether a record is one that downstream reads. */
export function isDomainEvent(named: NamedRecord): named is DomainEvent {
  return isPayoutEvent(named) || isAgreementEvent(named) || isReturnFileEvent(named)
}
