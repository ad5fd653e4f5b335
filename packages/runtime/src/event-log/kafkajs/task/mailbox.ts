import type { TopicName } from '@payout/schemas/topics'
import type { Fetched, LogRecord } from '../../port.ts'

interface Parcel {
  readonly records: readonly LogRecord[]
  /** How many of the records are taken. */
  taken: number
  readonly next: number
  readonly bytes: number
}

interface Slot {
  parcels: Parcel[]
  bytes: number
  /** The offset behind what was taken last. */
  position: number
}

/** What was fetched for one task and not yet taken: for each topic in order, with the offset that a commit may name. */
export class Mailbox {
  readonly #partition: number
  readonly #slots: Map<TopicName, Slot>
  #turn = 0

  constructor(partition: number, positions: ReadonlyMap<TopicName, number>) {
    this.#partition = partition
    this.#slots = new Map([...positions].map(([topic, position]) => [topic, { parcels: [], bytes: 0, position }]))
  }

  /** `records` may be empty: then only `next` is news. */
  put(topic: TopicName, records: readonly LogRecord[], next: number): void {
    const slot = this.#slot(topic)
    const bytes = records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0) + 64, 0)
    slot.parcels.push({ records, taken: 0, next, bytes })
    slot.bytes += bytes
  }

  /** One entry for each topic that has something, `maxRecords` records in all; the topics take turns in being first. */
  take(topics: readonly TopicName[], maxRecords: number): Fetched[] {
    const fetched: Fetched[] = []
    let room = maxRecords
    const first = topics.length === 0 ? 0 : this.#turn++ % topics.length
    for (const topic of [...topics.slice(first), ...topics.slice(0, first)]) {
      const slot = this.#slot(topic)
      if (slot.parcels.length === 0 || room <= 0) continue
      const records = takeFrom(slot, room)
      room -= records.length
      fetched.push({ topic, partition: this.#partition, records, next: slot.position })
    }
    return fetched
  }

  bytes(topic: TopicName): number {
    return this.#slot(topic).bytes
  }

  /** The offset behind what was taken last. */
  position(topic: TopicName): number {
    return this.#slot(topic).position
  }

  clear(): void {
    for (const slot of this.#slots.values()) {
      slot.parcels = []
      slot.bytes = 0
    }
  }

  #slot(topic: TopicName): Slot {
    const slot = this.#slots.get(topic)
    if (slot === undefined) throw new RangeError(`${topic} is not a topic of this task`)
    return slot
  }
}

/** Up to `room` records; moves the slot's position behind them, and behind a fetch that is used up. */
function takeFrom(slot: Slot, room: number): LogRecord[] {
  const records: LogRecord[] = []
  let used = 0
  for (const parcel of slot.parcels) {
    const from = parcel.taken
    const to = Math.min(parcel.records.length, from + room - records.length)
    for (let at = from; at < to; at++) records.push(parcel.records[at] as LogRecord)
    parcel.taken = to
    if (to < parcel.records.length) break
    slot.bytes -= parcel.bytes
    slot.position = parcel.next
    used++
  }
  slot.parcels.splice(0, used)
  const current = slot.parcels[0]
  if (current !== undefined && current.taken > 0) {
    const last = current.records[current.taken - 1]
    if (last !== undefined) slot.position = last.offset + 1
  }
  return records
}
