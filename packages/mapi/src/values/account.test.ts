import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountFault, checkAccount, codePointOf, escapeAccount, isAccount, isEmailAccount } from './account.ts'

const UNSEEN = [
  ...'\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c',
  ...'\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u115f\u3164\ufe0f\u{e0101}\u2800',
  ...'\u00a0\u2007\u2009\u202f\u3000\u2028\u2029\u0000\t\n\r\u001b\u007f\u0085\ue000\uffff',
  '\ud800',
  '\udc00',
]

const GOOD = ['user@example.com', '13800138000', '852-61234567', '张三@例子.中国']

describe('an account', () => {
  it.each([
    'user@example.com',
    'User.Name@Example.COM',
    'a+b@example.com',
    "o'neil+pay@example.co.uk",
    'biz_932@alitest.com',
    'xinjie_xj@163.com',
    'gonglei1@handsome.com.cn',
    'testture0002@126.com',
    '13800138000@139.com',
    '123456@qq.com',
    'fail.RECEIVE_USER_NOT_EXIST@example.com',
    'twice.PAYROLL-2026-11:00050@example.com',
    'slow.30s.never@example.com',
    'user@xn--fiq228c.xn--fiqs8s',
    '张三@例子.中国',
    '常炜@example.com',
    'a@b.cn',
    `${'a'.repeat(93)}@abc.de`,
    '13000000000',
    '19999999999',
    '852-61234567',
    '+852-61234567',
    '+85261234567',
    '853-66123456',
    '886-912345678',
    '+1-2025550143',
    '44-7911123456',
    '+7-9161234567',
    '+971501234567',
    '853-61234567',
    'user@例子.公司',
    'user@example.xn--p1ai',
    `a@${'b'.repeat(63)}.com`,
  ])('is taken as %j', (account) => {
    expect(accountFault(account)).toBeUndefined()
    expect(isEmailAccount(account)).toBe(account.includes('@'))
  })

  it.each([
    ['', 'is empty'],
    ['\u202d13800138000\u202c', 'U+202D as character 1'],
    ['1.38E+10', 'rounded'],
    ['1.38001E10', 'rounded'],
    ['1,38E+10', 'rounded'],
    ['13800138000.0', '11 digits alone'],
    ['user＠example.com', 'U+FF20 as character 5, another form of @'],
    ['１３８00138000', 'U+FF11 as character 1, another form of 1'],
    ['ｕser@example.com', 'another form of u'],
    ["'13800138000", 'U+0027 as character 1, a quotation mark'],
    ["'user@example.com", 'a quotation mark'],
    ['’13800138000', 'U+2019'],
    ['"user@example.com"', 'a quotation mark'],
    ['138 0013 8000', 'U+0020 as character 4, a blank'],
    [' 13800138000', 'a blank'],
    ['user@example.com ', 'a blank'],
    ['user@example.com\n', "U+000A as character 17, which can't be seen"],
    ['user@example。com', 'U+3002'],
    ['user@example.com，', 'U+FF0C'],
    ['user@example.com;', 'domain'],
    ['user@example.com,b@example.com', 'more than one @'],
    ['us\u0435r@example.com', 'U+0435 as character 3'],
    ['usér@example.com', 'U+00E9'],
    ['user\u0301@example.com', 'U+0301'],
    ['user@@example.com', 'more than one @'],
    ['a@b@example.com', 'more than one @'],
    ['user@', 'nothing behind its @'],
    ['@example.com', 'nothing before its @'],
    ['user@example', 'domain without a dot'],
    ['user@localhost', 'domain without a dot'],
    ['user@.example.com', 'domain'],
    ['user@example.com.', 'domain'],
    ['user@example..com', 'domain'],
    ['user@-example.com', 'domain'],
    ['user@127.0.0.1', 'domain'],
    ['user@example.com1', 'domain'],
    ['user@example.13com', 'domain'],
    ['user@example.co-m', 'domain'],
    ['user@example.com中', 'domain'],
    [`a@${'b'.repeat(64)}.com`, 'domain'],
    ['.user@example.com', 'before its @'],
    ['user.@example.com', 'before its @'],
    ['us..er@example.com', 'before its @'],
    ['<user@example.com>', 'before its @'],
    ['mailto:user@example.com', 'mailto:'],
    ['+8613800138000', '11 digits alone'],
    ['8613800138000', '11 digits alone'],
    ['+86-13800138000', '11 digits alone'],
    ['86-138-0013-8000', '11 digits alone'],
    ['008613800138000', '11 digits alone'],
    ['138-0013-8000', '11 digits alone'],
    ['138.0013.8000', '11 digits alone'],
    ['+13800138000', '11 digits alone'],
    ['1380013800', 'of 10 digits'],
    ['138001380001', 'of 12 digits'],
    ['12800138000', 'of 11 digits'],
    ['61230000', 'of 8 digits'],
    ['2088002464631181', 'of 16 digits'],
    ['20880024646311810156', 'of 20 digits'],
    ['6222020200000001234', 'of 19 digits'],
    ['010-82345678', 'neither'],
    ['400-8207999', 'neither'],
    ['138-00138000', '11 digits alone'],
    ['852-6123-4567', 'neither'],
    ['852-13800138000', 'neither'],
    ['+85213800138000', 'neither'],
    ['853-6123456', 'neither'],
    ['1-3800138000', 'neither'],
    ['+1-3800138000', 'neither'],
    ['1-2021550143', 'neither'],
    ['never', 'neither'],
    ['张三', 'neither'],
    ['#N/A', 'neither'],
    ['0', 'of 1 digits'],
    [`${'a'.repeat(95)}@abc.de`, 'longer than 100'],
  ])('is not taken as %j, and the refusal says: %s', (account, words) => {
    expect(() => checkAccount(account, 'the account of a line', 'account')).toThrow(
      expect.objectContaining({
        code: 'MAPI_ACCOUNT_FORMAT',
        field: 'account',
        message: expect.stringContaining(words) as string,
      }),
    )
    // It stands in an event.
    if (account.length > 3) expect(accountFault(account)).not.toContain(account)
  })

  it('with anything in it that can not be seen is not taken, and the character is named', () => {
    fc.assert(
      fc.property(fc.constantFrom(...GOOD), fc.constantFrom(...UNSEEN), fc.nat(20), (good, unseen, place) => {
        const characters = [...good]
        const text = characters.toSpliced(Math.min(place, characters.length), 0, unseen).join('')
        const read = [...text].find((character) => !good.includes(character)) ?? unseen
        expect(accountFault(text)).toContain(codePointOf(read))
        expect(escapeAccount(text)).toContain(`\\u{${read.codePointAt(0)?.toString(16)}}`)
      }),
    )
  })

  it('that is taken is shown as it is, and is all there is to see', () => {
    const parts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom('@', '.', 'com', '138', '00138000', '+', '86', '852', '-', 'a', '张', ...UNSEEN),
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (list) => {
        const text = list.join('')
        if (!isAccount(text)) return
        expect(escapeAccount(text)).toBe(text)
        expect(text.normalize('NFKC')).toBe(text)
        expect(text).toMatch(/^[!-~\p{Script=Han}]{1,100}$/u)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is shown with letters that look like others by their code points', () => {
    expect(escapeAccount('us\u0435r＠example.com')).toBe('us\\u{435}r\\u{ff20}example.com')
    expect(escapeAccount('\u202d13800138000\u202c')).toBe('\\u{202d}13800138000\\u{202c}')
    expect(escapeAccount('常炜@example.com')).toBe('常炜@example.com')
  })

  it('of the usual forms is taken, whatever it is made of', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_+-]{1,12}$/)
    const label = fc.stringMatching(/^[a-z0-9]{1,10}$/)
    const email = fc
      .tuple(fc.array(word, { minLength: 1, maxLength: 3 }), fc.array(label, { minLength: 1, maxLength: 3 }))
      .map(([local, domain]) => `${local.join('.')}@${domain.join('.')}.com`)
    fc.assert(fc.property(fc.oneof(email, fc.stringMatching(/^1[3-9][0-9]{9}$/)), isAccount))
  })
})
