import avro from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { longType } from './long-type.ts'

/** avsc's own packing of 64 bits, all of them. */
const bits: avro.Type = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => Number(a - b),
})

/** As many of 64 bits as of few, and those around each power of two. */
const anyLong = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.tuple(fc.nat(62), fc.integer({ min: -3, max: 2 }), fc.boolean()).map(([power, more, isNegative]) => {
    const value = 2n ** BigInt(power) + BigInt(more)
    return isNegative ? -value : value
  }),
  fc.maxSafeInteger().map(BigInt),
)
const RUNS = { numRuns: 3_000 }

describe('a long', () => {
  it('is read as the number that is nearest to what avsc packed', () => {
    fc.assert(
      fc.property(anyLong, (value) => {
        expect(longType.fromBuffer(bits.toBuffer(value))).toBe(Number(value))
      }),
      RUNS,
    )
  })

  it('is written as avsc packs it where it is a safe integer, and not written elsewhere', () => {
    fc.assert(
      fc.property(anyLong, (value) => {
        const number = Number(value)
        expect(longType.isValid(number)).toBe(Number.isSafeInteger(number))
        if (Number.isSafeInteger(number)) expect(longType.toBuffer(number)).toEqual(bits.toBuffer(value))
        else expect(() => longType.toBuffer(number)).toThrow('no safe integer')
      }),
      RUNS,
    )
  })

  it('is read with bytes that add nothing, too', () => {
    fc.assert(
      fc.property(anyLong, fc.nat(9), (value, zeros) => {
        const packed = bits.toBuffer(value)
        const more = Math.min(zeros, 10 - packed.length)
        if (more === 0) return
        const padded = Buffer.concat([packed, Buffer.alloc(more)])
        for (let at = packed.length - 1; at < padded.length - 1; at++) padded.writeUInt8((padded[at] ?? 0) | 0x80, at)
        expect(bits.fromBuffer(padded)).toBe(value)
        expect(longType.fromBuffer(padded)).toBe(Number(value))
      }),
    )
  })

  it('is not read where it is cut off, and not written beyond the end of a buffer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = longType.toBuffer(value)
        expect(() => longType.fromBuffer(bytes.subarray(0, -1))).toThrow()
        const short = Buffer.alloc(bytes.length - 1)
        expect(longType.encode(value, short)).toBe(-1)
        expect(longType.encode(value, Buffer.alloc(bytes.length))).toBe(bytes.length)
      }),
    )
  })

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, '1', 1n, null, undefined])('is never %s', (value) => {
    expect(longType.isValid(value)).toBe(false)
    expect(() => longType.toBuffer(value)).toThrow()
  })

  it('may be one of two choices', () => {
    const type = avro.Type.forSchema(['null', 'long'], {
      typeHook: (schema) => (schema === 'long' ? longType : undefined),
    })
    expect(type.toBuffer(null).toString('hex')).toBe('00')
    expect(type.toBuffer(-64).toString('hex')).toBe('027f')
    expect(type.fromBuffer(Buffer.from('02feffffffffffffff7f', 'hex'))).toBe(2 ** 62)
    expect(type.isValid(2 ** 53)).toBe(false)
    expect(() => type.toBuffer(2 ** 53)).toThrow()
  })
})
