import { describe, expect, it } from 'vitest'
import { contradictionOf } from './contradiction.ts'
import { reportedLines } from './notify-lines.ts'

const good = 'p1^zhang@example.com^张三^12.34^S^null^2026112100001^20261121120000'
const failed = good.replace('^S^null^', '^F^RECEIVE_USER_NOT_EXIST^')

function read(success: string | null, fail: string | null = null, charset = 'utf-8', encode = encodeURIComponent) {
  const fields = [
    'notify_id=n',
    ...(success === null ? [] : [`success_details=${encode(success)}`]),
    ...(fail === null ? [] : [`fail_details=${encode(fail)}`]),
  ]
  return reportedLines({ body: Buffer.from(fields.join('&'), 'latin1'), charset })
}

describe('lines of a notify', () => {
  it('BTN-11: a line that succeeded, and one that failed', () => {
    expect(read(`${good}|`, failed.replace('p1', 'p2'))).toEqual([
      {
        serial: 'p1',
        finding: {
          event: 'succeeded',
          alipaySerial: '2026112100001',
          completedAt: Date.parse('2026-11-21T12:00:00+08:00'),
        },
        reported: { account: 'zhang@example.com', amount: 1234 },
        money: { moved: true, amountFen: 1234, alipaySerial: '2026112100001' },
      },
      {
        serial: 'p2',
        finding: { event: 'failed', reason: 'RECEIVE_USER_NOT_EXIST', explanation: expect.any(String) },
        reported: { account: 'zhang@example.com', amount: 1234 },
        money: { moved: false, amountFen: 1234, alipaySerial: '2026112100001' },
      },
    ])
  })

  it('BTN-10: details that are absent or empty', () => {
    expect(read(null, null)).toEqual([])
    expect(read('', '')).toEqual([])
    expect(read(null, failed)).toHaveLength(1)
  })

  it('BTN-11: the text is read in the charset that ingress found', () => {
    // 张三 in GBK, by Python's str.encode('gbk').
    const bytes = `success_details=${good.replaceAll('^', '%5E').replace('张三', '%D5%C5%C8%FD')}`
    expect(reportedLines({ body: Buffer.from(bytes, 'latin1'), charset: 'gbk' })).toMatchObject([
      { serial: 'p1', finding: { event: 'succeeded' } },
    ])
  })

  it.each(['USER_SERIAL_NO_REPEATE', 'TRANS_NO_NOT_UNIQUE'])(
    'F for %s proves nothing: an earlier copy may have paid',
    (reason) => {
      expect(read(null, good.replace('^S^null^', `^F^${reason}^`))).toMatchObject([
        { finding: { event: 'unresolved', reason } },
      ])
    },
  )

  it.each([
    'USER_SERIAL_NO_REPEATE ',
    '\tUSER_SERIAL_NO_REPEATE',
    'USER_SERIAL\u200b_NO_REPEATE',
    'USER SERIAL\u00a0NO REPEATE',
    'ＵＳＥＲ_SERIAL_NO_REPEATE',
    'user_serial_no_repeate',
    'TRANS_NO_NOT_UNIQUE\n',
    'TRANS_NO^NOT_UNIQUE',
    'TRANS_NO_NOT_UNIQUE:流水号重复',
    'TRANS_NO_NOT_UNI\ufffdUE',
    '\ufffdRANS_NO_NOT_UNIQUE',
  ])('F for %j proves nothing either: what is odd in it makes it no other reason', (reason) => {
    expect(read(null, good.replace('^S^null^', `^F^${reason}^`))).toMatchObject([{ finding: { event: 'unresolved' } }])
  })

  it.each([
    ['RECEIVE_USER\tNOT_EXIST', 'RECEIVE_USER\\u{9}NOT_EXIST'],
    ['用户\r\n不存在', '用户\\u{d}\\u{a}不存在'],
    ['\u202eRECEIVE_USER_NOT_EXIST', '\\u{202e}RECEIVE_USER_NOT_EXIST'],
    ['a^b', 'a^b'],
    ['\u001b[2K', '\\u{1b}[2K'],
    ['原'.repeat(5000), `${'原'.repeat(1000)}… (cut, 5000 characters)`],
    ['  ', 'NO_REASON'],
    ['\ufffd', '\ufffd'],
    ['____', '____'],
  ])('BTN-11: F for %.40j is a failure, and nothing of its reason is told raw', (reason, told) => {
    expect(read(null, good.replace('^S^null^', `^F^${reason}^`))).toMatchObject([
      { serial: 'p1', finding: { event: 'failed', reason: told } },
    ])
  })

  it('F without a reason is a failure all the same', () => {
    expect(read(null, good.replace('^S^null^', '^F^^'))).toMatchObject([
      { finding: { event: 'failed', reason: 'NO_REASON' } },
    ])
  })
})

