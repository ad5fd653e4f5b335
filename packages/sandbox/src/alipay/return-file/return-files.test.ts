import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { readReturnFile } from '@payout/mapi/return-file/read-return-file'
import { partnerId } from '@payout/mapi/values/partner-id'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AlipaySandbox, startAlipaySandbox } from '../alipay-sandbox.ts'
import { type DemoPartners, makeDemoPartners } from '../partners/sandbox-partners.ts'
import { EVERY_DEMO_PARTNER } from '../partners/testing/every-demo-partner.ts'
import { SandboxClient } from '../sandbox-client.ts'
import { MerchantSide, postForm } from '../testing/test-merchant.ts'
import { askService, serviceRequest } from '../testing/test-services.ts'
import { HOSTILE_RETURN_FILES, type HostileReturnFile } from './fixture.ts'

const SHOP = 'shop-md5-utf8'
const DATE = '20101223'
const folder = mkdtempSync(join(tmpdir(), 'sandbox-returns-'))
let demo: DemoPartners
let sandbox: AlipaySandbox
let client: SandboxClient
let shop: MerchantSide

beforeAll(async () => {
  demo = await makeDemoPartners({ folder, notifyUrl: () => 'http://127.0.0.1:9/', partners: EVERY_DEMO_PARTNER })
  shop = new MerchantSide(demo, SHOP)
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  sandbox = await startAlipaySandbox({ partners: demo.sandbox })
  client = new SandboxClient(sandbox.url)
})
afterEach(() => sandbox.stop())

interface Download {
  readonly contentType: string
  readonly name: string
  readonly bytes: Buffer
  /** The bytes as a text in the character set that the content type of a failure names. */
  readonly text: string
}

async function download(fields: Readonly<Record<string, string | undefined>> = {}, merchant = shop): Promise<Download> {
  const response = await askService(sandbox.url, merchant, 'bptb_refund_file', { date: DATE, ...fields })
  expect(response.status).toBe(200)
  const bytes = Buffer.from(await response.arrayBuffer())
  return {
    contentType: response.headers.get('content-type') ?? '',
    name: response.headers.get('content-disposition') ?? '',
    bytes,
    text: new TextDecoder('gb2312').decode(bytes),
  }
}

const fileCommand = { action: 'return-file', alias: SHOP, date: DATE } as const
const ours = () => partnerId(shop.partner.partnerId)
const FAILURE = 'text/html;charset=gb2312'
const FILE = 'application/octet-stream;charset=iso-8859-1'

/** Names and contents of the entries, by the central directory. */
function unzip(zip: Buffer): Map<string, Buffer> {
  const entries = new Map<string, Buffer>()
  let at = zip.readUInt32LE(zip.length - 6)
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const name = zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28))
    const local = zip.readUInt32LE(at + 42)
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    entries.set(name, inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(at + 20))))
    at += 46 + name.length
  }
  return entries
}

