import { XlsFault } from './compound-file.ts'

/** Kinds of records ([MS-XLS] 2.3) that say something of sheets and cells; all others are passed over. */
export const RECORD = {
  formula: 0x0006,
  eof: 0x000a,
  date1904: 0x0022,
  filePass: 0x002f,
  continue: 0x003c,
  boundSheet: 0x0085,
  mulRk: 0x00bd,
  rString: 0x00d6,
  sst: 0x00fc,
  labelSst: 0x00fd,
  number: 0x0203,
  label: 0x0204,
  boolErr: 0x0205,
  string: 0x0207,
  rk: 0x027e,
  bof: 0x0809,
} as const

/** One record: its kind and its content. */
export interface BiffRecord {
  readonly type: number
  readonly data: Buffer
}

/**
 * The records of a workbook's stream from a place on, one after the other. A record that is not whole is a fault; zeros
 * after the last one are not read, since readers stop at the end of the sheet.
 */
export class BiffRecords {
  readonly #stream: Buffer
  #at: number

  constructor(stream: Buffer, at: number) {
    this.#stream = stream
    this.#at = at
  }

  next(): BiffRecord {
    const start = this.#at + 4
    if (start > this.#stream.length) throw new XlsFault('its records have no end')
    const end = start + this.#stream.readUInt16LE(this.#at + 2)
    if (end > this.#stream.length) throw new XlsFault('a record is cut off')
    const type = this.#stream.readUInt16LE(this.#at)
    this.#at = end
    return { type, data: this.#stream.subarray(start, end) }
  }

  /** The contents of the records that continue the last one. */
  continuations(): Buffer[] {
    const found: Buffer[] = []
    while (this.#at + 4 <= this.#stream.length && this.#stream.readUInt16LE(this.#at) === RECORD.continue) {
      found.push(this.next().data)
    }
    return found
  }
}
