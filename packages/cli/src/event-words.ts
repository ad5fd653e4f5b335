import { type Fen, formatYuan } from '@payout/mapi/fen'
import type { PayoutEvent, PayoutEventName } from '@payout/runtime/domain-event'

/** An event of which a payout gets exactly one. */
export type Outcome = Extract<PayoutEvent, { name: 'payout.PayoutSucceeded' | 'payout.PayoutFailed' }>

/** Whether the event is the payout's outcome. */
export function isOutcome(event: PayoutEvent): event is Outcome {
  return event.name === 'payout.PayoutSucceeded' || event.name === 'payout.PayoutFailed'
}

/** The event's kind in one word: `succeeded`. */
export function eventKind(name: PayoutEventName): string {
  return name.slice('payout.Payout'.length).toLowerCase()
}

/** What an event says, in a sentence for a person. No names and no accounts: events carry none. */
export function eventWords(event: PayoutEvent): string {
  switch (event.name) {
    case 'payout.PayoutAccepted':
      return `${yuan(event.value.amountFen)}: the gateway took it in batch ${event.value.batchNo}; no outcome yet`
    case 'payout.PayoutSucceeded':
      return `${yuan(event.value.amountFen)} paid${event.value.alipaySerial ? `; Alipay's serial ${event.value.alipaySerial}` : '; a person decided'}`
    case 'payout.PayoutFailed':
      return `not paid: ${reasonWords(event.value)}${event.value.batchNo ? '' : '; nothing was sent'}`
    case 'payout.PayoutRefused':
      return `a command was refused: ${reasonWords(event.value)}; the payout that holds the id is untouched`
    case 'payout.PayoutUnresolved':
      return `nobody knows yet: ${reasonWords(event.value)}`
    case 'payout.PayoutOverdue':
      return `no outcome came by ${new Date(event.value.dueAt).toISOString()}`
    case 'payout.PayoutMismatched':
      return `evidence contradicts: ${event.value.mismatch}; ours: ${event.value.expected ?? 'nothing'}; theirs: ${event.value.reported ?? 'nothing'}`
    case 'payout.PayoutReturned':
      return `${yuan(event.value.amountFen)} came back from the bank: ${event.value.reason}; withdrawal ${event.value.withdrawalSerial}`
    case 'payout.PayoutResubmitted':
      return `sent again in batch ${event.value.batchNo}, decided by ${event.value.decidedBy}: ${event.value.reason}`
  }
}

function reasonWords({ reason, explanation }: { readonly reason: string; readonly explanation: string }): string {
  return explanation === '' || explanation === reason ? reason : `${reason} (${explanation})`
}

function yuan(amountFen: number): string {
  return `${formatYuan(amountFen as Fen)} yuan`
}
