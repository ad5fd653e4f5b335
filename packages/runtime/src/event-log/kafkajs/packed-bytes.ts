/** Bytes that grow, with the numbers and texts of Kafka's protocol. */

/** The most that a number of 32 or 64 bits takes in groups of seven. */
const VARINT_BYTES = 5
const VARLONG_BYTES = 10
/** UTF-8 takes no more for one unit of a JavaScript string. */
const UTF8_BYTES = 3
/** A length below this takes one byte. */
const ONE_BYTE = 64
/** So many bytes are set aside for a length that is known later: they hold 64 to 8,191. */
const LENGTH_BYTES = 2

export class PackedBytes {
  #bytes: Buffer
  /** How many bytes there are. */
  #size = 0

  /** @param expected how many bytes there may come to be; more are found room for. */
  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafe(expected)
  }

  get size(): number {
    return this.#size
  }

  /** What was written from `start`: a view, no copy. */
  from(start: number): Buffer {
    return this.#bytes.subarray(start, this.#size)
  }

  int8(value: number): void {
    this.#reserve(1)
    this.#size = this.#bytes.writeInt8(value, this.#size)
  }

  int16(value: number): void {
    this.#reserve(2)
    this.#size = this.#bytes.writeInt16BE(value, this.#size)
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#size = this.#bytes.writeInt32BE(value, this.#size)
  }

  int64(value: bigint): void {
    this.#reserve(8)
    this.#size = this.#bytes.writeBigInt64BE(value, this.#size)
  }

  /** Puts a number where four bytes were written before. */
  setUint32(value: number, at: number): void {
    this.#bytes.writeUInt32BE(value, at)
  }

  /** Text behind its length in 16 bits; -1 in place of null. */
  shortText(value: string | null): void {
    const length = value === null ? -1 : Buffer.byteLength(value)
    this.int16(length)
    if (value === null) return
    this.#reserve(length)
    this.#size += this.#bytes.write(value, this.#size)
  }

  /** A number of 32 bits, zigzag. */
  varint(value: number): void {
    this.#reserve(VARINT_BYTES)
    this.#size = putVarint(this.#bytes, this.#size, value)
  }

  /** A number of 64 bits, zigzag. @throws RangeError when it is no integer. */
  varlong(value: number): void {
    if (value === (value | 0)) {
      this.varint(value)
      return
    }
    this.#reserve(VARLONG_BYTES)
    const whole = BigInt(value)
    let rest = BigInt.asUintN(64, (whole << 1n) ^ (whole >> 63n))
    for (; rest >= 0x80n; rest >>= 7n) this.#bytes[this.#size++] = Number(rest & 0x7fn) | 0x80
    this.#bytes[this.#size++] = Number(rest)
  }

  /** Text or bytes behind their length; -1 in place of nothing. @throws TypeError when it is anything else. */
  field(value: string | Uint8Array | null | undefined): void {
    if (value === null || value === undefined) this.varint(-1)
    else if (typeof value === 'string') this.#text(value)
    else if (value instanceof Uint8Array) {
      this.varint(value.length)
      this.#reserve(value.length)
      this.#bytes.set(value, this.#size)
      this.#size += value.length
    } else throw new TypeError(`a record holds text and bytes, no ${typeof value}`)
  }

  #text(value: string): void {
    const { length } = value
    this.#reserve(VARINT_BYTES + UTF8_BYTES * length)
    if (length < ONE_BYTE) {
      // Most of what is short is ASCII, and done before a call to native code has begun.
      const bytes = this.#bytes
      let at = this.#size
      bytes[at++] = length << 1
      let index = 0
      for (; index < length; index++) {
        const unit = value.charCodeAt(index)
        if (unit > 0x7f) break
        bytes[at++] = unit
      }
      if (index === length) {
        this.#size = at
        return
      }
    }
    this.#size = putVarint(this.#bytes, this.#size, Buffer.byteLength(value))
    this.#size += this.#bytes.write(value, this.#size)
  }

  /** Begins something whose length stands before it. @returns what `end` has to be told. */
  begin(): number {
    this.#reserve(VARINT_BYTES)
    this.#size += LENGTH_BYTES
    return this.#size
  }

  end(start: number): void {
    const length = this.#size - start
    const taken = varintBytes(length)
    if (taken !== LENGTH_BYTES) {
      this.#reserve(VARINT_BYTES)
      this.#bytes.copyWithin(start - LENGTH_BYTES + taken, start, this.#size)
      this.#size += taken - LENGTH_BYTES
    }
    putVarint(this.#bytes, start - LENGTH_BYTES, length)
  }

  #reserve(count: number): void {
    const needed = this.#size + count
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#size)
    this.#bytes = larger
  }
}

function putVarint(bytes: Buffer, start: number, value: number): number {
  let at = start
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80
  bytes[at++] = rest
  return at
}

function varintBytes(length: number): number {
  let bytes = 1
  for (let rest = length * 2; rest >= 0x80; rest >>>= 7) bytes++
  return bytes
}
