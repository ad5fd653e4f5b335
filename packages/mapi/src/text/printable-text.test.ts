import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeUnprintable, hasUnprintable, printableExcerpt, printableJson } from './printable-text.ts'

/** What a terminal obeys or a person can't see: one of each kind. */
const UNSEEN = [
  ['\u0000', 'NUL'],
  ['\u0007', 'the bell'],
  ['\b', 'backspace'],
  ['\t', 'a tab'],
  ['\n', 'a line break'],
  ['\r', 'back to the start of the line'],
  ['\u001b', 'ESC, which begins what a terminal obeys'],
  ['\u007f', 'DEL'],
  ['\u0085', 'next line'],
  ['\u009b', 'ESC [ as one character'],
  ['\u009d', 'ESC ] as one character'],
  ['\u00a0', 'a blank that is not the plain one'],
  ['\u00ad', 'a soft hyphen'],
  ['\u034f', 'a joiner of marks'],
  ['\u061c', 'a mark of direction'],
  ['\u115f', 'a filler'],
  ['\u200b', 'no width'],
  ['\u200e', 'left to right'],
  ['\u2028', 'a line separator'],
  ['\u202e', 'right to left from here'],
  ['\u2066', 'an isolate'],
  ['\u2800', 'a pattern of Braille without dots'],
  ['\u3000', 'a wide blank'],
  ['\u3164', 'another filler'],
  ['\ufe0f', 'a variation selector'],
  ['\ufeff', 'a byte order mark'],
  ['\ufff9', 'an annotation'],
  ['\ue000', 'private use'],
  ['\uffff', 'no character'],
  ['\ud800', 'half of a pair'],
  ['\u{e0001}', 'a language tag'],
  ['\u{1d173}', 'a mark of music'],
] as const

/** Written apart from what is tested: each code point by its number. */
const isHarmless = (text: string) =>
  [...text].every((character) => {
    const point = character.codePointAt(0) ?? 0
    const isControl = point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0xd800 && point < 0xe000)
    const isDirection = [0x61c, 0x200e, 0x200f, 0xfeff].includes(point) || (point >= 0x2028 && point <= 0x202e)
    return !isControl && !isDirection && !(point >= 0x2066 && point <= 0x2069)
  })

describe('a text from outside', () => {
  it.each(UNSEEN)('shows %j by its code point: %s', (character) => {
    const point = character.codePointAt(0)?.toString(16)
    expect(escapeUnprintable(`a${character}b`)).toBe(`a\\u{${point}}b`)
  })

  it.each([
    'shop/po-1',
    '欧阳娜娜 12.34 元',
    'Ünïcödé ½ €',
    '𠮷野家',
    '😀',
    '＠１３８',
    'C:\\logs',
    '\u05e9\u05dc\u05d5\u05dd',
  ])('leaves %j as it is', (text) => {
    expect(escapeUnprintable(text)).toBe(text)
  })

  it('can neither end a line nor rub one out', () => {
    expect(escapeUnprintable('po\u001b[2K\r03:20:31.123  succeeded   shop/po-1  12.34 yuan paid\n')).toBe(
      'po\\u{1b}[2K\\u{d}03:20:31.123  succeeded   shop/po-1  12.34 yuan paid\\u{a}',
    )
  })

  it('is harmless whatever it holds, and is not changed twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = escapeUnprintable(text)
        expect(isHarmless(shown)).toBe(true)
        expect(escapeUnprintable(shown)).toBe(shown)
      }),
    )
  })
})

describe('a line of JSON', () => {
  it.each(UNSEEN)('escapes %j: %s', (character) => {
    const json = printableJson({ id: `a${character}b` })
    expect(json).toMatch(/^[\u0020-\u007e]*$/)
    expect(JSON.parse(json)).toEqual({ id: `a${character}b` })
  })

  it('says what JSON.stringify says, and is harmless', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const json = printableJson({ value, [text]: text })
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, [text]: text })))
        expect(isHarmless(json)).toBe(true)
      }),
    )
  })
})

describe('a text as events show it', () => {
  it.each(['a\tb', 'a\r\nb', '\u0000', '\u0085', '\u2028', '\u202e毛\u202c', '\u200b', '\ufeff', '\ud842', 'a\u00a0b'])(
    '%j is odd, and shown by its code points',
    (text) => {
      expect(printableExcerpt(text, 500)).toBe(escapeUnprintable(text))
      expect(printableExcerpt(text, 500)).not.toBe(text)
      expect(hasUnprintable(text)).toBe(true)
    },
  )

  it('the wide blank stays, though no serial may have one', () => {
    expect(printableExcerpt('原因\u3000不明', 500)).toBe('原因\u3000不明')
    expect(hasUnprintable('a\u3000b')).toBe(true)
  })

  it.each(['', '毛毛', 'a b', '𠮷㐀', 'e\u0301', '"quoted", 100%'])('%j stays as it is', (text) => {
    expect(printableExcerpt(text, 500)).toBe(text)
    expect(hasUnprintable(text)).toBe(false)
  })

  it('what could not be read is odd, and seen', () => {
    expect(printableExcerpt('a\ufffd', 500)).toBe('a\ufffd')
    expect(hasUnprintable('a\ufffd')).toBe(true)
  })

  it('what is too long is cut at a character, and says so', () => {
    expect(printableExcerpt('a'.repeat(500), 500)).toBe('a'.repeat(500))
    expect(printableExcerpt('a'.repeat(501), 500)).toBe(`${'a'.repeat(500)}… (cut, 501 characters)`)
    expect(printableExcerpt('𠮷𠮷', 3)).toBe('𠮷… (cut, 4 characters)')
  })

  it('nothing unseen is left, whatever came', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, limit) => {
        const shown = printableExcerpt(text, limit)
        const seen = shown.replaceAll('\u3000', ' ')
        expect(escapeUnprintable(seen)).toBe(seen)
      }),
    )
  })
})
