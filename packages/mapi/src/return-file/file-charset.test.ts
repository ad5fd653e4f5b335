import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { type FileCharset, type FoundCharset, foundCharset, textOfFile } from './file-charset.ts'

const HEAD = 'id,to,name,amount\n'
const file = (name: string) => `${HEAD}po-1,ok@example.com,${name},1.00\n`
const bytesOf = (text: string, encoding: string, addBOM = false) => iconv.encode(text, encoding, { addBOM })
const read = (bytes: Buffer, stated?: FileCharset) => textOfFile(bytes, stated, 'say --encoding gbk')
/** Without one of the bytes beyond ASCII, by its place among them. */
const without = (bytes: Buffer, place: number) => {
  const at = bytes.findIndex((byte) => byte >= 0x80) + place
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
}
const refusal = (...words: readonly string[]) =>
  expect.objectContaining({
    code: 'MAPI_FILE_CHARSET',
    message: expect.stringMatching(new RegExp(words.map((word) => word.replace(/[()]/g, '\\$&')).join('.*'))) as string,
  })

describe('what the bytes of a file show', () => {
  it.each<[FoundCharset, string, Buffer]>([
    ['ascii', 'names in ASCII', bytesOf(file('Li Lei'), 'utf8')],
    ['ascii', 'nothing', Buffer.alloc(0)],
    ['utf-8', 'Chinese in UTF-8', bytesOf(file('张三'), 'utf8')],
    ['utf-8', 'a short name in UTF-8', bytesOf('毛', 'utf8')],
    ['utf-8', 'a byte order mark', bytesOf(file('Li Lei'), 'utf8', true)],
    ['utf-8', 'an accent beside letters', bytesOf(file('José'), 'utf8')],
    ['utf-8', 'Cyrillic', bytesOf(file('Иван Петров'), 'utf8')],
    ['utf-8', 'a character beyond 16 bits', bytesOf(file('𠮷野'), 'utf8')],
    ['gbk', 'Chinese in GBK', bytesOf(file('张三'), 'gbk')],
    ['gbk', 'what only GB18030 has', bytesOf(file('𠮷野'), 'gb18030')],
    ['gbk', 'one name that could be UTF-8 and one that could not', bytesOf(file('毛毛') + file('张三'), 'gbk')],
    ['either', 'a name of two characters in GBK', bytesOf(file('毛毛'), 'gbk')],
    ['either', 'a name of one character in GBK', bytesOf(file('一'), 'gbk')],
    ['utf-16le', 'a byte order mark', bytesOf(file('张三'), 'utf16le', true)],
    ['utf-16be', 'a byte order mark', bytesOf(file('张三'), 'utf-16be', true)],
    ['utf-16le', 'zero bytes', bytesOf(file('张三'), 'utf16le')],
    ['utf-16be', 'zero bytes', bytesOf(file('张三'), 'utf-16be')],
    ['utf-16le', 'zero bytes of ASCII', bytesOf(file('Li Lei'), 'utf16le')],
    ['utf-32', 'a byte order mark', bytesOf(file('张三'), 'utf32le', true)],
    ['utf-32', 'zero bytes', bytesOf(file('Li Lei'), 'utf32be')],
    ['workbook', 'a ZIP', Buffer.from('504b030414000600', 'hex')],
    ['workbook', 'a compound file', Buffer.from('d0cf11e0a1b11ae10000', 'hex')],
    ['binary', 'zero bytes anywhere', Buffer.from('a\0\0b,c\0')],
    ['unknown', 'bytes that neither has', Buffer.from('61ff0a', 'hex')],
    ['broken-utf-8', "UTF-8's mark before what is none", Buffer.from('efbbbf61ff0a', 'hex')],
    ['broken-utf-8', 'a byte that is missing, valid in GBK', without(bytesOf(file('张三丰'), 'utf8'), 1)],
    ['broken-utf-8', 'a byte that is missing, valid in neither', without(bytesOf(file('张三丰'), 'utf8'), 2)],
    ['broken-utf-8', 'a name that was cut', bytesOf(file('张三'), 'utf8', true).subarray(0, 46)],
    ['binary', 'one zero byte', bytesOf(`${file('张三')}\0`, 'utf8')],
  ])('%s by %s', (found, _what, bytes) => {
    expect(foundCharset(bytes)).toBe(found)
  })

  it('any text with a character from U+0800 on is found to be the UTF-8 that it is, and never read as GBK', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(...'张毛一李娜𠮷'), (text, character) => {
        fc.pre(!/[\0\ufeff\ufffd]/.test(text) && text.isWellFormed())
        const written = file(`${text}${character}`)
        expect(foundCharset(Buffer.from(written))).toBe('utf-8')
        expect(read(Buffer.from(written))).toBe(written)
        expect(() => read(Buffer.from(written), 'gbk')).toThrow(refusal('it is UTF-8, not GBK as was said'))
      }),
    )
  })

  it('whatever common names stand in GBK, they are never taken for UTF-8', () => {
    const common = fc
      .integer({ min: 0, max: 3754 })
      .map((place) => Buffer.from([0xb0 + Math.trunc(place / 94), 0xa1 + (place % 94)]))
    fc.assert(
      fc.property(fc.array(common, { minLength: 1, maxLength: 6 }), (characters) => {
        const bytes = Buffer.concat([Buffer.from(`${HEAD}po-1,ok@example.com,`), ...characters, Buffer.from(',1.00\n')])
        expect(['gbk', 'either']).toContain(foundCharset(bytes))
        expect(read(bytes, 'gbk')).toBe(iconv.decode(bytes, 'gb18030'))
      }),
      { numRuns: 1_000 },
    )
  })

  it('bytes of any kind are read or refused by name', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(undefined, 'utf-8', 'gbk'), (bytes, stated) => {
        try {
          expect(read(Buffer.from(bytes), stated)).toEqual(expect.any(String))
        } catch (error) {
          expect(error).toEqual(refusal('^it '))
        }
      }),
    )
  })
})

