import { TextDecoder } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Charset, canHold, charset, charsetNamed, charsetOfContentType, decodeStrict, encode } from './charset.ts'

/** Every character of the Basic Multilingual Plane but surrogates. */
const BMP = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).filter((text) =>
  text.isWellFormed(),
)

/** The double-byte cells that Python 3's `gb2312` codec can decode: 7,445, as runs within one row. */
const GB2312_RUNS: readonly (readonly [first: number, last: number])[] = [
  [0xa1a1, 0xa1fe],
  [0xa2b1, 0xa2e2],
  [0xa2e5, 0xa2ee],
  [0xa2f1, 0xa2fc],
  [0xa3a1, 0xa3fe],
  [0xa4a1, 0xa4f3],
  [0xa5a1, 0xa5f6],
  [0xa6a1, 0xa6b8],
  [0xa6c1, 0xa6d8],
  [0xa7a1, 0xa7c1],
  [0xa7d1, 0xa7f1],
  [0xa8a1, 0xa8ba],
  [0xa8c5, 0xa8e9],
  [0xa9a4, 0xa9ef],
  ...Array.from(
    { length: 0xd6 - 0xb0 + 1 },
    (_, row) => [((0xb0 + row) << 8) | 0xa1, ((0xb0 + row) << 8) | 0xfe] as const,
  ),
  [0xd7a1, 0xd7f9],
  ...Array.from(
    { length: 0xf7 - 0xd8 + 1 },
    (_, row) => [((0xd8 + row) << 8) | 0xa1, ((0xd8 + row) << 8) | 0xfe] as const,
  ),
]

/** The two-byte codes that a character set of ours can write. */
function codesOf(charset: Charset): number[] {
  return BMP.filter((text) => text > '\u007f' && canHold(text, charset))
    .map((text) => encode(text, charset).readUInt16BE(0))
    .sort((left, right) => left - right)
}

const heldBy = (charset: Charset) =>
  fc
    .array(fc.constantFrom(...BMP.filter((text) => canHold(text, charset))), { maxLength: 200 })
    .map((list) => list.join(''))

