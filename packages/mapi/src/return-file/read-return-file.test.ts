import { describe, expect, it } from 'vitest'
import { partnerId } from '../values/partner-id.ts'
import { RETURN_FILE_LIMITS } from './limits.ts'
import { readReturnFile } from './read-return-file.ts'
import { returnFileRefusal } from './refusal.ts'
import { CSV_NAME, gb18030, linesOf, ROW, SECOND } from './testing/csv.ts'
import recorded from './testing/return-files.json' with { type: 'json' }
import { zipOf } from './testing/zip.ts'

const partner = partnerId('2088101000922193')
const FILE_TYPE = 'application/octet-stream;charset=iso-8859-1'
const FAILURE_TYPE = 'text/html;charset=gb2312'
const read = (bytes: Buffer, contentType: string | undefined = FILE_TYPE, limits = RETURN_FILE_LIMITS) =>
  readReturnFile(bytes, contentType, { partnerId: partner, limits })
const readRecorded = (name: keyof typeof recorded) => read(Buffer.from(recorded[name], 'base64'))
const GOOD = zipOf([{ name: CSV_NAME, content: gb18030(linesOf([ROW, SECOND])) }])

/** 2010-12-18 09:00:00 and 23:59:59 in China, by `date -u -d … +%s`. */
const ROWS = [
  {
    batchNo: 'bptb_20101220_4178',
    serial: '1',
    payeeName: '测试1',
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
  },
  {
    batchNo: '20101220abc00000000000000000001x',
    serial: '0002',
    payeeName: '某某, "有限" 公司',
    payeeAccount: '0622020043010164',
    bank: '中国建设银行',
    province: '北京市',
    city: '北京',
    branch: '西单支行',
    amountFen: 2,
    corporate: true,
    memo: '',
    withdrawalSerial: '84782489',
    returnedAt: 1_292_687_999_000,
    reason: '账号不存在',
  },
]

describe('return file', () => {
  it.each([
    'csv and xls',
    'csv alone',
    'csv alone, stored',
    'sizes after the content',
    'all quoted, lf',
    'utf-8 with a mark',
    'xls of values',
    'xls of values, 1904',
  ] as const)('RFD-3: RFD-4: a file written by Python is read: %s', async (name) => {
    expect(await readRecorded(name)).toEqual({
      kind: 'taken',
      rows: ROWS,
      totalFen: 3,
      setAside: 0,
      problems: [],
      problemCount: 0,
      payerAccount: 'gongsi1@shoufei.com',
    })
  })

  it('RFD-4: rare characters, no rows, and a name of another form', async () => {
    expect(await readRecorded('rare characters')).toMatchObject({ kind: 'taken', rows: [{ payeeName: '𠮷㐀某' }, {}] })
    expect(await readRecorded('no rows')).toMatchObject({ kind: 'taken', rows: [], totalFen: 0 })
    expect(await readRecorded('another name')).toMatchObject({ kind: 'taken', rows: ROWS })
  })

  it.each([
    ['another partner', 'PARTNER_DIFFERS', false, ''],
    ['utf-8 without a mark', 'CSV_BYTES', false, ''],
    ['xls with another total', 'XLS_DIFFERS', true, '总金额'],
    ['xls with other amounts', 'XLS_DIFFERS', true, '金额 of row 1'],
    ['xls with another name', 'XLS_DIFFERS', true, '收款银行户名 of row 2'],
    ['xls with another second', 'XLS_DIFFERS', true, '退票日期 of row 2'],
    ['xls with another flag', 'XLS_DIFFERS', true, '对公对私标志 of row 2'],
    ['xls with a row less', 'XLS_DIFFERS', true, 'the CSV has 2 rows, the .xls 1'],
    ['xls with a row more', 'XLS_DIFFERS', true, 'the CSV has 2 rows, the .xls more'],
    ['xls that is html', 'XLS_UNREADABLE', true, ''],
    ['xls that is cut off', 'XLS_UNREADABLE', true, ''],
    ['xls without content', 'XLS_UNREADABLE', true, ''],
  ] as const)('RFD-3: %s: refused as %s', async (name, code, again, words) => {
    const reading = await readRecorded(name)
    expect(reading).toMatchObject({ kind: 'refused', code, again, explanation: expect.stringContaining(words) })
    expect(JSON.stringify(reading)).not.toContain('某某')
  })

  it.each([FILE_TYPE, 'application/zip', 'text/plain', '', undefined])(
    'RFD-2: an archive is one whatever its content type: %s',
    async (contentType) => {
      expect(await read(GOOD, contentType)).toMatchObject({ kind: 'taken' })
    },
  )

  it('RFD-2: an archive that calls itself the text of a failure is refused', async () => {
    for (const contentType of [FAILURE_TYPE, 'Text/HTML', ' text/html; charset=gbk']) {
      expect(await read(GOOD, contentType)).toMatchObject({ kind: 'refused', code: 'FILE_TYPE_HTML', again: true })
    }
  })

  it.each([FAILURE_TYPE, FILE_TYPE])('RFD-2: a failure never counts as an empty file, as %s', async (contentType) => {
    const text = Buffer.from('cec4bcfecfc2d4d8caa7b0dca3a1cec4bcfecfc2d4d8caa7b0dca3a1', 'hex')
    expect(await read(text, contentType)).toMatchObject({ kind: 'failure', failure: { code: 'DOWNLOAD_FAILED' } })
    expect(await read(Buffer.from('ILLEGAL_SIGN'), contentType)).toMatchObject({
      kind: 'failure',
      failure: { code: 'ILLEGAL_SIGN' },
    })
    expect(await read(Buffer.alloc(0), contentType)).toMatchObject({ kind: 'refused', code: 'FILE_EMPTY', again: true })
  })

  it('RFD-2: HTML where an archive was due is a failure by its type, and no archive by any other', async () => {
    const page = Buffer.from('<html><body>maintenance</body></html>')
    expect(await read(page, FAILURE_TYPE)).toMatchObject({ kind: 'failure', failure: { action: 'unknown' } })
    expect(await read(page)).toMatchObject({ kind: 'refused', code: 'FILE_NOT_A_ZIP', again: true })
    expect(await read(Buffer.alloc(100_000, 0xfe))).toMatchObject({ kind: 'refused', code: 'FILE_NOT_A_ZIP' })
  })

  it('RFD-3: an archive without entries has no CSV', async () => {
    expect(await read(zipOf([]))).toMatchObject({ kind: 'refused', code: 'CSV_MISSING' })
  })

  it('says what a recorded code means', () => {
    expect(returnFileRefusal('ARCHIVE_BROKEN')).toEqual({
      again: true,
      explanation: expect.stringContaining('damaged'),
    })
    expect(returnFileRefusal('CSV_TWICE')).toMatchObject({ again: false })
    for (const other of ['ILLEGAL_SIGN', 'constructor', '__proto__', ''])
      expect(returnFileRefusal(other)).toBeUndefined()
  })
})
