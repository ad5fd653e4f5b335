import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../values/fen.ts'
import { type Charset, canHold, encode, type ReadableCharset } from '../wire/charset.ts'
import { type NotifyLine, notifyDetails } from './notify-details.ts'
import { formatNotifyDetails } from './testing/format-notify-details.ts'
import { bytes, FAIL, fail, lines, SUCCESS, serials, success, texts } from './testing/notify-lines.ts'

describe('lines of a notify', () => {
  it('BTN-11: reads the success line of batch_trans_notify_no_pwd 1.3 §6.2', () => {
    expect(success(`${SUCCESS}|`)).toEqual([
      {
        ok: true,
        line: {
          serial: '0315001',
          account: 'gonglei1@handsome.com.cn',
          name: '龚本林',
          amount: 2000,
          result: 'S',
          reason: null,
          alipaySerial: '200810248427067',
          completedAt: Date.parse('2008-10-24T14:36:52+08:00'),
        },
      },
    ])
  })

  it('BTN-11: reads the failure line of batch_trans_notify_no_pwd 1.3 §6.2', () => {
    expect(fail(FAIL)).toEqual([
      {
        ok: true,
        line: {
          serial: '0315006',
          account: 'xinjie_xj@163.com',
          name: '星辰公司1',
          amount: 2000,
          result: 'F',
          reason: 'TXN_RESULT_TRANSFER_OUT_CAN_NOT_EQUAL_IN',
          alipaySerial: '200810248427065',
          completedAt: Date.parse('2008-10-24T14:36:51+08:00'),
        },
      },
    ])
  })

  it('BTN-11: the reason of a success may be null or empty, that of a failure too; any other is kept as it is', () => {
    const reasonOf = (read: ReturnType<typeof notifyDetails>[number] | undefined) =>
      read?.ok ? read.line.reason : 'unread'
    expect(reasonOf(success(SUCCESS.replace('^null^', '^^'))[0])).toBeNull()
    expect(reasonOf(success(SUCCESS)[0])).toBeNull()
    expect(reasonOf(fail(FAIL.replace(/TXN\w+/, ''))[0])).toBeNull()
    expect(reasonOf(fail(FAIL.replace(/TXN\w+/, '用户取消'))[0])).toBe('用户取消')
    expect(reasonOf(fail(FAIL.replace(/TXN\w+/, 'ACCOUN_NAME_NOT_MATCH'))[0])).toBe('ACCOUN_NAME_NOT_MATCH')
  })

  it('BTN-11: lines end in | or are joined with it; none is none', () => {
    const other = SUCCESS.replace('0315001', '0315002')
    for (const text of [`${SUCCESS}|${other}|`, `${SUCCESS}|${other}`]) {
      expect(success(text).map((read) => read.ok && read.line.serial)).toEqual(['0315001', '0315002'])
    }
    expect(notifyDetails([['fail_details', Buffer.alloc(0)]], 'gbk')).toEqual([])
    expect(texts({ successDetails: SUCCESS, failDetails: FAIL }).map((read) => read.ok && read.line.result)).toEqual([
      'S',
      'F',
    ])
  })

  it.each([
    ['columns', SUCCESS.replace('^20.00', '')],
    ['completed-at', `${SUCCESS}^x`],
    ['columns', '^'],
    ['columns', SUCCESS.replace('龚本林', '龚^20.00^S^本林')],
    ['columns', SUCCESS.replace('龚本林', '龚^30.00^F^本林')],
    ['columns', 'hello'],
    ['serial', SUCCESS.replace('0315001', '')],
    ['serial', SUCCESS.replace('0315001', 'x'.repeat(33))],
    ['account', SUCCESS.replace('gonglei1@handsome.com.cn', '')],
    ['account', SUCCESS.replace('gonglei1@', 'gong\tlei1@')],
    ['serial', SUCCESS.replace('0315001', '0315\u0085001')],
    ['serial', SUCCESS.replace('0315001', '\u202e0315001')],
    ['account', SUCCESS.replace('gonglei1@', 'gong\u200blei1@')],
    ['amount', SUCCESS.replace('20.00', ' 20.00')],
    ['result', SUCCESS.replace('^S^', '^S ^')],
    ['amount', SUCCESS.replace('20.00', '20.000')],
    ['amount', SUCCESS.replace('20.00', '-20.00')],
    ['amount', SUCCESS.replace('20.00', '1e3')],
    ['amount', SUCCESS.replace('20.00', '0.00')],
    ['amount', SUCCESS.replace('20.00', '')],
    ['result', SUCCESS.replace('^S^', '^$^')],
    ['result', SUCCESS.replace('^S^', '^s^')],
    ['result', SUCCESS.replace('^S^', '^F^')],
    ['result', SUCCESS.replace('^S^', '^^')],
    ['alipay-serial', SUCCESS.replace('200810248427067', '')],
    ['alipay-serial', SUCCESS.replace('200810248427067', '2008 1024')],
    ['completed-at', SUCCESS.replace('20081024143652', '20081324143652')],
    ['completed-at', SUCCESS.replace('20081024143652', '2008-10-24 14:36:52')],
    ['completed-at', SUCCESS.replace('20081024143652', '')],
  ] as const)('BTN-11: a line whose %s can’t be read is handed back, its neighbours are read', (why, bad) => {
    const reads = success(`${SUCCESS}|${bad}|${SUCCESS}|`)
    expect(reads.map(({ ok }) => ok)).toEqual([true, false, true])
    expect(reads[1]).toMatchObject({ ok: false, why, raw: bad, list: 'success_details' })
  })

  it('BTN-11: a failure in the wrong list, or a success, is not read', () => {
    expect(fail(SUCCESS)[0]).toMatchObject({ ok: false, why: 'result', list: 'fail_details', serial: '0315001' })
    expect(success(FAIL)[0]).toMatchObject({ ok: false, why: 'result', list: 'success_details', serial: '0315006' })
  })

  it('BTN-11: a line that can’t be read still names its serial, where it has one', () => {
    expect(success('0315001^half')[0]).toMatchObject({ serial: '0315001' })
    expect(success('^half')[0]).toMatchObject({ serial: null })
    expect(success(`${'x'.repeat(50)}^half`)[0]).toMatchObject({ serial: null })
  })

  it('BTN-11: what is written is read again, in two lists', () => {
    fc.assert(
      fc.property(lines, (list) => {
        const read = texts(formatNotifyDetails(list))
        const expected = [
          ...list.filter(({ result }) => result === 'S'),
          ...list.filter(({ result }) => result === 'F'),
        ]
        expect(read).toEqual(expected.map((line) => ({ ok: true, line })))
      }),
    )
  })

  it('BTN-11: writes as batch_trans_notify_no_pwd 1.3 does', () => {
    const read = [...success(SUCCESS), ...fail(FAIL)].flatMap((line) => (line.ok ? [line.line] : []))
    expect(formatNotifyDetails(read)).toEqual({ successDetails: `${SUCCESS}|`, failDetails: `${FAIL}|` })
  })

  it('BTN-11: text of any kind is read or handed back, nothing is lost, and nothing throws', () => {
    const text = fc.array(fc.constantFrom('^', '|', '1', 'S', 'F', '20.00', '毛', '20081024143652', 'null', '\n'), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(text, (pieces) => {
        const raw = pieces.join('')
        const expected = raw.split('|').filter((line) => line.trim() !== '').length
        expect(success(raw)).toHaveLength(expected)
      }),
    )
  })

  const SECOND = SUCCESS.replace('0315001', '0315002')
  const invalid = (charset: ReadableCharset) => Buffer.from(charset === 'utf-8' ? 'e9be' : 'ff', 'hex')

  it.each(['utf-8', 'gbk', 'gb2312', 'gb18030'] as const)(
    'BTN-11: a line whose bytes are not valid %s is handed back by its serial, its neighbours are read',
    (charset) => {
      const reads = bytes(
        charset,
        `${SECOND}|${SUCCESS.slice(0, 20)}`,
        invalid(charset),
        `${SUCCESS.slice(20)}|${SECOND}`,
      )
      expect(serials(reads)).toEqual(['0315002', 'charset', '0315002'])
      expect(reads[1]).toMatchObject({ ok: false, list: 'success_details', serial: '0315001' })
      expect(reads[1]).toHaveProperty('raw', expect.stringMatching(/^0315001\^gonglei1.*\ufffd.*\^20081024143652$/))
    },
  )

  it('BTN-11: a serial that is damaged itself is not named', () => {
    expect(bytes('gbk', '03', Buffer.from('ff', 'hex'), `15001^half|${SUCCESS}`)).toMatchObject([
      { ok: false, why: 'charset', serial: null },
      { ok: true },
    ])
  })

  // Half a character before the end of a line: 81 and D1 make a character of GBK with 7C, A1 makes none.
  it.each([
    ['gbk', 'a1', 'charset'],
    ['gbk', '81', 'charset'],
    ['gbk', 'd1', 'charset'],
    ['gb2312', 'd1', 'charset'],
    ['gb18030', '81', 'charset'],
    ['utf-8', 'e9', 'charset'],
    ['gbk', 'feff', 'charset'],
  ] as const)(
    'BTN-11: in %s, a line that ends in the half character %s does not swallow the next',
    (charset, half, why) => {
      const damaged = SUCCESS.slice(0, -1)
      const reads = bytes(charset, damaged, Buffer.from(half, 'hex'), `|${SECOND}|`)
      expect(serials(reads)).toEqual([why, '0315002'])
      expect(reads[0]).toMatchObject({ serial: '0315001' })
      expect(serials(bytes(charset, `${SECOND}|${damaged}`, Buffer.from(half, 'hex')))).toEqual(['0315002', why])
    },
  )

  it.each([
    ['gbk', 'a1'],
    ['gb2312', 'd1'],
    ['utf-8', 'e9'],
    ['gb18030', 'ff'],
  ] as const)(
    'BTN-11: in %s, a line that breaks off in %s, no half of a character with |, does not swallow the next',
    (charset, half) => {
      const reads = bytes(charset, '0315001^a@b.c^', Buffer.from(half, 'hex'), `|${SECOND}|`)
      expect(serials(reads)).toEqual(['charset', '0315002'])
    },
  )

  /** Every character of GBK whose second byte is that of `|` or `^`, and a few others. */
  const TRICKY = Array.from({ length: 0x10000 - 0x80 }, (_, index) => String.fromCharCode(index + 0x80)).filter(
    (character) => canHold(character, 'gbk') && [0x7c, 0x5e].includes(encode(character, 'gbk')[1] ?? 0),
  )

  it('BTN-11: in GBK, | and ^ as halves of characters end nothing', () => {
    expect(TRICKY.length).toBeGreaterThan(200)
    for (const character of TRICKY) {
      for (const text of [character, `${character}${character}`, `龚${character}`]) {
        const line = SUCCESS.replace('龚本林', text)
        const reads = bytes('gbk', `${line}|${SECOND}|`)
        expect(serials(reads)).toEqual(['0315001', '0315002'])
        expect(reads[0]).toMatchObject({ line: { name: text } })
      }
    }
  })

  it('BTN-11: in GBK, a line with too many columns is not cut within its name', () => {
    const line = `${SUCCESS.replace('龚本林', TRICKY.join('').slice(0, 20))}^ninth`
    expect(serials(bytes('gbk', `${line}|${SECOND}`))).toEqual(['completed-at', '0315002'])
  })

  const named = (charset: Charset) =>
    fc.record<NotifyLine>({
      serial: fc.stringMatching(/^[0-9a-z]{1,32}$/),
      account: fc.stringMatching(/^[a-z@.]{1,20}$/),
      name: fc
        .array(fc.constantFrom('毛', '林', 'a', ...(charset === 'gbk' ? TRICKY : [])), { minLength: 1, maxLength: 8 })
        .map((list) => list.join('')),
      amount: fc.integer({ min: 1, max: 1_000_000 }).map(fen),
      result: fc.constant('S'),
      reason: fc.constant(null),
      alipaySerial: fc.stringMatching(/^[0-9]{17,21}$/),
      completedAt: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
    })

  it.each(['utf-8', 'gbk', 'gb2312'] as const)(
    'BTN-11: whatever one byte of a line in %s becomes, all other lines are read as before',
    (charset) => {
      const cases = fc.tuple(
        fc.uniqueArray(named(charset), { minLength: 2, maxLength: 5, selector: ({ serial }) => serial }),
        fc.nat(4),
        fc.nat(),
        fc.oneof(fc.constantFrom(0x7c, 0x5e, 0x80, 0x81, 0xff), fc.integer({ min: 0, max: 255 })),
      )
      fc.assert(
        fc.property(cases, ([list, pick, place, byte]) => {
          const which = pick % list.length
          const written = list.map((line) => encode(formatNotifyDetails([line]).successDetails.slice(0, -1), charset))
          const hit = written[which] ?? Buffer.alloc(1)
          hit[place % hit.length] = byte
          const reads = bytes(charset, ...written.flatMap((line) => [line, '|']))
          const neighbours = list.filter((_, index) => index !== which).map(({ serial }) => serial)
          // What became the serial of another line is one: no reader can tell.
          const [first = ''] = hit.toString('latin1').split('^')
          fc.pre(first.split('|').every((part) => !neighbours.includes(part.trim())))
          expect(serials(reads).filter((serial) => neighbours.includes(serial))).toEqual(neighbours)
          for (const read of reads) {
            if (read.ok && neighbours.includes(read.line.serial)) expect(list).toContainEqual(read.line)
          }
        }),
        { numRuns: 500 },
      )
    },
  )

  it.each(['utf-8', 'gbk', 'gb2312', 'gb18030'] as const)('BTN-11: bytes of any kind in %s never throw', (charset) => {
    const piece = fc.oneof(
      fc.constantFrom('^', '|', '1', '^20.00^S^', '|1^').map(Buffer.from),
      fc.uint8Array({ maxLength: 4 }).map(Buffer.from),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const all = Buffer.concat(pieces)
        const bars = all.filter((byte) => byte === 0x7c).length
        expect(bytes(charset, all).length).toBeLessThanOrEqual(bars + 1)
      }),
    )
  })
})
