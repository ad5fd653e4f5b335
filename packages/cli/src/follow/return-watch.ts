import { type Fen, sumFen } from '@payout/mapi/values/fen'
import type { DomainEvent } from '@payout/runtime/record/domain-event'
import type { PayoutReturned, PayoutReturnFileFailed, PayoutReturnFileRead } from '@payout/schemas/generated/records'

/**
 * Follows the events of one day's return file and of its payouts. Rows may be reported before the file itself.
 */
export class ReturnWatch {
  readonly #partner: string
  readonly #fileDate: string
  readonly #returned = new Map<string, PayoutReturned>()
  #read: PayoutReturnFileRead | undefined
  #failed: PayoutReturnFileFailed | undefined

  /** @param fileDate YYYYMMDD */
  constructor(partner: string, fileDate: string) {
    this.#partner = partner
    this.#fileDate = fileDate
  }

  /** True where the event is about the file, or about a payout that the file reports first. */
  take(event: DomainEvent): boolean {
    const { value } = event
    if (value.partner !== this.#partner || !('fileDate' in value) || value.fileDate !== this.#fileDate) return false
    if (event.name === 'payout.PayoutReturned') this.#returned.set(event.value.withdrawalSerial, event.value)
    if (event.name === 'payout.PayoutReturnFileRead') this.#read = event.value
    if (event.name === 'payout.PayoutReturnFileFailed') this.#failed = event.value
    return true
  }

  /** The file was read whole. */
  get isRead(): boolean {
    return this.#read !== undefined
  }

  /** Why the file was not taken; undefined where it was, or nothing is known. */
  get failure(): PayoutReturnFileFailed | undefined {
    return this.#read === undefined ? this.#failed : undefined
  }

  /** Every row of the file was reported. */
  get isWhole(): boolean {
    return this.#read !== undefined && this.news >= this.#read.rows
  }

  /** Rows of the file; 0 before it was read. */
  get rows(): number {
    return this.#read?.rows ?? 0
  }

  /** Payouts that the file was the first to report. */
  get news(): number {
    return this.#returned.size
  }

  /** Their sum in fen. */
  get newsFen(): Fen {
    return sumFen([...this.#returned.values()].map(({ amountFen }) => amountFen as Fen))
  }
}
