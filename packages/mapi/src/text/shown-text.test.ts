import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printableText } from './printable-text.ts'
import { isOddText, shownText } from './shown-text.ts'

describe('a text as events show it', () => {
  it.each(['a\tb', 'a\r\nb', '\u0000', '\u0085', '\u2028', '\u202e毛\u202c', '\u200b', '\ufeff', '\ud842', 'a\u00a0b'])(
    '%j is odd, and shown by its code points',
    (text) => {
      expect(shownText(text, 500)).toBe(printableText(text))
      expect(shownText(text, 500)).not.toBe(text)
      expect(isOddText(text)).toBe(true)
    },
  )

  it('the wide blank stays, though no serial may have one', () => {
    expect(shownText('原因\u3000不明', 500)).toBe('原因\u3000不明')
    expect(isOddText('a\u3000b')).toBe(true)
  })

  it.each(['', '毛毛', 'a b', '𠮷㐀', 'e\u0301', '"quoted", 100%'])('%j stays as it is', (text) => {
    expect(shownText(text, 500)).toBe(text)
    expect(isOddText(text)).toBe(false)
  })

  it('what could not be read is odd, and seen', () => {
    expect(shownText('a\ufffd', 500)).toBe('a\ufffd')
    expect(isOddText('a\ufffd')).toBe(true)
  })

  it('what is too long is cut at a character, and says so', () => {
    expect(shownText('a'.repeat(500), 500)).toBe('a'.repeat(500))
    expect(shownText('a'.repeat(501), 500)).toBe(`${'a'.repeat(500)}… (cut, 501 characters)`)
    expect(shownText('𠮷𠮷', 3)).toBe('𠮷… (cut, 4 characters)')
  })

  it('nothing unseen is left, whatever came', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, limit) => {
        const shown = shownText(text, limit)
        const seen = shown.replaceAll('\u3000', ' ')
        expect(printableText(seen)).toBe(seen)
      }),
    )
  })
})
