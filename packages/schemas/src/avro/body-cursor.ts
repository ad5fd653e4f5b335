import { isUtf8 } from 'node:buffer'

/**
 * Text of so many bytes is looked at byte by byte before a view of it is made: nearly all is ASCII, and a view takes
 * as long.
 */
const SHORT_TEXT = 64

/** What is wrong with the body of a record. The message names the field, never its value. */
export class BodyFault extends Error {}

/** Goes through the body of a record, and never beyond its end. `what` names the place in faults. */
export class BodyCursor {
  readonly #body: Buffer
  #at = 0

  constructor(body: Buffer) {
    this.#body = body
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#body.length - this.#at
  }

  /**
   * A zigzag number, exact where it is a safe integer.
   * @throws BodyFault when it is cut off, or longer than 64 bits.
   */
  number(what: string): number {
    const first = this.byte(what)
    let magnitude = (first & 0x7f) >> 1
    let scale = 64
    let byte = first
    for (let index = 1; byte >= 0x80; index++) {
      byte = this.byte(what)
      if (index === 9 && byte > 1) throw new BodyFault(`${what} is longer than a number of 64 bits`)
      magnitude += (byte & 0x7f) * scale
      scale *= 128
    }
    return first & 1 ? -magnitude - 1 : magnitude
  }

  /** The next byte. @throws BodyFault when there is none. */
  byte(what: string): number {
    const byte = this.#body[this.#at++]
    if (byte === undefined) throw new BodyFault(`${what} is cut off`)
    return byte
  }

  /** Passes over the next bytes. @throws BodyFault when fewer are left, or `length` is negative. */
  skip(length: number, what: string): void {
    if (length < 0) throw new BodyFault(`${what} has a negative length`)
    if (length > this.left) throw new BodyFault(`${what} is cut off`)
    this.#at += length
  }

  /** Passes over text. @throws BodyFault when it is no UTF-8, and as `skip` does. */
  text(length: number, what: string): void {
    const start = this.#at
    this.skip(length, what)
    let at = start
    if (length <= SHORT_TEXT) while (at < this.#at && (this.#body[at] ?? 0) < 0x80) at++
    if (at < this.#at && !isUtf8(this.#body.subarray(at, this.#at))) throw new BodyFault(`${what} is no UTF-8`)
  }
}
