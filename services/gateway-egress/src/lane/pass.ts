import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import { topics } from '@payout/schemas/topics'
import type { BegunStop } from '../stops/partner-stops.ts'
import type { IntendedCall } from './lane-calls.ts'

/** What is put into one transaction at most, bytes of values; answers and the rows of a return file go in whole. */
const ROOM = topics['gateway.attempts'].maxMessageBytes * 0.75

/** What one transaction will carry, and the calls that may be made after it. */
export class Pass {
  readonly records: OutgoingRecord[] = []
  readonly calls: IntendedCall[] = []
  /** Stops of partners that are among the records. */
  readonly stops: BegunStop[] = []
  #bytes = 0
  #full = false

  add(record: OutgoingRecord): void {
    this.records.push(record)
    this.#bytes += record.value?.length ?? 0
  }

  /** Whether so many bytes more go in; if not, the pass is `full` and what is left is for the next one. */
  hasRoom(bytes: number): boolean {
    if (this.#bytes === 0 || this.#bytes + bytes <= ROOM) return true
    this.#full = true
    return false
  }

  get full(): boolean {
    return this.#full
  }
}
