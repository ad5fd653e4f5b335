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
    let value = 0
    let scale = 1
    for (let index = 0; index < 10; index++) {
      const byte = this.#body[this.#at++]
      if (byte === undefined) throw new BodyFault(`${what} is cut off`)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (index === 9 && byte > 1) break
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      }
      scale *= 128
    }
    throw new BodyFault(`${what} is longer than a number of 64 bits`)
  }

  /** The next bytes. @throws BodyFault when fewer are left, or `length` is negative. */
  take(length: number, what: string): Buffer {
    if (length < 0) throw new BodyFault(`${what} has a negative length`)
    if (length > this.left) throw new BodyFault(`${what} is cut off`)
    this.#at += length
    return this.#body.subarray(this.#at - length, this.#at)
  }
}