describe('charset', () => {
  it('MAPI-6: gb2312 is the repertoire of GB2312-1980, cell by cell', () => {
    const cells = GB2312_RUNS.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, cell) => first + cell),
    )
    expect(cells).toHaveLength(7445)
    expect(codesOf('gb2312')).toEqual(cells)
  })

  it('MAPI-6: gbk holds 21,791 characters beyond ASCII, as the gbk codec of Python does', () => {
    const codes = codesOf('gbk')
    expect(codes).toHaveLength(21_791)
    expect(new Set(codes).size).toBe(21_791)
  })

  it('MAPI-6: what gbk and gb2312 write, ICU reads as GB18030 and as GBK to the same text', () => {
    for (const charset of ['gbk', 'gb2312'] as const) {
      const all = BMP.filter((text) => canHold(text, charset)).join('')
      const bytes = encode(all, charset)
      expect(new TextDecoder('gb18030', { fatal: true, ignoreBOM: true }).decode(bytes) === all).toBe(true)
      expect(new TextDecoder('gbk', { fatal: true, ignoreBOM: true }).decode(bytes) === all).toBe(true)
    }
  })

  it('MAPI-6: utf-8 is what ICU reads as UTF-8', () => {
    fc.assert(
      fc.property(
        fc.uint16Array({ maxLength: 60 }).map((units) => String.fromCharCode(...units)),
        (text) => {
          if (!text.isWellFormed()) return !canHold(text, 'utf-8')
          return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(encode(text, 'utf-8')) === text
        },
      ),
    )
  })

  it('MAPI-6: known bytes', () => {
    expect(encode('毛毛', 'gbk').toString('hex')).toBe('c3abc3ab') // batch_trans_notify_no_pwd 1.3 §4.3
    expect(encode('毛毛', 'gb2312').toString('hex')).toBe('c3abc3ab')
    expect(encode('常炜买家', 'utf-8').toString('hex')).toBe('e5b8b8e7829ce4b9b0e5aeb6')
    expect(encode('阿迪力·买买提', 'gb2312').toString('hex')).toBe('b0a2b5cfc1a6a1a4c2f2c2f2ccE1'.toLowerCase())
  })

  it('MAPI-6: every text comes back from its bytes', () => {
    for (const charset of ['utf-8', 'gbk', 'gb2312'] as const) {
      fc.assert(fc.property(heldBy(charset), (text) => decodeStrict(encode(text, charset), charset) === text))
    }
  })

  it.each([
    ['gb2312', '王喆', 'U+5586', 2],
    ['gb2312', '朱镕基', 'U+9555', 2],
    ['gb2312', 'ⅰ', 'U+2170', 1],
    ['gbk', 'a€', 'U+20AC', 2],
    ['gbk', 'ḿ', 'U+1E3F', 1],
    ['gbk', 'ǹ', 'U+01F9', 1],
    ['gbk', '\ue5e5', 'U+E5E5', 1],
    ['gbk', '李😀', 'U+1F600', 2],
    ['gbk', '😀', 'U+1F600', 1],
    ['gbk', '\ud83d', 'U+D83D', 1],
    ['utf-8', '李\ud83d', 'U+D83D', 2],
    ['utf-8', '😀\ude00', 'U+DE00', 2],
    ['gbk', '\ufffd', 'U+FFFD', 1],
  ] as const)('MAPI-6: %s refuses %j and names %s at %d', (charset, text, codePoint, place) => {
    expect(canHold(text, charset)).toBe(false)
    expect(() => encode(text, charset)).toThrow(
      expect.objectContaining({
        code: 'MAPI_CHARSET_CANNOT_HOLD',
        message: expect.stringContaining(`${codePoint} (character ${place})`) as string,
      }),
    )
  })

  it('MAPI-6: canHold says what encode does, and nothing becomes a question mark', () => {
    const texts = fc.string({ unit: fc.constantFrom('毛', '镕', '€', '😀', 'a', '?', '\ud800', '·') })
    fc.assert(
      fc.property(texts, fc.constantFrom('utf-8', 'gbk', 'gb2312'), (text, charset) => {
        let bytes: Buffer | undefined
        try {
          bytes = encode(text, charset)
        } catch {
          return !canHold(text, charset)
        }
        return canHold(text, charset) && decodeStrict(bytes, charset) === text
      }),
    )
  })

  it.each([
    ['utf-8', 'c328'],
    ['utf-8', 'c1aacda8'],
    ['utf-8', 'eda080'],
    ['utf-8', 'e6af'],
    ['gbk', 'c3'],
    ['gbk', 'c3abc3'],
    ['gbk', '80'],
    ['gbk', 'ff'],
    ['gbk', 'c320'],
    ['gbk', 'a2e3'],
    ['gbk', 'a140'],
    ['gb2312', 'e946'],
    ['gb2312', '8140'],
    ['gb18030', 'ff'],
    ['gb18030', 'c3'],
    ['gb18030', '8130'],
  ] as const)('decodes nothing that is not valid: %s %s', (charset, hex) => {
    expect(() => decodeStrict(Buffer.from(hex, 'hex'), charset)).toThrow(
      expect.objectContaining({ code: 'MAPI_CHARSET_BYTES' }),
    )
  })

  it('a decoded text has exactly its bytes, a byte order mark too', () => {
    for (const charset of ['utf-8', 'gbk', 'gb2312'] as const) {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
          try {
            return encode(decodeStrict(Buffer.from(bytes), charset), charset).equals(bytes)
          } catch {
            return true
          }
        }),
        { numRuns: 2000 },
      )
    }
    expect(decodeStrict(Buffer.from('efbbbf61', 'hex'), 'utf-8')).toBe('\ufeffa')
    expect(decodeStrict(Buffer.from('84319533', 'hex'), 'gb18030')).toBe('\ufeff')
    expect(decodeStrict(Buffer.from('a2e39439fc36', 'hex'), 'gb18030')).toBe('€😀')
  })

  it('MAPI-6: takes the three names as they stand at the wire, and no other', () => {
    expect(['utf-8', 'gbk', 'gb2312'].map(charset)).toEqual(['utf-8', 'gbk', 'gb2312'])
    for (const name of ['UTF-8', 'utf8', 'GBK', 'gb18030', 'latin1', '']) {
      expect(() => charset(name)).toThrow(expect.objectContaining({ code: 'MAPI_CHARSET_UNKNOWN' }))
    }
  })

  it('knows the names that others write', () => {
    expect(['UTF-8', ' utf8 ', 'GBK', 'GB2312', 'gb18030', 'cp936', 'iso-8859-1', ''].map(charsetNamed)).toEqual([
      'utf-8',
      'utf-8',
      'gbk',
      'gb2312',
      'gb18030',
      'gbk',
      undefined,
      undefined,
    ])
  })

  it.each([
    ['application/x-www-form-urlencoded; text/html; charset=UTF-8', 'utf-8'],
    ['application/x-www-form-urlencoded;charset=gbk', 'gbk'],
    ['text/html; Charset = "GB2312"', 'gb2312'],
    ['charset=nonsense; charset=GBK', 'gbk'],
    ['application/x-www-form-urlencoded', undefined],
    ['garbage', undefined],
    [undefined, undefined],
  ] as const)('finds the character set in the content type %j', (contentType, expected) => {
    expect(charsetOfContentType(contentType)).toBe(expected)
  })
})
