import type { Codec } from '@payout/schemas/codec'
import type { GatewaySwitch } from '@payout/schemas/generated/records'
import type { LogRecord } from '../event-log/port.ts'
import { SwitchBoard } from '../switches/switch-board.ts'
import type { SwitchOrigin } from '../switches/switch-record.ts'
import type { SwitchReading, SwitchView } from '../switches/switches.ts'

/** The switches as a process sees them that reads a log in memory at once: for tests of one service. */
export class FakeSwitches implements SwitchView {
  /** Nobody knows how they stand. */
  known = true
  /** Nothing more is read: the log's word comes later. */
  isLate = false
  readonly #records: () => readonly LogRecord[]
  readonly #now: () => number
  readonly #codec: Codec
  readonly #board: SwitchBoard
  #next = 0
  readonly #listeners: ((reading: SwitchReading) => void)[] = []

  /** @param records all records of the topic, as the log has them now; `now`: UTC milliseconds */
  constructor({ records, now, codec }: { records: () => readonly LogRecord[]; now: () => number; codec: Codec }) {
    this.#records = records
    this.#now = now
    this.#codec = codec
    this.#board = new SwitchBoard(codec)
  }

  /** How the log has them, late or not. */
  get board(): SwitchBoard {
    const board = new SwitchBoard(this.#codec)
    for (const record of this.#records()) board.take(record)
    return board
  }

  isStopped(alias: string): boolean {
    this.#read()
    return this.#board.stopsOf(alias, this.#now()).length > 0
  }

  find(scope: string, origin: SwitchOrigin): GatewaySwitch | undefined {
    this.#read()
    return this.#board.find(scope, origin)
  }

  onReading(listener: (reading: SwitchReading) => void): void {
    this.#listeners.push(listener)
  }

  untilKnown(): Promise<void> {
    return Promise.resolve()
  }

  #read(): void {
    if (this.isLate) return
    const began = performance.now()
    const records = this.#records().slice(this.#next)
    this.#next += records.length
    const values = records.flatMap((record) => {
      const standing = this.#board.take(record)
      return standing?.kind === 'readable' ? [standing.value] : []
    })
    for (const listener of this.#listeners) listener({ began, values })
  }
}
