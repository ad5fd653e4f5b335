import { crc32, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deflateRepeated } from './zip-writer.ts'

describe('deflateRepeated', () => {
  it('compresses a repeated text as zlib unpacks it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), fc.integer({ min: 1, max: 20 }), (bytes, times) => {
        const whole = Buffer.concat(Array<Buffer>(times).fill(Buffer.from(bytes)))
        const { deflated, size, crc } = deflateRepeated(Buffer.from(bytes), times)
        expect(inflateRawSync(deflated).equals(whole)).toBe(true)
        expect([size, crc]).toEqual([whole.length, crc32(whole)])
      }),
    )
  })
})