describe('the text of a file', () => {
  it.each<[FileCharset | undefined, string]>([
    [undefined, 'utf8'],
    ['utf-8', 'utf8'],
    ['gbk', 'gbk'],
    ['gbk', 'gb18030'],
  ])('stated as %s and written in %s is read', (stated, encoding) => {
    expect(read(bytesOf(file('张三'), encoding), stated)).toBe(file('张三'))
  })

  it.each([undefined, 'utf-8', 'gbk'] as const)('that is ASCII alone is read whatever is stated: %s', (stated) => {
    expect(read(Buffer.from(file('Li Lei')), stated)).toBe(file('Li Lei'))
  })

  it.each([undefined, 'utf-8'] as const)('has no byte order mark in it, stated as %s', (stated) => {
    expect(read(bytesOf(file('张三'), 'utf8', true), stated)).toBe(file('张三'))
  })

  it('that could be either is read as it is stated, and refused where nothing is', () => {
    const bytes = bytesOf(file('毛毛'), 'gbk')
    expect(read(bytes, 'gbk')).toBe(file('毛毛'))
    expect(read(bytes, 'utf-8')).toBe(file('ëë'))
    expect(() => read(bytes)).toThrow(refusal('valid in UTF-8 and in GBK', '--encoding gbk, or utf-8'))
    // A file that must be UTF-8.
    expect(textOfFile(bytes, undefined, undefined)).toBe(file('ëë'))
  })

  it.each<[string, FileCharset | undefined, Buffer, readonly string[]]>([
    ['UTF-8 as GBK', 'gbk', bytesOf(file('张三'), 'utf8'), ['it is UTF-8, not GBK as was said', 'Say nothing']],
    ['UTF-8 with its mark as GBK', 'gbk', bytesOf(file('Li Lei'), 'utf8', true), ['it is UTF-8, not GBK']],
    [
      'GBK as UTF-8',
      'utf-8',
      bytesOf(file('张三'), 'gbk'),
      ['it is GBK', 'not UTF-8 as was said', 'say --encoding gbk'],
    ],
    [
      'GBK as nothing',
      undefined,
      bytesOf(file('张三'), 'gbk'),
      ['it is GBK (or GB18030): say --encoding gbk', 'UTF-8'],
    ],
    ['UTF-16 as nothing', undefined, bytesOf(file('张三'), 'utf16le', true), ['it is UTF-16', ': save it as UTF-8']],
    [
      'UTF-16 as GBK',
      'gbk',
      bytesOf(file('张三'), 'utf16le'),
      ['it is UTF-16', 'not GBK as was said: save it as UTF-8'],
    ],
    ['UTF-16 as UTF-8', 'utf-8', bytesOf(file('张三'), 'utf-16be'), ['it is UTF-16 (big', 'save it as UTF-8']],
    ['a workbook', undefined, Buffer.from('504b0304', 'hex'), ['an Excel workbook: save it as UTF-8']],
    [
      'UTF-8 with a byte missing, as GBK',
      'gbk',
      without(bytesOf(file('张三') + file('李四'), 'utf8'), 2),
      ['it is UTF-8 with bytes that are broken, not GBK as was said: make it anew'],
    ],
    ['neither', undefined, Buffer.from('61ff', 'hex'), ['valid neither in UTF-8 nor in GBK: save it as UTF-8']],
    ['lost characters', undefined, bytesOf(file('\ufffd\ufffd'), 'utf8'), ['U\\+FFFD', 'make it anew']],
  ])('that is %s is refused by what it is', (_what, stated, bytes, words) => {
    expect(() => read(bytes, stated)).toThrow(refusal(...words))
    expect(() => read(bytes, stated)).toThrow(/^[^张]*$/)
  })

  it('that must be UTF-8 and is GBK is refused without another way to say so', () => {
    expect(() => textOfFile(bytesOf(file('张三'), 'gbk'), undefined, undefined)).toThrow(
      refusal('it is GBK (or GB18030): save it as UTF-8'),
    )
  })
})
