import { escapeUnprintable } from '@payout/mapi/text/printable-text'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, widthOf, wrapped } from './wrapped.ts'

describe('a text in lines', () => {
  it('is broken at blanks, and where a word is too long', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrapped('a 12345678 b', 5)).toEqual(['a', '12345', '678 b'])
    expect(wrapped('毛毛毛 ab', 6)).toEqual(['毛毛毛', 'ab'])
    expect(wrapped('a\nb', 40)).toEqual(['a\\u{a}b'])
    expect(wrapped('', 40)).toEqual([])
  })

  it('loses nothing but blanks, and is nowhere too wide', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 2, max: 60 }), (text, columns) => {
        const lines = wrapped(text, columns)
        expect(lines.join('').replaceAll(' ', '')).toBe(escapeUnprintable(text).replaceAll(' ', ''))
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
      }),
    )
  })

  it('is as wide as the terminal, from 40 to 120 columns; 80 where nobody knows', () => {
    expect(
      [{ columns: 97 }, { columns: 10 }, { columns: 300 }, { columns: 0 }].map((one) => columnsOf(one, {})),
    ).toEqual([97, 40, 120, 80])
    expect(columnsOf({}, { COLUMNS: '101' })).toBe(101)
  })
})
