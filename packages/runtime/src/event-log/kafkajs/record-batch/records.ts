/** The records of one batch, once they are decompressed (Kafka's record format 2). */
import { BatchFault } from './batch-fault.ts'

/** What all records of a batch have in common. */
export interface BatchContext {
  readonly firstOffset: string
  readonly lastOffset: string
  readonly firstTimestamp: bigint
  readonly maxTimestamp: bigint
  readonly isLogAppendTime: boolean
  readonly producerId: string
  readonly inTransaction: boolean
  readonly isControlBatch: boolean
}

/** A record in the shape that kafkajs' consumer works with. */
export interface DecodedRecord {
  readonly magicByte: 2
  readonly attributes: number
  readonly timestamp: string
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** As UTF-8 text; of a name that comes again the last value. A header without a value is left out. */
  readonly headers: Readonly<Record<string, string>>
  isControlRecord: boolean
  readonly batchContext: BatchContext
}

const noHeaders: DecodedRecord['headers'] = Object.freeze({})

/**
 * Decodes `count` records. Keys and values are views of `bytes`.
 * @throws BatchFault when they do not end where the bytes end, or their offsets do not rise within the batch.
 */
export function decodeRecords(bytes: Buffer, count: number, context: BatchContext): DecodedRecord[] {
  const cursor = new Cursor(bytes)
  const firstOffset = Number(context.firstOffset)
  const firstTimestamp = Number(context.firstTimestamp)
  const lastDelta = Number(context.lastOffset) - firstOffset
  const records: DecodedRecord[] = []
  const seen: SeenHeader[] = []
  let before = -1
  for (let nth = 0; nth < count; nth++) {
    const end = cursor.end(cursor.varint())
    const attributes = cursor.byte()
    const timestamp = cursor.varlong()
    const offsetDelta = cursor.varint()
    // A broker takes an uncompressed batch without a look at these: an offset that comes twice would make two
    // commands one, and one outside would carry positions away.
    if (offsetDelta <= before || offsetDelta > lastDelta)
      throw new BatchFault('its records do not stand at offsets of its own, one behind the other')
    before = offsetDelta
    const offset = firstOffset + offsetDelta
    const key = cursor.bytes()
    const value = cursor.bytes()
    const headers = readHeaders(cursor, seen)
    if (cursor.at !== end) throw new BatchFault('a record of it does not end where it says')
    records.push({
      magicByte: 2,
      attributes,
      timestamp: timeOf(context, firstTimestamp, timestamp),
      offset: String(offset),
      key,
      value,
      headers,
      isControlRecord: context.isControlBatch,
      batchContext: context,
    })
  }
  if (cursor.at !== bytes.length) throw new BatchFault('its records end before it does')
  return records
}

function timeOf(context: BatchContext, first: number, delta: number | bigint): string {
  if (context.isLogAppendTime) return String(context.maxTimestamp)
  const sum = typeof delta === 'number' ? first + delta : Number.NaN
  return Number.isSafeInteger(sum) ? String(sum) : String(BigInt.asIntN(64, context.firstTimestamp + BigInt(delta)))
}

/** A header of an earlier record of the batch, at the same place among the headers. */
interface SeenHeader {
  name: SeenText
  value: SeenText | undefined
}

/**
 * Records of a batch have the same names of headers, and many of the same values: what stood at the same place in an
 * earlier record is not decoded again.
 */
function readHeaders(cursor: Cursor, seen: SeenHeader[]): DecodedRecord['headers'] {
  const count = cursor.varint()
  if (count === 0) return noHeaders
  if (count < 0) throw new BatchFault('a record of it has less than no headers')
  const headers: Record<string, string> = {}
  for (let nth = 0; nth < count; nth++) {
    const known = seen[nth]
    const name = cursor.text(known?.name)
    if (name === undefined) throw new BatchFault('a header of it has no name')
    const value = cursor.text(known?.value)
    if (known === undefined) seen[nth] = { name, value }
    else {
      known.name = name
      known.value = value
    }
    if (value !== undefined) headers[name.text] = value.text
  }
  return headers
}

/** A text with the place of its bytes. */
interface SeenText {
  readonly text: string
  readonly at: number
  readonly length: number
}

/** Reads numbers and bytes one after the other. */
class Cursor {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    const byte = this.#bytes[this.at++]
    if (byte === undefined) throw new BatchFault('it ends within a record')
    return byte
  }

  /** The offset at which so many bytes from here end. */
  end(length: number): number {
    const end = this.at + length
    if (length < 0 || end > this.#bytes.length) throw new BatchFault('it ends within a record')
    return end
  }

  /** Zigzag, 32 bits. */
  varint(): number {
    let raw = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
    }
    throw new BatchFault('a number in it is longer than it can be')
  }

  /** Zigzag, 64 bits; a number where it is exact. */
  varlong(): number | bigint {
    let small = 0
    for (let nth = 0; nth < 7; nth++) {
      const byte = this.byte()
      small += (byte & 0x7f) * 2 ** (7 * nth)
      if (byte < 0x80) return small % 2 === 0 ? small / 2 : -(small + 1) / 2
    }
    let raw = BigInt(small)
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      raw |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n))
    }
    throw new BatchFault('a number in it is longer than it can be')
  }

  /** With their length before them; null where that is negative. */
  bytes(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    const end = this.end(length)
    const bytes = this.#bytes.subarray(this.at, end)
    this.at = end
    return bytes
  }

  /**
   * UTF-8, with its length in bytes before it; undefined where that is negative.
   * @param likely a text that may well come again: it is given back where its bytes do.
   */
  text(likely: SeenText | undefined): SeenText | undefined {
    const length = this.varint()
    if (length < 0) return undefined
    const { at } = this
    this.at = this.end(length)
    if (likely !== undefined && this.#isSame(likely, at, length)) return likely
    return { text: this.#bytes.toString('utf8', at, this.at), at, length }
  }

  #isSame(seen: SeenText, at: number, length: number): boolean {
    if (seen.length !== length) return false
    const bytes = this.#bytes
    for (let nth = 0; nth < length; nth++) if (bytes[seen.at + nth] !== bytes[at + nth]) return false
    return true
  }
}
