import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import { topics } from '@payout/schemas/topics'
import type { AttemptPermit } from '../permit/attempt-permits.ts'
import type { BegunStop } from '../permit/partner-stops.ts'
import type { SignedRequest } from '../request/lane-request.ts'
import type { HeldRequest } from '../request/request-book.ts'

/** What is put into one transaction at most, bytes of values; answers and the rows of a return file go in whole. */
const ROOM = topics['gateway.attempts'].maxMessageBytes * 0.75

/** A call that may be made once the transaction with its intent is committed. */
export interface IntendedCall {
  /** With this attempt counted. */
  readonly held: HeldRequest
  readonly signed: SignedRequest
  readonly permit: AttemptPermit
}

/** What goes into the next transaction of a lane, and the calls that may be made after it. */
export class TransactionDraft {
  readonly #records: OutgoingRecord[] = []
  readonly #permits: AttemptPermit[] = []
  readonly #calls: IntendedCall[] = []
  readonly #stops: BegunStop[] = []
  #bytes = 0
  #full = false

  get records(): readonly OutgoingRecord[] {
    return this.#records
  }

  /** Those whose intents are among the records. */
  get calls(): readonly IntendedCall[] {
    return this.#calls
  }

  /** Those of partners whose records are among the records. */
  get stops(): readonly BegunStop[] {
    return this.#stops
  }

  add(record: OutgoingRecord): void {
    this.#records.push(record)
    this.#bytes += record.value?.length ?? 0
  }

  /** A permit for one of its calls is the draft's from when it is acquired until the call is started. */
  own(permit: AttemptPermit): void {
    this.#permits.push(permit)
  }

  /** An attempt: its intent, and the call that may follow (S5.1), whose permit the draft owns. */
  intend(intent: OutgoingRecord, call: IntendedCall): void {
    this.add(intent)
    this.#calls.push(call)
  }

  /** A partner is stopped, as `record` says. */
  stop(record: OutgoingRecord, stop: BegunStop): void {
    this.add(record)
    this.#stops.push(stop)
  }

  /** Whether so many bytes more go in; if not, the draft is `full` and what is left is for the next one. */
  hasRoom(bytes: number): boolean {
    if (this.#bytes === 0 || this.#bytes + bytes <= ROOM) return true
    this.#full = true
    return false
  }

  get full(): boolean {
    return this.#full
  }

  /** The transaction is not committed: none of its calls is made, and every permit is given back. */
  abandon(): void {
    for (const permit of this.#permits) permit.withdraw()
  }
}
