import { isWrittenLikeOurs } from '@payout/mapi/values/batch-no'
import { payDate, startOfChinaDate } from '@payout/mapi/values/china-time'
import type { LogRecord } from '@payout/runtime/event-log/port'
import { isPayoutEvent, type PayoutEventName } from '@payout/runtime/record/domain-event'
import { eventType } from '@payout/schemas/cloud-event'
import type { Codec } from '@payout/schemas/codec'
import { topics } from '@payout/schemas/topics'
import { DAY_MS } from '@payout/schemas/units'

/** The last words on a payout. Nothing but contradictions and returns comes after them. */
const OUTCOMES = typesOf('payout.PayoutSucceeded', 'payout.PayoutFailed')
/** What comes before an outcome only. */
const REPORTS = typesOf(
  'payout.PayoutAccepted',
  'payout.PayoutUnresolved',
  'payout.PayoutOverdue',
  'payout.PayoutResubmitted',
)
/** What may come before an outcome or after it. */
const SIDES = typesOf('payout.PayoutMismatched', 'payout.PayoutReturned')

/**
 * Payouts of which something was said, and no outcome: of all events, from the first one on. Those of one payout come
 * in their order, so no more is kept than what is open.
 */
export class OpenPayouts {
  readonly #codec: Codec
  /** The first event of each, by its key `partner/payoutId`. */
  readonly #first = new Map<string, { readonly value: Buffer | null; readonly timestamp: number }>()

  constructor(codec: Codec) {
    this.#codec = codec
  }

  /** Takes the next record of `payout.events`. */
  note(record: LogRecord): void {
    const { headers, value, timestamp } = record
    const key = String(record.key)
    const type = headers.ce_type ?? ''
    if (OUTCOMES.has(type)) this.#first.delete(key)
    else if ((REPORTS.has(type) || (SIDES.has(type) && this.#isFirst(record))) && !this.#first.has(key)) {
      // A copy: the value is a part of all that was fetched with it.
      this.#first.set(key, { value: value && Buffer.from(value), timestamp })
    }
  }

  has(partner: string, payoutId: string): boolean {
    return this.#first.has(`${partner}/${payoutId}`)
  }

  /**
   * The requests of all of them were written at this time or later, UTC milliseconds; positive infinity where none is
   * open.
   */
  since(): number {
    let since = Number.POSITIVE_INFINITY
    for (const { value, timestamp } of this.#first.values()) {
      const days = this.#batchNosOf(value).map((batchNo) => startOfChinaDate(payDate(batchNo.slice(0, 8))))
      since = Math.min(since, timestamp, ...days)
    }
    return since - DAY_MS
  }

  /** A contradiction or return that is the first event of a payout; one that is about none has no version. */
  #isFirst({ value }: LogRecord): boolean {
    const event = this.#codec.decode(value, topics['payout.events'].values)
    return isPayoutEvent(event) && 'version' in event.value && event.value.version === 1
  }

  #batchNosOf(event: Buffer | null): string[] {
    const { value } = this.#codec.decode(event, topics['payout.events'].values)
    const batchNos = [
      'batchNo' in value ? value.batchNo : null,
      'previousBatchNo' in value ? value.previousBatchNo : null,
    ]
    return batchNos.flatMap((batchNo) => (batchNo !== null && isWrittenLikeOurs(batchNo) ? [batchNo] : []))
  }
}

function typesOf(...names: readonly PayoutEventName[]): ReadonlySet<string> {
  return new Set(names.map(eventType))
}
