import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReadableCharset } from '../../wire/charset.ts'
import { formatNotifyDetails } from './format-notify-details.ts'
import { bytes, FAIL, fail, lines, SUCCESS, serials, success, texts } from './notify-lines.ts'

const SECOND = SUCCESS.replace('0315001', '0315002')
const invalid = (charset: ReadableCharset) => Buffer.from(charset === 'utf-8' ? 'e9be' : 'ff', 'hex')

describe('what decides nothing in the lines of a notify', () => {
  const TEXTS = [
    ['a tab', 'a\tb'],
    ['a line break', '星\n辰\r\n公司'],
    ['NUL', 'a\u0000b'],
    ['U+0085 and U+2028', 'a\u0085b\u2028c'],
    ['a mark of direction', '\u202e星辰'],
    ['a character that can not be seen', 'a\u200bb\ufeff'],
    ['a caret', '星^辰'],
    ['carets alone', '^^^'],
    ['an amount', '星^20.00'],
    ['nothing', ''],
    ['blanks', '  '],
    ['5,000 characters', '星'.repeat(5000)],
    ['a rare character', '𠮷'],
  ] as const

  it.each(TEXTS)('BTN-11: %s in a name is kept as it is: nothing that decides is missing', (_, name) => {
    for (const [line, read] of [
      [SUCCESS.replace('龚本林', name), success],
      [FAIL.replace('星辰公司1', name), fail],
    ] as const) {
      expect(read(`${line}|`)).toMatchObject([{ ok: true, line: { name, amount: 2000 } }])
    }
  })

  it.each(TEXTS)('BTN-11: %s in a failure’s reason is kept as it is', (_, reason) => {
    const line = FAIL.replace('TXN_RESULT_TRANSFER_OUT_CAN_NOT_EQUAL_IN', reason)
    expect(fail(`${line}|${FAIL}|`)).toMatchObject([
      { ok: true, line: { serial: '0315006', amount: 2000, result: 'F', reason: reason === '' ? null : reason } },
      { ok: true },
    ])
    expect(success(`${SUCCESS.replace('null', reason)}|`)).toMatchObject([{ ok: true, line: { result: 'S' } }])
  })

  it.each(['', '0', '2008 1024', '—', 'x'.repeat(65)])(
    'BTN-11: a failure needs no number of a payment, so %j sets no line aside',
    (alipaySerial) => {
      const line = FAIL.replace('200810248427065', alipaySerial)
      expect(fail(`${line}|`)).toMatchObject([{ ok: true, line: { result: 'F', alipaySerial } }])
    },
  )

  it.each([
    ['two bars at the end', `${SUCCESS}||`],
    ['many bars at the end', `${SUCCESS}||||||`],
    ['a bar in front', `|${SUCCESS}|`],
    ['bars in front', `|||${SUCCESS}`],
    ['blanks between bars', `${SUCCESS}| |\t|\r\n|\u3000|`],
    ['line breaks around', `\r\n${SUCCESS}\r\n|\n`],
    ['blanks around', ` ${SUCCESS} |`],
    ['a byte order mark', `\ufeff${SUCCESS}|`],
    ['a byte order mark and a bar', `\ufeff|${SUCCESS}|\ufeff|`],
    ['a caret at the end', `${SUCCESS}^|`],
    ['carets at the end', `${SUCCESS}^^^`],
  ])('BTN-11: %s of the details makes no line', (_, text) => {
    expect(success(text)).toEqual(success(SUCCESS))
    expect(success(text)).toMatchObject([{ ok: true }])
  })

  it.each(['|', '||', ' ', '| |', '\r\n', '\ufeff', '\ufeff|\ufeff', '\u3000|'])(
    'BTN-11: details of %j alone have no line',
    (text) => {
      expect(success(text)).toEqual([])
      expect(fail(text)).toEqual([])
    },
  )

  it('BTN-11: bars and blanks between, before and behind the lines change none of them', () => {
    const nothing = fc.array(fc.constantFrom('|', ' ', '\t', '\r\n'), { maxLength: 5 }).map((list) => list.join(''))
    fc.assert(
      fc.property(lines, fc.array(nothing, { minLength: 4, maxLength: 4 }), (list, [a, b, c, d]) => {
        const { successDetails, failDetails } = formatNotifyDetails(list)
        const wide = (text: string) => `${a}${text.replaceAll('|', `${b}|${c}`)}${d}`
        expect(texts({ successDetails: wide(successDetails), failDetails: wide(failDetails) })).toEqual(
          texts({ successDetails, failDetails }),
        )
      }),
    )
  })

  it.each(['utf-8', 'gbk', 'gb2312', 'gb18030'] as const)(
    'BTN-11: bytes of a name or a reason that are not valid %s are shown as such, and the line is read',
    (charset) => {
      const damaged = (line: string) => {
        const at = line.indexOf('龚') + 1
        return bytes(charset, `${SECOND}|${line.slice(0, at)}`, invalid(charset), `^${line.slice(at + 1)}|${SECOND}`)
      }
      const byName = damaged(SUCCESS.replace('龚本林', '龚?'))
      expect(serials(byName)).toEqual(['0315002', '0315001', '0315002'])
      expect(byName[1]).toMatchObject({ line: { name: expect.stringMatching(/^龚\ufffd/), amount: 2000 } })
      expect(serials(damaged(SUCCESS.replace('null', '龚?')))).toEqual(['0315002', '0315001', '0315002'])
    },
  )
})
