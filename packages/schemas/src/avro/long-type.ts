import avro from 'avsc'

/**
 * Where avsc writes to, or reads from. What is beyond the end of `buf` is ignored: avsc looks at `pos` once, when it
 * is done.
 */
interface Tap {
  readonly buf: Buffer
  pos: number
}

/** So many bytes hold a magnitude below 2^48, and sums of theirs are exact. */
const EXACT_BYTES = 7
const SIGN = 1n

/**
 * Avro's `long` as a JavaScript number. avsc's own refuses to read what is beyond 2^53: a command with such an amount
 * could not be read at all, where it must be refused by name. Here it is read as a number that is no safe integer,
 * which every check of an amount refuses; writing one throws. avsc has a hook for that, which makes a buffer and a
 * big integer of each long, and takes several times the time. Its own numbers are no way out, for they lose the sign
 * of half the longs below -2^52.
 */
class NumberLong extends avro.types.LongType {
  _check(value: unknown, _flags: unknown, hook?: (value: unknown, type: avro.Type) => void): boolean {
    const isValid = Number.isSafeInteger(value)
    if (!isValid) hook?.(value, this)
    return isValid
  }

  _read(tap: Tap): number {
    const { buf } = tap
    const start = tap.pos
    const first = buf[tap.pos++] ?? 0
    let magnitude = (first & 0x7f) >> 1
    let scale = 64
    for (let byte = first; byte >= 0x80; scale *= 128) {
      byte = buf[tap.pos++] ?? 0
      magnitude += (byte & 0x7f) * scale
    }
    if (tap.pos - start > EXACT_BYTES) return nearest(buf.subarray(start, tap.pos))
    return first & 1 ? -magnitude - 1 : magnitude
  }

  _write(tap: Tap, value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError('no safe integer')
    const { buf } = tap
    let rest = value < 0 ? -(value + 1) : value
    let byte = ((rest % 64) << 1) | (value < 0 ? 1 : 0)
    for (rest = Math.floor(rest / 64); rest > 0; rest = Math.floor(rest / 128)) {
      buf[tap.pos++] = byte | 0x80
      byte = rest % 128
    }
    buf[tap.pos++] = byte
  }
}

/** The number that is nearest to a long of many bytes. */
function nearest(bytes: Uint8Array): number {
  let zigzag = 0n
  for (const [at, byte] of bytes.entries()) zigzag |= BigInt(byte & 0x7f) << BigInt(7 * at)
  const magnitude = BigInt.asUintN(64, zigzag) >> SIGN
  return Number(zigzag & SIGN ? -magnitude - 1n : magnitude)
}

export const longType = new NumberLong()
