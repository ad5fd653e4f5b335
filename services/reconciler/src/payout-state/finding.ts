/** Outcomes end a payout. */
export const OUTCOMES = ['succeeded', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Reports change the status, but end nothing. */
export const REPORTS = ['accepted', 'unresolved', 'overdue', 'resubmitted'] as const
export type Report = (typeof REPORTS)[number]

/** How a payout stands. */
export type Status = 'signed' | Report | Outcome

/** Where evidence and request, or two pieces of evidence, contradict each other. */
export type Mismatch =
  | 'unknown-batch'
  | 'unknown-serial'
  | 'other-account'
  | 'other-amount'
  | 'both-lists'
  | 'contradicting-lines'
  | 'unreadable-line'
  | 'other-outcome'
  | 'other-alipay-serial'
  | 'earlier-batch'
  | 'other-return'

/** What one record says about one payout. */
export type Finding =
  | { readonly event: 'accepted' }
  | { readonly event: 'succeeded'; readonly alipaySerial: string | null; readonly completedAt: number | null }
  | { readonly event: 'failed'; readonly reason: string; readonly explanation: string }
  | {
      readonly event: 'unresolved'
      readonly reason: string
      readonly explanation: string
      /** Egress has said its last word on the batch number: nothing is sent under it any more. */
      readonly final?: boolean
    }
  /** Without a reason where an earlier release reported it. */
  | { readonly event: 'overdue'; readonly dueAt: number; readonly reason?: string; readonly explanation?: string }
  | {
      readonly event: 'resubmitted'
      readonly batchNo: string
      readonly previousBatchNo: string
      readonly decidedBy: string
      readonly reason: string
    }
  | {
      readonly event: 'returned'
      readonly withdrawalSerial: string
      readonly amountFen: number
      readonly returnedAt: number
      readonly reason: string
      readonly fileDate: string
      readonly fileHash: string
    }
  | {
      readonly event: 'mismatched'
      readonly mismatch: Mismatch
      readonly expected: string | null
      readonly reported: string | null
      readonly money?: ReportedMoney
    }

/** What the other side says of money, where it contradicts. */
export interface ReportedMoney {
  /** True: it was paid. False: it was not. Null: neither, or both. */
  readonly moved: boolean | null
  readonly amountFen: number | null
  /** Alipay's own serial of the transfer or withdrawal. */
  readonly alipaySerial: string | null
}

/** Whether an event leaves a payout standing as it stood: it contradicts, or tells what came after. */
export function isSide(event: Finding['event']): event is 'mismatched' | 'returned' {
  return event === 'mismatched' || event === 'returned'
}

/** Whether an event or a status is an outcome. */
export function isOutcome(event: Finding['event'] | Status): event is Outcome {
  return event === 'succeeded' || event === 'failed'
}