describe('BTN-16: what contradicts itself is reported by name, and is no outcome', () => {
  const mismatch = (...lines: Parameters<typeof read>) =>
    read(...lines).map(({ serial, finding }) => [
      serial,
      finding.event === 'mismatched' ? finding.mismatch : finding.event,
    ])

  it('BTN-16: a line in both lists', () => {
    expect(mismatch(good, failed)).toEqual([['p1', 'both-lists']])
  })

  it('BTN-16: two lines of one serial that differ', () => {
    expect(mismatch(`${good}|${good.replace('12.34', '12.35')}`)).toEqual([['p1', 'contradicting-lines']])
    expect(mismatch(`${good}|${good.replace('12.34', '1e3')}`)).toEqual([['p1', 'contradicting-lines']])
  })

  it('an equal line that comes twice counts once, whatever its payee is called', () => {
    expect(mismatch(`${good}|${good.replace('张三', '张\t三')}|`)).toEqual([['p1', 'succeeded']])
    expect(mismatch(`${good}|${good.replace('null', '')}|`)).toEqual([['p1', 'succeeded']])
    expect(mismatch(null, `${failed}|${failed.replace('NOT_EXIST', 'EXISTS')}|`)).toEqual([
      ['p1', 'contradicting-lines'],
    ])
    expect(mismatch(`${good}|${good}|`)).toEqual([['p1', 'succeeded']])
  })

  it('BTN-11: a line that can not be read is reported, and its neighbours count', () => {
    expect(mismatch(`${good}|p2^broken|${good.replace('p1', 'p3')}`, good.replace('p1', 'p4'))).toEqual([
      ['p1', 'succeeded'],
      ['p2', 'unreadable-line'],
      ['p3', 'succeeded'],
      ['p4', 'unreadable-line'],
    ])
  })

  it('BTN-11: bars and blanks that are no lines are no reports', () => {
    for (const text of [`${good}||`, `|${good}`, `${good}| |`, `${good}|\r\n|`]) {
      expect(mismatch(text)).toEqual([['p1', 'succeeded']])
    }
    expect(mismatch('||', ' | ')).toEqual([])
  })

  it('two lines of which not even the serial can be read are two reports', () => {
    const lines = read('^a|^b')
    expect(lines.map(({ serial }) => serial)).toEqual([null, null])
    const texts = lines.map(({ finding }) => finding.event === 'mismatched' && finding.reported)
    expect(new Set(texts).size).toBe(2)
    for (const text of texts) expect(text).toMatch(/^line [12], success_details: columns$/)
  })
})

describe('BTN-16: against the request', () => {
  const asked = { payeeAccount: 'Zhang@Example.com', amountFen: 1_234 }

  it.each([
    [{ account: 'zhang@example.com', amount: 1_234 }, undefined],
    [{ account: 'li@example.com', amount: 1_234 }, 'other-account'],
    [{ account: 'zhang@example.com', amount: 1_233 }, 'other-amount'],
    [{ account: 'li@example.com', amount: 1 }, 'other-account'],
  ])('BTN-16: %j is %s', (reported, expected) => {
    const finding = contradictionOf(asked, reported)
    expect(finding?.event === 'mismatched' ? finding.mismatch : finding).toBe(expected)
  })
})