describe('a return file', () => {
  it('RFD-2, RFD-3: has the type, the names and the lines that the documents tell of', async () => {
    await client.control(fileCommand)
    const { contentType, name, bytes } = await download()
    expect(contentType).toBe(FILE)
    expect(name).toMatch(/^attachment; filename="ALIPAY_\d{13}_R\(secret\)\.zip"$/)
    const entries = unzip(bytes)
    const stem = `ALIPAY_${DATE}_R_${shop.partner.partnerId}`
    expect([...entries.keys()]).toEqual([`${stem}.csv`, `${stem}.xls`])
    const csv = entries.get(`${stem}.csv`) ?? Buffer.alloc(0)
    // 总金额 in GBK, as Python's codec writes it.
    expect(csv.subarray(0, 6).toString('hex')).toBe('d7dcbdf0b6ee')
    expect(new TextDecoder('gbk').decode(csv).split('\r\n')).toEqual([
      '总金额,总笔数,支付宝账户',
      '0.02,2,gongsi1@shoufei.com',
      '商户批次号,商户流水号,收款银行户名,收款银行账号,收款开户银行,收款银行所在省份,收款银行所在市,收款支行名称,金额,对公对私标志,备注,提现流水号,退票日期,退票原因',
      'bptb_20101220_4178,1,测试1,4402024301016406,中国工商银行,四川省,成都,,0.01,2,ATS批量代发,201012230000001,2010年12月23日 09:00:00,账户名有误',
      'bptb_20101220_4178,2,测试1,4402024301016406,中国工商银行,四川省,成都,,0.01,2,ATS批量代发,201012230000002,2010年12月23日 09:00:01,账户名有误',
      '',
    ])
    expect(entries.get(`${stem}.xls`)?.subarray(0, 8).toString('hex')).toBe('d0cf11e0a1b11ae1')
  })

  it('RFD-4: is read back row by row, rare names and quotes too, and is in the books', async () => {
    const rows = [
      {
        serial: 'A1',
        batchNo: '20101220ABC',
        payeeName: '𠮷野,"䶮"',
        amountFen: 123_456,
        corporate: true,
        withdrawalSerial: '84782488',
      },
      { serial: 'A2', returnedAt: Date.parse('2010-12-18T09:00:00+08:00'), branch: '高新支行', reason: '账号不存在' },
    ]
    const { fileHash } = await client.control({ ...fileCommand, rows, payer: 'a@b.c' })
    const { bytes, contentType } = await download()
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(fileHash)
    expect((await download()).bytes.equals(bytes)).toBe(true)
    const read = await readReturnFile(bytes, contentType, { partnerId: ours() })
    expect(read).toMatchObject({ kind: 'taken', totalFen: 123_457, payerAccount: 'a@b.c' })
    const [file] = await client.returnFiles()
    expect(file).toMatchObject({ alias: SHOP, date: DATE, rowCount: 2, totalFen: 123_457, fileHash, asked: 2 })
    expect(file?.rows).toMatchObject(rows)
    expect(read.kind === 'taken' ? read.rows : []).toEqual(file?.rows)
  })

  it.each(EVERY_DEMO_PARTNER.map(({ alias }) => alias))(
    'is given to %s, whose signature OpenSSL makes',
    async (alias) => {
      await client.control({ ...fileCommand, alias, xls: false })
      const merchant = new MerchantSide(demo, alias)
      const { contentType, bytes } = await download({ biz_type: 'd_sale' }, merchant)
      expect([contentType, [...unzip(bytes).keys()]]).toEqual([
        FILE,
        [`ALIPAY_${DATE}_R_${merchant.partner.partnerId}.csv`],
      ])
      expect((await download({}, new MerchantSide(demo, alias === SHOP ? 'shop-rsa-gbk' : SHOP))).contentType).toBe(
        FAILURE,
      )
    },
  )

  it('of 10,000 made-up rows is whole, and its rows are not shown', async () => {
    await client.control({ ...fileCommand, rows: 10_000 })
    const { bytes, contentType } = await download()
    const read = await readReturnFile(bytes, contentType, { partnerId: ours() })
    const rows = read.kind === 'taken' ? read.rows : []
    expect([rows.length, new Set(rows.map(({ withdrawalSerial }) => withdrawalSerial)).size]).toEqual([10_000, 10_000])
    const [file] = await client.returnFiles()
    expect(file?.rowCount).toBe(10_000)
    expect(file?.rows).toBeUndefined()
  })

  it('is replaced by the next one for its day', async () => {
    await client.control({ ...fileCommand, rows: 1, xls: false })
    await client.control({ ...fileCommand, rows: 3, xls: false })
    expect((await client.returnFiles()).map(({ rowCount }) => rowCount)).toEqual([3])
  })

  // What the reader of the services, which others wrote, says of each; every other part of the file is good.
  const CODES: Readonly<Record<HostileReturnFile, readonly string[]>> = {
    html: ['FILE_NOT_A_ZIP'],
    'half-zip': ['ARCHIVE_BROKEN'],
    path: ['ENTRY_NAME'],
    bomb: ['ENTRY_TOO_LARGE'],
    password: ['ARCHIVE_ENCRYPTED'],
    'no-csv': ['CSV_MISSING'],
    'two-csv': ['CSV_TWICE'],
    'bad-total': ['TOTALS_DIFFER', 'TOTAL_AMOUNT'],
    'bad-count': ['TOTALS_DIFFER', 'TOTAL_COUNT'],
    'three-decimals': ['ROWS_INVALID', 'ROW_AMOUNT'],
    // Of two rows: the other one counts.
    'no-such-date': ['ROW_DATE'],
    'unknown-flag': ['ROW_CORPORATE'],
    'twice-serial': ['ROWS_INVALID', 'WITHDRAWAL_SERIAL_TWICE'],
    'xls-differs': ['XLS_DIFFERS'],
    'other-partner': ['PARTNER_DIFFERS'],
    'missing-column': ['CSV_COLUMNS'],
  }

  it.each(HOSTILE_RETURN_FILES)('can be hostile: %s', async (hostile) => {
    await client.control({ ...fileCommand, hostile })
    const { bytes, contentType } = await download()
    expect(contentType).toBe(FILE)
    const read = await readReturnFile(bytes, contentType, { partnerId: ours() })
    const problems = read.kind === 'failure' ? [] : read.problems.map(({ code }) => code)
    expect(read.kind === 'refused' ? [read.code, ...problems] : problems).toEqual(CODES[hostile])
    expect(await client.returnFiles()).toMatchObject([{ hostile }])
  })

  it('a bomb really holds a gibibyte in a mebibyte', async () => {
    await client.control({ ...fileCommand, hostile: 'bomb' })
    const { bytes } = await download()
    expect(bytes.length).toBeLessThan(1.1 * 2 ** 20)
    const deflated = bytes.subarray(30 + bytes.readUInt16LE(26), 30 + bytes.readUInt16LE(26) + bytes.readUInt32LE(18))
    expect(bytes.readUInt32LE(22)).toBe(2 ** 30)
    // The first 16 MiB of it: what comes behind is the same again.
    expect(() => inflateRawSync(deflated, { maxOutputLength: 2 ** 24 })).toThrow(
      expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }),
    )
  })
})

