import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { partnerId } from '../values/partner-id.ts'
import { RETURN_FILE_LIMITS } from './limits.ts'
import { readReturnFile } from './read-return-file.ts'
import { COLUMNS, CSV_NAME, gb18030, HEAD, line, linesOf, ROW, SECOND, TOTALS } from './testing/csv.ts'
import { zipOf } from './testing/zip.ts'

const partner = partnerId('2088101000922193')
const readBytes = (content: Buffer, rows = RETURN_FILE_LIMITS.rows) =>
  readReturnFile(zipOf([{ name: CSV_NAME, content }]), 'application/octet-stream', {
    partnerId: partner,
    limits: { ...RETURN_FILE_LIMITS, rows },
  })
const readLines = (lines: readonly string[]) => readBytes(gb18030(lines))
const column = (name: string) => COLUMNS.indexOf(name)
const taken = { kind: 'taken', totalFen: 3, payerAccount: 'gongsi1@shoufei.com' }

describe('CSV of returns', () => {
  it('RFD-4: head and rows of table 5-1', async () => {
    // 2010-12-18 09:00:00 in China, by `date -u -d 2010-12-18T09:00:00+08:00 +%s`.
    const row = {
      batchNo: 'bptb_20101220_4178',
      serial: '1',
      payeeName: '测试 1',
      payeeAccount: '4402024301016406',
      bank: '中国工商银行',
      province: '四川省',
      city: '成都',
      branch: '',
      amountFen: 1,
      corporate: false,
      memo: 'ATS 批量代发',
      withdrawalSerial: '84782488',
      returnedAt: 1_292_634_000_000,
      reason: '账户名有误',
    }
    const second = { ...row, amountFen: 2, withdrawalSerial: '84782489' }
    expect(await readLines(linesOf([ROW, SECOND]))).toEqual({
      ...taken,
      rows: [row, second],
      setAside: 0,
      problems: [],
      problemCount: 0,
    })
  })

  it.each([
    ['lines ending in LF', linesOf([ROW, SECOND]).join('\n')],
    ['lines ending in CR', linesOf([ROW, SECOND]).join('\r')],
    ['blank lines', linesOf([ROW, SECOND]).join('\r\n\r\n  \r\n,,,,\r\n')],
    ['quotes', linesOf([ROW, SECOND].map((row) => row.map((cell) => `"${cell}"`))).join('\r\n')],
    ['blanks and tabs around', linesOf([ROW, SECOND].map((row) => row.map((cell) => ` ${cell}\t`))).join('\r\n')],
    ['a mark', `\ufeff${linesOf([ROW, SECOND]).join('\r\n')}`],
    ['a mark and quotes', `\ufeff"总金额"${linesOf([ROW, SECOND]).join('\r\n').slice(3)}`],
    ['帐 for 账', linesOf([ROW, SECOND]).join('\r\n').replaceAll('账户,', '帐户,').replaceAll('账号', '帐号')],
    ['units in parentheses', linesOf([ROW, SECOND]).join('\r\n').replaceAll('金额', '金额（元）')],
    ['commas at the end', linesOf([ROW, SECOND]).join(',,\r\n')],
  ])('RFD-4: %s make no difference', async (_, text) => {
    expect(await readBytes(iconv.encode(text, 'gb18030'))).toMatchObject(taken)
  })

  it('RFD-4: columns are found by name, in any order and among others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...COLUMNS.keys()], { minLength: COLUMNS.length }), async (order) => {
        const lines = [
          ['日期', ...HEAD.toReversed()],
          ['20101223', ...TOTALS.toReversed()],
          ...[COLUMNS, ROW, SECOND].map((cells) => [
            cells === COLUMNS ? '序号' : '9',
            ...order.map((at) => cells[at] ?? ''),
          ]),
        ]
        expect(await readLines(lines.map(line))).toEqual(await readLines(linesOf([ROW, SECOND])))
      }),
      { numRuns: 20 },
    )
  })

  it.each([...HEAD, ...COLUMNS])('RFD-4: without %s, or with it twice, the file is refused', async (name) => {
    const code = HEAD.includes(name) ? 'CSV_HEAD' : 'CSV_COLUMNS'
    const edit = (to: string) =>
      linesOf([ROW, SECOND]).map((each, at) => (at === (HEAD.includes(name) ? 0 : 2) ? each.replace(name, to) : each))
    for (const to of ['别的', `${name},${name}`]) {
      expect(await readLines(edit(to))).toMatchObject({
        kind: 'refused',
        code,
        explanation: expect.stringContaining(name),
      })
    }
  })

  it('RFD-4: read as GB18030 or as UTF-8 with a mark; what begins as neither is refused', async () => {
    const rare = ROW.with(column('收款银行户名'), '𠮷㐀某')
    const lines = linesOf([rare, SECOND])
    expect(await readLines(lines)).toMatchObject({ ...taken, rows: [{ payeeName: '𠮷㐀某' }, {}] })
    expect(await readBytes(Buffer.from(`\ufeff${lines.join('\r\n')}`))).toMatchObject({
      rows: [{ payeeName: '𠮷㐀某' }, {}],
    })
    for (const wrong of ['ff', '81', '8130', 'd620']) {
      const behind = Buffer.concat([gb18030(lines), Buffer.from(wrong, 'hex')])
      expect(await readBytes(behind)).toMatchObject({
        kind: 'refused',
        code: 'ROWS_INVALID',
        problems: [{ row: 6, code: 'ROW_CELLS' }, { code: 'TOTAL_COUNT' }],
      })
      const before = Buffer.concat([Buffer.from(wrong, 'hex'), gb18030(lines)])
      expect(await readBytes(before)).toMatchObject({ kind: 'refused', code: 'CSV_BYTES' })
    }
  })

  it.each([
    ['提现流水号', '', 'ROW_WITHDRAWAL_SERIAL'],
    ['提现流水号', '8478 2488', 'ROW_WITHDRAWAL_SERIAL'],
    ['提现流水号', '8'.repeat(65), 'ROW_WITHDRAWAL_SERIAL'],
    ['对公对私标志', '3', 'ROW_CORPORATE'],
    ['对公对私标志', '', 'ROW_CORPORATE'],
    ['退票日期', '2010年02月30日 09:00:00', 'ROW_DATE'],
    ['退票日期', '2010年12月18日 24:00:00', 'ROW_DATE'],
    ['退票日期', '2010-12-18 09:00:00', 'ROW_DATE'],
    ['退票日期', '', 'ROW_DATE'],
    ['商户批次号', '', 'ROW_TEXT'],
    ['商户批次号', 'a\tb', 'ROW_TEXT'],
    ['商户批次号', 'a'.repeat(129), 'ROW_TEXT'],
    ['商户流水号', '', 'ROW_TEXT'],
    ['商户流水号', '"1\n"'.replace('\n', '\u0085'), 'ROW_TEXT'],
    ['商户流水号', '1\u200b1', 'ROW_TEXT'],
    ['收款银行账号', '', 'ROW_TEXT'],
    ['收款银行账号', '\u202d4402\u202c', 'ROW_TEXT'],
    ['收款银行账号', '44\u0000', 'ROW_TEXT'],
    ['收款银行账号', '4'.repeat(65), 'ROW_TEXT'],
  ])('RFD-4: a row whose %s is %j is set aside, as %s, and its neighbour counts', async (name, value, code) => {
    expect(await readLines(linesOf([ROW, SECOND.with(column(name), value)]))).toMatchObject({
      kind: 'taken',
      rows: [{ withdrawalSerial: '84782488', amountFen: 1 }],
      totalFen: 1,
      setAside: 1,
      problems: [{ row: 5, code }],
      problemCount: 1,
    })
    // The totals are those of all rows: without them nothing of the file counts.
    expect(await readLines(linesOf([ROW, SECOND.with(column(name), value)], TOTALS.with(0, '0.01')))).toMatchObject({
      kind: 'refused',
      code: 'TOTALS_DIFFER',
    })
    expect(
      await readLines(
        linesOf(
          [ROW, ROW].map((row) => row.with(column(name), value)),
          TOTALS.with(0, '0.02'),
        ),
      ),
    ).toMatchObject({
      kind: 'refused',
      code: 'ROWS_INVALID',
    })
  })

  it.each(['0.001', '-0.01', '1e2', '', '0.00', '0,02', ' 0.0 2', '０.02', '0.02\u200b'])(
    'RFD-5: an amount of %j refuses the file, since the totals say nothing then',
    async (amount) => {
      const cell = amount.includes(',') ? `"${amount}"` : amount
      expect(await readLines(linesOf([ROW, SECOND.with(column('金额'), cell)]))).toMatchObject({
        kind: 'refused',
        code: 'ROWS_INVALID',
        again: false,
        problems: [{ row: 5, code: 'ROW_AMOUNT' }],
        problemCount: 1,
      })
    },
  )

  it('RFD-4: 1 is corporate and 2 is personal', async () => {
    const corporate = ROW.with(column('对公对私标志'), '1')
    expect(await readLines(linesOf([corporate, SECOND]))).toMatchObject({
      rows: [{ corporate: true }, { corporate: false }],
    })
  })

  it('RFD-5: a quote that is closed in another row makes one row of two, which the totals tell: it stands for itself', async () => {
    const rows = [ROW.with(column('备注'), '"a'), SECOND.with(column('备注'), 'b"')]
    expect(await readLines(linesOf(rows))).toMatchObject({ ...taken, rows: [{ memo: '"a' }, { memo: 'b"' }] })
    const others = linesOf(rows, ['0.03', '3', 'gongsi1@shoufei.com'])
    expect(await readLines(others)).toMatchObject({ kind: 'refused', code: 'TOTALS_DIFFER' })
  })

  it.each([
    ['a cell less', ROW.slice(0, -1)],
    ['a comma in a value', ROW.with(column('退票原因'), '账户名,有误')],
  ])('RFD-4: a row with %s is refused by name', async (_, row) => {
    expect(await readLines(linesOf([row, SECOND]))).toMatchObject({
      code: 'ROWS_INVALID',
      problems: [{ row: 4, code: 'ROW_CELLS' }],
    })
  })

  it('RFD-5: totals that differ refuse the file, each by name, and it may be fetched again', async () => {
    const differs = (...problems: object[]) => ({ kind: 'refused', code: 'TOTALS_DIFFER', again: true, problems })
    const account = 'gongsi1@shoufei.com'
    expect(await readLines(linesOf([ROW, SECOND], ['0.04', '2', account]))).toMatchObject(
      differs({ row: 0, code: 'TOTAL_AMOUNT' }),
    )
    expect(await readLines(linesOf([ROW, SECOND], ['0.03', '3', account]))).toMatchObject(
      differs({ row: 0, code: 'TOTAL_COUNT' }),
    )
    expect(await readLines(linesOf([ROW]))).toMatchObject(differs({ code: 'TOTAL_COUNT' }, { code: 'TOTAL_AMOUNT' }))
    expect(await readLines(linesOf([]))).toMatchObject(differs({ code: 'TOTAL_COUNT' }, { code: 'TOTAL_AMOUNT' }))
    expect(await readLines(linesOf([], ['0.00', '0', account]))).toMatchObject({ kind: 'taken', rows: [], totalFen: 0 })
  })

  it('RFD-5: a sum is exact, and one that no number holds is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.bigInt(1n, 10n ** 14n), { minLength: 1, maxLength: 60 }), async (amounts) => {
        const yuan = (fen: bigint) => `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`
        const rows = amounts.map((fen, at) => ROW.with(8, yuan(fen)).with(11, String(at)))
        const sum = amounts.reduce((left, right) => left + right, 0n)
        const totals = [yuan(sum), String(rows.length), 'a@b.cn']
        expect(await readLines(linesOf(rows, totals))).toMatchObject({ kind: 'taken', totalFen: Number(sum) })
        expect(await readLines(linesOf(rows, totals.with(0, yuan(sum + 1n))))).toMatchObject({ code: 'TOTALS_DIFFER' })
      }),
      { numRuns: 20 },
    )
    const huge = ROW.with(8, '90000000000000.00')
    const totals = ['90071992547409.91', '2', 'a@b.cn']
    expect(await readLines(linesOf([huge, huge.with(11, '2')], totals))).toMatchObject({
      problems: [{ code: 'TOTAL_AMOUNT' }],
    })
  })

  it.each([
    ['0.03', 'x', 'a@b.cn'],
    ['0.03', '-2', 'a@b.cn'],
    ['0.030', '2', 'a@b.cn'],
    ['0.03', '2', ''],
    ['0.03', '2', 'a b'],
  ])('RFD-4: the head %s %s %s is refused', async (...totals) => {
    expect(await readLines(linesOf([ROW, SECOND], totals))).toMatchObject({ kind: 'refused', code: 'CSV_HEAD' })
  })

  it.each([0, 1, 2])('RFD-4: a file that ends after %i lines is refused', async (count) => {
    const code = count < 2 ? 'CSV_HEAD' : 'CSV_COLUMNS'
    expect(await readLines(linesOf([]).slice(0, count))).toMatchObject({ kind: 'refused', code })
  })

  it.each([
    ['bptb_20101220_4178', 'bptb_20101220_4178'],
    ['BPTB_20101220_4178.csv', 'bptb_20101220_4178'],
    ['PAY20101220001.XLS', 'pay20101220001'],
    ['Pay-1.5.csv', 'pay-1.5'],
    ['20101220ABCdef', '20101220ABCdef'],
  ])('RFD-6: the batch number %s is kept as %s', async (written, kept) => {
    expect(await readLines(linesOf([ROW.with(0, written), SECOND]))).toMatchObject({ rows: [{ batchNo: kept }, {}] })
  })

  it('RFD-7: rows with one withdrawal serial are all set aside', async () => {
    const twice = SECOND.with(11, '84782488')
    const problem = { row: 5, code: 'WITHDRAWAL_SERIAL_TWICE', explanation: expect.stringContaining('line 4') }
    expect(await readLines(linesOf([ROW, twice]))).toMatchObject({ code: 'ROWS_INVALID', problems: [problem] })
    for (const other of [twice, twice.with(12, 'no time')]) {
      const third = ROW.with(11, '84782490')
      expect(await readLines(linesOf([ROW, other, third], ['0.04', '3', 'a@b.cn']))).toMatchObject({
        kind: 'taken',
        rows: [{ withdrawalSerial: '84782490' }],
        setAside: 2,
        problems: expect.arrayContaining([problem]),
      })
    }
  })

  it("RFD-5: every problem is counted, the first 1,000 are told, without anybody's data", async () => {
    const rows = Array.from({ length: 1500 }, (_, at) => ROW.with(8, 'x').with(9, '0').with(11, `s${at}`))
    const reading = await readLines(linesOf(rows))
    expect(reading).toMatchObject({ code: 'ROWS_INVALID', problemCount: 3001 })
    if (reading.kind !== 'refused') throw new Error('not refused')
    expect(reading.problems).toHaveLength(1000)
    for (const secret of ['测试', '4402024301016406', 's1', 'ATS'])
      expect(JSON.stringify(reading)).not.toContain(secret)
  })

  it('RFD-3: more rows than allowed are refused', async () => {
    expect(await readBytes(gb18030(linesOf([ROW, SECOND])), 1)).toMatchObject({
      kind: 'refused',
      code: 'ROWS_TOO_MANY',
    })
  })

  it.each([
    ['a quote that never ends', `${linesOf([ROW, SECOND]).join('\r\n')}\r\n"`],
    [
      'an endless line',
      `${linesOf([ROW]).join('\r\n')}${Array.from({ length: 800_000 }, (_, at) => (at * 7919) % 1_000_003).join('')}`,
    ],
  ])('RFD-4: %s refuses the file', async (_, text) => {
    expect(await readBytes(iconv.encode(text, 'gb18030'))).toMatchObject({ kind: 'refused', code: 'CSV_FORMAT' })
  })
})
