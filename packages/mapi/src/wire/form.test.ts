import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WireParameter } from './base-string.ts'
import { formatForm, parseForm } from './form.ts'

const names = fc.stringMatching(/^[!-%'-<>-~]{1,10}$/)
const forms = fc
  .uniqueArray(fc.tuple(names, fc.uint8Array({ maxLength: 30 }).map(Buffer.from)), { selector: ([name]) => name })
  .map((list): WireParameter[] => list)
const parse = (text: string) => parseForm(Buffer.from(text, 'latin1'))
const parseToTexts = (text: string) => parse(text).map(([name, value]) => [name, value.toString('latin1')])

describe('form', () => {
  it('MAPI-5: what is written is read again, byte by byte, in the same order', () => {
    fc.assert(
      fc.property(forms, (form) => {
        expect(parseForm(Buffer.from(formatForm(form)))).toEqual(form)
      }),
    )
  })

  it('MAPI-5: UTF-8 forms are written as URLSearchParams writes them, and read from what it writes', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(names, fc.string({ unit: 'grapheme' })), { selector: ([name]) => name }),
        (texts) => {
          const form = texts.map(([name, value]) => [name, Buffer.from(value)] as const)
          const other = new URLSearchParams(
            texts.map(([name, value]): [string, string] => [name, Buffer.from(value).toString()]),
          ).toString()
          expect(formatForm(form)).toBe(other)
          expect(parseForm(Buffer.from(other))).toEqual(form)
        },
      ),
    )
  })

  it('MAPI-5: encodes as known: ^ @ blank : / and GBK bytes', () => {
    expect(formatForm([['d', Buffer.from('1^a@b.c^ :/')]])).toBe('d=1%5Ea%40b.c%5E+%3A%2F')
    expect(formatForm([['account_name', Buffer.from('c3abc3ab', 'hex')]])).toBe('account_name=%C3%AB%C3%AB') // batch_trans_notify_no_pwd 1.3 §4.3
    expect(
      formatForm([
        ['a', Buffer.alloc(0)],
        ['b', Buffer.from('~*-._')],
      ]),
    ).toBe('a=&b=%7E*-._')
  })

  it('decodes exactly once', () => {
    expect(parseToTexts('a=%2540&b=%252F%2B+%2b')).toEqual([
      ['a', '%40'],
      ['b', '%2F+ +'],
    ])
  })

  it('trims nothing, and leaves a byte order mark where it is', () => {
    expect(parseToTexts('a=+x+%0D%0A&b=%EF%BB%BF1')).toEqual([
      ['a', ' x \r\n'],
      ['b', '\xef\xbb\xbf1'],
    ])
    expect(() => parse('\xef\xbb\xbfa=1')).toThrow(expect.objectContaining({ code: 'MAPI_FORM_NAME' }))
  })

  it('passes over empty segments, and takes a missing = as an empty value', () => {
    expect(parseToTexts('&&a=1&&b&c=&d=x=y&')).toEqual([
      ['a', '1'],
      ['b', ''],
      ['c', ''],
      ['d', 'x=y'],
    ])
    expect(parse('')).toEqual([])
    expect(parse('&&&')).toEqual([])
  })

  it('takes bytes that the sender left unencoded', () => {
    expect(parseToTexts('a=\xc3\xab^|')).toEqual([['a', '\xc3\xab^|']])
  })

  it.each(['a=%', 'a=%4', 'a=%zz', 'a=%4g', 'a=%%20', '%=1', 'a=%4&b=1', 'a=%4\u00b5'])(
    'refuses the percent sign of %j',
    (text) => {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'MAPI_FORM_PERCENT' }))
    },
  )

  it.each(['=1', 'a%3Db=1', 'a%26b=1', 'a+b=1', 'a%00=1', '%C3%AB=1', '{"a": 1}', '<html> </html>'])(
    'refuses the name of %j',
    (text) => {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'MAPI_FORM_NAME' }))
    },
  )

  it.each(['a=1&a=2', 'a=1&b=2&a', 'a=1&%61=2', 'a&a'])('refuses %j, which names a parameter twice', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'MAPI_FORM_DUPLICATE_NAME', field: 'a' }))
  })

  it('refuses more fields or bytes than allowed, and takes as many as allowed', () => {
    const limits = { maxFields: 3, maxBytes: 12 }
    expect(parseForm(Buffer.from('a=1&b=1&c=1'), limits)).toHaveLength(3)
    expect(() => parseForm(Buffer.from('a=1&b=1&c&d'), limits)).toThrow(
      expect.objectContaining({ code: 'MAPI_FORM_TOO_MANY_FIELDS' }),
    )
    expect(() => parseForm(Buffer.from('a=1234567890x'), limits)).toThrow(
      expect.objectContaining({ code: 'MAPI_FORM_TOO_LARGE' }),
    )
  })

  it('reads any bytes, or refuses them by name', () => {
    const pieces = fc.constantFrom('a', 'b', '=', '&', '%', '%4', '%41', '+', ' ', '\xc3', '\x00', '%26')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (list) => {
        try {
          parse(list.join(''))
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^MAPI_FORM_/) as string })
        }
      }),
    )
  })
})
