import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isEmailAccount } from '../values/account.ts'
import { checkSigner, isMobileAccount } from './signer-account.ts'

const mobiles = fc.stringMatching(/^1[3-9][0-9]{9}$/)
const separators = fc.constantFrom('', ' ', '-', '.', '\u00a0', '\u2011', '\u2013', '\u3000', '\u202d', '\u200b')

describe('account of a signer', () => {
  it.each([
    '13800000000',
    '+8613800000000',
    '+86 138 0000 0000',
    '86-138-0000-0000',
    '(+86)138.0000.0000',
    '008613800000000',
    '１３８００００００００',
    '\u202d13800000000\u202c',
    '2088002007018916',
    '20880020070189160156',
    '0',
    '852-61234567',
  ])('SGN-4: %j is a mobile number', (account) => {
    expect(isMobileAccount(account)).toBe(true)
    expect(isEmailAccount(account)).toBe(false)
    expect(() => checkSigner(account, 'email')).toThrow(
      expect.objectContaining({
        code: 'MAPI_SIGNER_IS_MOBILE',
        field: 'email',
        message: expect.not.stringContaining(account) as string,
      }),
    )
  })

  it('SGN-4: a mobile number is one, however it is split and whichever digits write it', () => {
    const prefixes = fc.constantFrom('', '+86', '86', '0086')
    const wide = (text: string) => text.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
    fc.assert(
      fc.property(prefixes, mobiles, separators, separators, fc.boolean(), (prefix, number, first, second, isWide) => {
        const text = `${prefix}${first}${number.slice(0, 3)}${second}${number.slice(3)}`
        expect(isMobileAccount(isWide ? wide(text) : text)).toBe(true)
      }),
    )
  })

  it.each([
    'user@example.com',
    '13800000000@139.com',
    'a@b.cn',
    '张三@例子.中国',
    "o'neil+pay@example.co.uk",
    `${'a'.repeat(95)}@b.cn`,
  ])('SGN-4: %j is an e-mail address', (account) => {
    expect(isEmailAccount(account)).toBe(true)
    expect(isMobileAccount(account)).toBe(false)
    expect(() => checkSigner(account, 'email')).not.toThrow()
  })

  it.each([
    '',
    '@',
    'user',
    'user@',
    '@example.com',
    'user@@example.com',
    'user@example@com',
    'us er@example.com',
    ' user@example.com',
    'user@example.com\n',
    'user@exam\tple.com',
    'user@example.com\u0000',
    'user\u200b@example.com',
    'user\u3000@example.com',
    'user\ufeff@example.com',
    'user@\ud800example.com',
    `${'a'.repeat(96)}@b.cn`,
    'user@example',
    'us\u0435r@example.com',
    'user\u3164@example.com',
    "'user@example.com",
    'user＠example.com',
    'user@example.com.',
  ])('SGN-4: %j is neither', (account) => {
    expect(isEmailAccount(account)).toBe(false)
    expect(isMobileAccount(account)).toBe(false)
  })

  it('SGN-4: no text is both, and what is taken holds one @ and nothing unseen', () => {
    const parts = fc.oneof(
      fc.string({ unit: 'binary' }),
      separators,
      fc.constantFrom('@', '1', '+86', 'a', '\n', '\u2028'),
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (list) => {
        const text = list.join('')
        if (!isEmailAccount(text)) return
        expect(isMobileAccount(text)).toBe(false)
        expect(text.split('@')).toHaveLength(2)
        expect(text.trim()).toBe(text)
        for (const character of text) expect(character).not.toMatch(/[\s\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u)
      }),
      { numRuns: 1000 },
    )
  })

  it('SGN-4: what is not given is not refused here', () => {
    expect(() => checkSigner(undefined, 'email')).not.toThrow()
  })
})
