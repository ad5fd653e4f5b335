import { XlsFault } from './compound-file.ts'

const WIDE = 0x01
const EXTENDED = 0x04
const RICH = 0x08

/** Longest text of a cell, by Excel's own limit. */
const MAX_CHARACTERS = 32_767

/**
 * Reads texts that may go on in further records ([MS-XLS] 2.5.293, 2.4.265). Where one is cut between characters, the
 * next record begins with a byte that says how wide the rest is.
 */
export class BiffStrings {
  readonly #parts: readonly Buffer[]
  #part = 0
  #at = 0

  constructor(parts: readonly Buffer[]) {
    this.#parts = parts
  }

  /** Passes bytes over, over the ends of records too. */
  skip(count: number): void {
    let left = count
    while (left > 0) {
      const step = Math.min(left, this.#current().length - this.#at)
      this.#at += step
      left -= step
    }
  }

  /** A text with its length in 16 bits before it. */
  next(): string {
    const characters = this.#number(2)
    if (characters > MAX_CHARACTERS) throw new XlsFault('a text is longer than a cell may hold')
    const flags = this.#number(1)
    const runs = (flags & RICH) === 0 ? 0 : this.#number(2)
    const extension = (flags & EXTENDED) === 0 ? 0 : this.#number(4)
    const text = this.#characters(characters, (flags & WIDE) !== 0)
    this.skip(4 * runs + extension)
    return text
  }

  #characters(count: number, isWide: boolean): string {
    const pieces: Buffer[] = []
    let wide = isWide
    let left = count
    while (left > 0) {
      if (this.#at >= (this.#parts[this.#part]?.length ?? 0)) {
        wide = (this.#number(1) & WIDE) !== 0
        continue
      }
      const part = this.#current()
      const width = wide ? 2 : 1
      const step = Math.min(left, Math.floor((part.length - this.#at) / width))
      if (step === 0) throw new XlsFault('a text is cut within a character')
      const piece = part.subarray(this.#at, this.#at + step * width)
      pieces.push(wide ? piece : Buffer.from(piece.toString('latin1'), 'utf16le'))
      this.#at += step * width
      left -= step
    }
    // Only as a whole: the cut may fall within a surrogate pair, and half of one is no text.
    return (pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)).toString('utf16le')
  }

  #number(width: 1 | 2 | 4): number {
    let value = 0
    for (let index = 0; index < width; index++) {
      value += (this.#current()[this.#at] ?? 0) * 256 ** index
      this.#at++
    }
    return value
  }

  /** The record in which there is at least one more byte. */
  #current(): Buffer {
    for (;;) {
      const part = this.#parts[this.#part]
      if (part === undefined) throw new XlsFault('a text is cut off')
      if (this.#at < part.length) return part
      this.#part++
      this.#at = 0
    }
  }
}