describe('a day without a file', () => {
  it('RFD-2: is told of in gb2312, each day of its own', async () => {
    await client.control({ ...fileCommand, xls: false })
    const { contentType, text } = await download({ date: '20101224' })
    expect([contentType, text]).toEqual([FAILURE, '文件下载失败!文件下载失败!'])
  })

  it.each(['文件生成异常,请稍后再试!', 'MAX_VISIT_LIMIT'])('RFD-8: can have the failure %s', async (failure) => {
    await client.control({ ...fileCommand, failure })
    expect(await download()).toMatchObject({ contentType: FAILURE, text: failure })
    expect(await client.returnFiles()).toMatchObject([{ failure, rowCount: 0, asked: 1 }])
  })

  it.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ['without a date', { date: undefined }, '文件下载失败!非法请求参数。'],
    ['with an empty date', { date: '' }, '文件下载失败!非法请求参数。'],
    ['for a day that does not exist', { date: '20100230' }, 'ILLEGAL_ARGUMENT'],
    ['with a parameter of no table', { file_name: 'x.csv' }, 'ILLEGAL_ARGUMENT'],
    ['of a partner that is not known', { partner: '2088999999999999' }, 'ILLEGAL_PARTNER'],
  ])('a request %s is refused', async (_what, fields, text) => {
    await client.control({ ...fileCommand, xls: false })
    expect(await download(fields)).toMatchObject({ contentType: FAILURE, text })
    const [asked] = await client.requests()
    expect(asked).toMatchObject({ service: 'bptb_refund_file', answer: text, attempt: 1 })
    expect(asked?.date).toBe(fields.date ?? ('date' in fields ? undefined : DATE))
  })

  it('a request that was changed after signing is refused', async () => {
    const request = serviceRequest(shop, 'bptb_refund_file', { date: DATE })
    const response = await postForm(sandbox.url, { ...request, date: '20101224' })
    expect(await response.text()).toBe('ILLEGAL_SIGN')
  })

  it('a failure can be ordered for so many times, with the file behind it', async () => {
    await client.control({ ...fileCommand, xls: false })
    const code = '文件下载失败!文件下载失败!'
    await client.control({ action: 'force-answer', service: 'bptb_refund_file', code, times: 2 })
    expect([(await download()).text, (await download()).text]).toEqual([code, code])
    expect((await download()).contentType).toBe(FILE)
  })
})

describe('the command return-file', () => {
  it.each<[string, object]>([
    ['a day that does not exist', { date: '20100230' }],
    ['a failure with rows', { failure: 'x', rows: 2 }],
    ['a fault that is not known', { hostile: 'evil' }],
    ['a serial twice in one row', { hostile: 'twice-serial', rows: 1 }],
    ['a partner that is not there', { alias: 'nobody' }],
    ['a row with a column that is not there', { rows: [{ serial: '1', amount: '0.01' }] }],
  ])('refuses %s', async (_what, changes) => {
    await expect(client.control({ ...fileCommand, ...changes })).rejects.toEqual(
      expect.objectContaining({ code: 'SANDBOX_REFUSED' }),
    )
    expect(await client.returnFiles()).toEqual([])
  })
})
