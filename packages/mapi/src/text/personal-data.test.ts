import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactPersonalData, serialUnlessPersonal } from './personal-data.ts'

describe('a text without what is personal', () => {
  it.each([
    ['收款人欧阳娜娜不存在', ['欧阳娜娜'], '收款人…不存在'],
    ['户名不符: 张三丰, 应为张三', ['张三', '张三丰'], '户名不符: …, 应为…'],
    ['Ann Lee is unknown at Annex', ['ann lee', 'Ann'], '… is unknown at Annex'],
    ['LI WEI', ['Li Wei'], '…'],
    ['PAYEE@EXAMPLE.COM not found', ['payee@example.com'], '… not found'],
    ['ask other@example.com', [], 'ask …@example.com'],
    ['账户（王五@example.com）冻结', [], '账户（…@example.com）冻结'],
    ['full width ok＠example.com', [], 'full width …＠example.com'],
    ['call 13912345678', [], 'call …'],
    ['call +86 139-1234-5678 now', [], 'call … now'],
    ['card 6222021234567890123 wrong', [], 'card … wrong'],
    ['card 6222 0212 3456 7890 wrong', [], 'card … wrong'],
    ['id 11010519491231002X', [], 'id …'],
    ['partner 2088101568338364', [], 'partner 2088…'],
    ['a+b (c) [d]', ['a+b', '(c)', '[d]'], '… … …'],
    ['  blank name ', ['  ', ''], '  blank name '],
    ['王者归来', ['王'], '王者归来'],
  ])('%s', (text, known, left) => {
    expect(redactPersonalData(text, known)).toBe(left)
  })

  it.each([
    'RECEIVE_USER_NOT_EXIST',
    'ACCOUN_NAME_NOT_MATCH',
    '账户名有误',
    '金额 1234.56 元',
    '2026-11-21 12:00:00',
    'ERR40012',
    'batch 20261121001',
  ])('leaves %s as it is, whatever a payee is called', (text) => {
    expect(redactPersonalData(text, ['IS', 'EX', 'Al'])).toBe(text)
  })

  it('holds nothing that is known, and is not changed twice', () => {
    const han = fc.string({ unit: fc.constantFrom(...'欧阳娜张三李四王五'), minLength: 2, maxLength: 4 })
    const account = fc
      .tuple(fc.stringMatching(/^[a-z0-9.]{1,12}$/), fc.constantFrom('example.com', 'x.cn'))
      .map((parts) => parts.join('@'))
    fc.assert(
      fc.property(fc.string(), han, account, fc.string(), (before, name, address, after) => {
        const left = redactPersonalData(`${before} ${name}，${address} ${after}`, [name, address])
        expect(left).not.toContain(name)
        expect(left).not.toContain(address)
        expect(redactPersonalData(left, [name, address])).toBe(left)
      }),
    )
  })

  it('takes time in proportion to the length', () => {
    for (const text of [
      '1'.repeat(100_000),
      '@'.repeat(100_000),
      'a'.repeat(100_000),
      '1 2'.repeat(50_000),
      '2088'.repeat(25_000),
    ])
      expect(redactPersonalData(text, ['aa']).length).toBeGreaterThan(0)
  })
})

it.each([
  ['p1', 'p1'],
  ['20081024143652', '20081024143652'],
  ['stray.1_a:b-c', 'stray.1_a:b-c'],
  ['ok@example.com', null],
  ['张三', null],
  ['13912345678', null],
  ['8613912345678', null],
  ['2088101568338364', null],
  ['a b', null],
  ['\u001b[2K', null],
  ['', null],
])('a serial %j is shown as %j', (serial, shown) => {
  expect(serialUnlessPersonal(serial)).toBe(shown)
})
