import avro from 'avsc'

/** Where avsc writes to. What is beyond the end of `buf` is ignored: avsc looks at `pos` once, when it is done. */
interface Tap {
  readonly buf: Buffer
  pos: number
  /** avsc's own way to write text, behind its length. */
  writeString(text: string): void
}

/** A length in bytes up to this takes one byte. */
const ONE_BYTE_LENGTH = 63
/** UTF-8 takes no more for one unit of a text. */
const UTF8_BYTES = 3

/**
 * Avro's `string`, but for half a surrogate pair: UTF-8 can't hold it, and what is read would not be what was written.
 * avsc writes such text without a word. What is short is written while it is looked at: avsc counts its bytes first,
 * which takes as long again.
 */
class WellFormedText extends avro.types.StringType {
  _check(value: unknown, _flags: unknown, hook?: (value: unknown, type: avro.Type) => void): boolean {
    const isValid = typeof value === 'string' && value.isWellFormed()
    if (!isValid) hook?.(value, this)
    return isValid
  }

  _write(tap: Tap, value: unknown): void {
    if (typeof value !== 'string') throw new TypeError('no text')
    const { buf, pos } = tap
    const { length } = value
    if (length <= ONE_BYTE_LENGTH && pos + 1 + UTF8_BYTES * length <= buf.length) {
      let at = pos + 1
      let index = 0
      for (; index < length; index++) {
        const unit = value.charCodeAt(index)
        if (unit < 0x80) {
          buf[at++] = unit
        } else if (unit < 0x800) {
          buf[at++] = 0xc0 | (unit >> 6)
          buf[at++] = 0x80 | (unit & 0x3f)
        } else if (unit < 0xd800 || unit > 0xdfff) {
          buf[at++] = 0xe0 | (unit >> 12)
          buf[at++] = 0x80 | ((unit >> 6) & 0x3f)
          buf[at++] = 0x80 | (unit & 0x3f)
        } else break
      }
      const bytes = at - pos - 1
      if (index === length && bytes <= ONE_BYTE_LENGTH) {
        buf[pos] = bytes << 1
        tap.pos = at
        return
      }
    }
    if (!value.isWellFormed()) throw new RangeError('half a surrogate pair')
    tap.writeString(value)
  }
}

export const textType = new WellFormedText()
