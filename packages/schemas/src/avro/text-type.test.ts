import avro from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textType } from './text-type.ts'

const plain = avro.Type.forSchema('string')

/** Most of them around the lengths at which the way of writing changes, and of few alphabets. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: fc.constantFrom('a', 'é', '付', '𠮷', '\ufffd', '\ud7ff', '\ue000'), maxLength: 80 }),
  fc.string({ unit: fc.constantFrom('a', '付'), minLength: 60, maxLength: 70 }),
  fc.string({ unit: 'grapheme', maxLength: 2_000 }),
)
/** With halves of surrogate pairs in it, some of which meet. */
const anyUnits = fc.array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff })), { maxLength: 80 })
const RUNS = { numRuns: 2_000 }

describe('a text', () => {
  it("is written as avsc's own type writes it, and read again", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = textType.toBuffer(text)
        expect(bytes.equals(plain.toBuffer(text))).toBe(true)
        expect(textType.fromBuffer(bytes)).toBe(text)
      }),
      RUNS,
    )
  })

  it('is written only where it is well-formed', () => {
    fc.assert(
      fc.property(anyUnits, (units) => {
        const text = String.fromCharCode(...units)
        expect(textType.isValid(text)).toBe(text.isWellFormed())
        if (text.isWellFormed()) expect(textType.fromBuffer(textType.toBuffer(text))).toBe(text)
        else expect(() => textType.toBuffer(text)).toThrow('half a surrogate pair')
      }),
      RUNS,
    )
  })

  it('is not written beyond the end of a buffer, and what stands around it is left alone', () => {
    fc.assert(
      fc.property(anyText, fc.nat(3), (text, before) => {
        const { length } = textType.toBuffer(text)
        expect(textType.encode(text, Buffer.alloc(length - 1))).toBe(-1)
        const around = Buffer.alloc(before + length + 300, 0xaa)
        expect(textType.encode(text, around, before)).toBe(before + length)
        expect(around.subarray(0, before).every((byte) => byte === 0xaa)).toBe(true)
        expect(textType.fromBuffer(around.subarray(before, before + length))).toBe(text)
      }),
    )
  })

  it.each([1, null, undefined, Buffer.from('a'), new String('a')])('is never %s', (value) => {
    expect(textType.isValid(value)).toBe(false)
    expect(() => textType.toBuffer(value)).toThrow()
  })
})
