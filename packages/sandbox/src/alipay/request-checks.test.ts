import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ERROR_CODES } from '@payout/mapi/answer/error-codes'
import { AlipaySubmit } from 'alipay/lib/alipay_submit.class.js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AlipaySandbox, startAlipaySandbox } from './alipay-sandbox.ts'
import { type DemoPartners, makeDemoPartners } from './partners/sandbox-partners.ts'
import { EVERY_DEMO_PARTNER } from './partners/testing/every-demo-partner.ts'
import { chinaToday, codeOf, type Fields, formBody, MerchantSide, postForm } from './testing/test-merchant.ts'

const SHOP = 'shop-md5-utf8'
const folder = mkdtempSync(join(tmpdir(), 'sandbox-requests-'))
let demo: DemoPartners
let sandbox: AlipaySandbox
let shop: MerchantSide

beforeAll(async () => {
  demo = await makeDemoPartners({ folder, notifyUrl: () => 'http://127.0.0.1:9/notify', partners: EVERY_DEMO_PARTNER })
  shop = new MerchantSide(demo, SHOP)
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  sandbox = await startAlipaySandbox({ partners: demo.sandbox })
})
afterEach(() => sandbox.stop())

/** The answer to a request of the shop that is good but for these changes, and signed. */
async function asked(changes: Readonly<Record<string, string | Buffer | undefined>> = {}): Promise<string> {
  return codeOf(await postForm(sandbox.url, shop.signed(shop.fields({ notify_url: undefined, ...changes })), 'utf-8'))
}

async function askedAs(fields: Fields): Promise<string> {
  return codeOf(await postForm(sandbox.url, fields, 'utf-8'))
}

describe('a batch request', () => {
  it('is accepted, once, and stands in the books', async () => {
    expect(await asked()).toBe('T SUCCESS')
    expect(sandbox.books.entries()).toMatchObject([
      {
        alias: SHOP,
        batchNo: '20080107001',
        serial: '0315006',
        account: 'ok@example.com',
        name: 'Chang Wei',
        amountFen: 2_000,
        memo: 'hello',
        paid: true,
      },
    ])
    expect(await asked()).toBe('F BATCH_NO_NOT_UNIQUE')
    expect(sandbox.books.entries().length).toBe(1)
    expect(sandbox.requests.all().map(({ attempt, answer }) => [attempt, answer])).toEqual([
      [1, 'SUCCESS'],
      [2, 'BATCH_NO_NOT_UNIQUE'],
    ])
  })

  it.each([
    ['without a service', { service: undefined }, 'ILLEGAL_SERVICE'],
    ['for a service that is not there', { service: 'batch_trans_notify' }, 'ILLEGAL_SERVICE'],
    ['without a partner', { partner: undefined }, 'ILLEGAL_PARTNER'],
    ['of a partner that is not known', { partner: '2088999999999999' }, 'ILLEGAL_PARTNER'],
    ['without _input_charset', { _input_charset: undefined }, 'ILLEGAL_CHARSET'],
    ['with another charset than its address', { _input_charset: 'gbk' }, 'ILLEGAL_CHARSET'],
    ['in a charset that is none of the three', { _input_charset: 'big5' }, 'ILLEGAL_CHARSET'],
    ['without sign_type', { sign_type: undefined }, 'ILLEGAL_SIGN_TYPE'],
    ['with sign_type in lower case', { sign_type: 'md5' }, 'ILLEGAL_SIGN_TYPE'],
    ["with another sign_type than the partner's", { sign_type: 'RSA' }, 'ILLEGAL_SIGN_TYPE'],
    ['with a parameter of no table', { return_url: 'http://x.example.com/' }, 'ILLEGAL_ARGUMENT'],
    ['with an optional parameter that is empty', { extend_param: '' }, 'ILLEGAL_ARGUMENT'],
    ['with bytes that are not of its charset', { account_name: Buffer.from('b3a3', 'hex') }, 'ILLEGAL_ENCODING'],
    ['without batch_no', { batch_no: undefined }, 'batchNoIsNull'],
    ['with an empty batch_no', { batch_no: '' }, 'batchNoIsNull'],
    ['without account_name', { account_name: undefined }, 'baccountNameIsNull'],
    ['without email and buyer_account_name', { email: undefined }, 'emailIsNull'],
    ['without pay_date', { pay_date: undefined }, 'payDateIsNull'],
    ['without batch_num', { batch_num: undefined }, 'batchNumsIsNull'],
    ['without batch_fee', { batch_fee: undefined }, 'batchFeesIsNull'],
    ['without detail_data', { detail_data: undefined }, 'detailDataIsNull'],
    ['with a batch_no of 10 characters', { batch_no: '2008010700' }, 'BATCH_NO_ERROR'],
    ['with a batch_no of 33 characters', { batch_no: '2'.repeat(33) }, 'BATCH_NO_ERROR'],
    ['with a dash in its batch_no', { batch_no: '20080107-001' }, 'BATCH_NO_ERROR'],
    ['with three decimals in batch_fee', { batch_fee: '20.000' }, 'batchFeeIllegal'],
    ['with an exponent in batch_fee', { batch_fee: '2e1' }, 'batchFeeIllegal'],
    ['with a batch_num of 0', { batch_num: '0' }, 'ILLEGAL_ARGUMENT'],
    ["with yesterday's pay_date", { pay_date: '20080107' }, 'ILLEGAL_ARGUMENT'],
    ['with a pay_date of another form', { pay_date: '2008-01-07' }, 'ILLEGAL_ARGUMENT'],
    ['with a query in notify_url', { notify_url: 'http://127.0.0.1/n?a=1' }, 'ILLEGAL_ARGUMENT'],
    ['with an extend_param without ^', { extend_param: 'agent' }, 'ILLEGAL_ARGUMENT'],
    ['with an extend_param of 201 characters', { extend_param: `a^${'b'.repeat(199)}` }, 'ILLEGAL_ARGUMENT'],
    ['with four columns in a line', { detail_data: '1^a@b.c^N^20.00' }, 'ILLEGAL_FILE_FORMAT'],
    ['with six columns in a line', { detail_data: '1^a@b.c^N^20.00^m^x' }, 'ILLEGAL_FILE_FORMAT'],
    ['with an amount of 0', { detail_data: '1^a@b.c^N^0.00^m', batch_fee: '0.00' }, 'ILLEGAL_FILE_FORMAT'],
    ['with a negative amount', { detail_data: '1^a@b.c^N^-20.00^m' }, 'ILLEGAL_FILE_FORMAT'],
    ['without a serial', { detail_data: '^a@b.c^N^20.00^m' }, 'ILLEGAL_FILE_FORMAT'],
    ['with a serial of 33 characters', { detail_data: `${'1'.repeat(33)}^a@b.c^N^20.00^m` }, 'ILLEGAL_FILE_FORMAT'],
    ['with an empty memo', { detail_data: '1^a@b.c^N^20.00^' }, 'REASON_NOT_NULL'],
    ['with another number of lines', { batch_num: '2' }, 'BATCH_COUNT_ADD_NOT_MATCH_AMOUNT'],
    ['with another total', { batch_fee: '20.01' }, 'BATCH_MONEY_ADD_NOT_MATCH_AMOUNT'],
    ['with more than 1,000 lines', { batch_num: '1001' }, 'TOTAL_NUMS_LIMIT'],
    ['from an account with another name', { account_name: 'Mao' }, 'PAY_EMAIL_NAME_NOT_MATCH'],
    ['from an account that is not there', { email: 'nobody@example.com' }, 'USER_NOT_EXIST'],
    ["from another partner's account", { email: 'payer@shop-rsa-gbk.example.com' }, 'partnerORPayEmailError'],
    [
      'with a serial two times',
      { detail_data: '1^a@b.c^N^20.00^m|1^d@b.c^M^20.00^m', batch_num: '2', batch_fee: '40.00' },
      'TRANS_NO_NOT_UNIQUE',
    ],
  ])('%s is refused', async (_what, changes, code) => {
    expect(await asked(changes)).toBe(`F ${code}`)
    expect(sandbox.books.entries()).toEqual([])
    // The same request without the fault is taken: it was the fault that was refused.
    expect(await asked()).toBe('T SUCCESS')
  })

  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    ['a bar behind the last line', { detail_data: '0315006^ok@example.com^N^20.00^hello|' }],
    ['a total without decimals', { batch_fee: '20' }],
    [
      'buyer_account_name in place of email',
      { email: undefined, buyer_account_name: 'branch@shop-md5-utf8.example.com' },
    ],
    ['buyer_account_name that wins over email', { buyer_account_name: 'branch@shop-md5-utf8.example.com' }],
    ['a batch_no of 32 characters', { batch_no: 'aB'.repeat(16) }],
    ['an extend_param', { extend_param: 'agent^123456|b^2' }],
  ])('takes %s', async (_what, changes) => {
    const number = EVERY_DEMO_PARTNER.findIndex(({ alias }) => alias === SHOP) + 1
    const branch = changes.buyer_account_name === undefined ? {} : { account_name: `毛毛分店${number}` }
    expect(await asked({ ...changes, ...branch })).toBe('T SUCCESS')
  })

  it('tells batch numbers apart by case', async () => {
    expect(await asked({ batch_no: '20080107abc' })).toBe('T SUCCESS')
    expect(await asked({ batch_no: '20080107ABC', detail_data: '2^a@b.c^N^20.00^m' })).toBe('T SUCCESS')
  })

  it('is refused whole when one of its serials was used before, by this partner only', async () => {
    expect(await asked()).toBe('T SUCCESS')
    const mixed = { batch_no: '20080107002', batch_num: '2', batch_fee: '40.00' }
    expect(await asked({ ...mixed, detail_data: 'new^a@b.c^N^20.00^m|0315006^ok@example.com^N^20.00^m' })).toBe(
      'F TRANS_NO_NOT_UNIQUE',
    )
    expect(await asked({ batch_no: '20080107003', detail_data: 'new^a@b.c^N^20.00^m' })).toBe('T SUCCESS')
    const other = new MerchantSide(demo, 'shop-rsa-utf8')
    expect(await askedAs(other.signed(other.fields({ notify_url: undefined })))).toBe('T SUCCESS')
  })

  it('is refused when a parameter was changed after signing, or its signature is another one', async () => {
    const good = shop.signed(shop.fields({ notify_url: undefined }))
    expect(await askedAs({ ...good, batch_fee: '20.0' })).toBe('F ILLEGAL_SIGN')
    expect(await askedAs({ ...good, sign: String(good.sign).toUpperCase() })).toBe('F ILLEGAL_SIGN')
    expect(await askedAs({ ...good, sign: '' })).toBe('F ILLEGAL_SIGN')
    const others = new MerchantSide(demo, 'shop-md5-gbk')
    expect(await askedAs({ ...good, sign: others.sign(Buffer.from('x')) })).toBe('F ILLEGAL_SIGN')
    expect(await askedAs(good)).toBe('T SUCCESS')
  })

  it('is refused when it names a parameter twice, is no form, or has more in its address than the charset', async () => {
    const body = formBody(shop.signed(shop.fields({ notify_url: undefined })))
    const post = (url: string, text: string, type = 'application/x-www-form-urlencoded') =>
      fetch(url, { method: 'POST', headers: { 'content-type': type }, body: text }).then(codeOf)
    expect(await post(sandbox.url, `${body}&batch_no=20080107001`)).toBe('F ILLEGAL_ARGUMENT')
    expect(await post(sandbox.url, body, 'text/plain')).toBe('F ILLEGAL_ARGUMENT')
    expect(await post(`${sandbox.url}?${body}`, body)).toBe('F ILLEGAL_ARGUMENT')
    expect(await post(sandbox.url, body)).toBe('T SUCCESS')
  })

  it('may come as a GET with all in its address', async () => {
    const body = formBody(shop.signed(shop.fields({ notify_url: undefined })))
    expect(await codeOf(await fetch(`${sandbox.url}?${body}`))).toBe('T SUCCESS')
  })

  it('is refused without money, and nothing is taken for it', async () => {
    await sandbox.control({ action: 'balance', alias: SHOP, balanceFen: 2_500 })
    expect(await asked()).toBe('T SUCCESS')
    expect(await asked({ batch_no: '20080107002', detail_data: '2^ok@example.com^N^20.00^m' })).toBe(
      'F NOT_ENOUGH_AMOUNT',
    )
    await sandbox.control({ action: 'balance', alias: SHOP, balanceFen: 2_000 })
    expect(await asked({ batch_no: '20080107002', detail_data: '2^fail@example.com^N^20.00^m' })).toBe('T SUCCESS')
    expect(await asked({ batch_no: '20080107003', detail_data: '3^ok@example.com^N^20.00^m' })).toBe('T SUCCESS')
    expect(await asked({ batch_no: '20080107004', detail_data: '4^ok@example.com^N^0.01^m', batch_fee: '0.01' })).toBe(
      'F NOT_ENOUGH_AMOUNT',
    )
  })

  it('takes 1,000 lines, the longest ones, and not one more', async () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        [
          String(index).padStart(32, 's'),
          `${'a'.repeat(88)}@example.com`,
          '龘'.repeat(128),
          '0.01',
          '备'.repeat(100),
        ].join('^'),
      ).join('|')
    expect(await asked({ detail_data: lines(1_001), batch_num: '1001', batch_fee: '10.01' })).toBe('F TOTAL_NUMS_LIMIT')
    expect(await asked({ detail_data: lines(1_000), batch_num: '1000', batch_fee: '10.00' })).toBe('T SUCCESS')
    expect(sandbox.books.summary()).toMatchObject({ lines: 1_000, paidFen: 1_000 })
  })

  it('is refused on the next day in China', async () => {
    await sandbox.control({ action: 'clock', clockShiftMs: 24 * 3_600_000 })
    expect(await asked({ pay_date: chinaToday() })).toBe('F ILLEGAL_ARGUMENT')
  })
})

describe('signatures made by others', () => {
  it.each(EVERY_DEMO_PARTNER.map(({ alias }) => alias))('of %s, made by OpenSSL, are good', async (alias) => {
    const merchant = new MerchantSide(demo, alias)
    const { charset, accounts } = merchant.partner
    // 毛毛商店, its number, and 常炜买家, as Python's codecs write them.
    const gbk = { shop: 'c3abc3abc9ccb5ea', payee: 'b3a3ecbfc2f2bcd2' }
    const number = (accounts[0]?.name ?? '').slice(4)
    const inGbk = {
      account_name: Buffer.concat([Buffer.from(gbk.shop, 'hex'), Buffer.from(number)]),
      detail_data: Buffer.concat([Buffer.from('1^ok@b.c^'), Buffer.from(gbk.payee, 'hex'), Buffer.from('^20.00^m')]),
    }
    const texts = charset === 'utf-8' ? { detail_data: '1^ok@b.c^常炜买家^20.00^m' } : inGbk
    const request = merchant.signed(merchant.fields({ notify_url: undefined, ...texts }))
    expect(await codeOf(await postForm(sandbox.url, request, charset))).toBe('T SUCCESS')
    expect(sandbox.books.entries()[0]?.name).toBe('常炜买家')
  })

  it('of npm alipay, a port of Alipay’s own demo, are good', async () => {
    const { signingKeyFile } = shop.partner
    const key = readFileSync(resolve(folder, signingKeyFile), 'latin1').trim()
    const submit = new AlipaySubmit({ key, sign_type: 'MD5', input_charset: 'utf-8' })
    const fields = shop.fields({ notify_url: undefined, detail_data: '1^ok@b.c^常炜 买家&=%+^20.00^m' })
    const texts = Object.entries(fields).map(([name, value]) => [name, String(value)])
    const parameters = submit.buildRequestPara({ ...Object.fromEntries(texts), extend_param: '' })
    expect(await askedAs(parameters)).toBe('T SUCCESS')
    expect(sandbox.books.entries()[0]?.name).toBe('常炜 买家&=%+')
  })
})

describe('every code of tables 10-1 and 10-2', () => {
  it.each([...ERROR_CODES.keys()])('%s comes when it is configured or ordered', async (code) => {
    await sandbox.control({ action: 'force-answer', code, alias: SHOP })
    expect(await asked()).toBe(`F ${code}`)
    expect(await asked()).toBe('T SUCCESS')
    await sandbox.stop()
    sandbox = await startAlipaySandbox({
      partners: demo.sandbox.map((partner) => (partner.alias === SHOP ? { ...partner, refuse: code } : partner)),
    })
    expect(await asked()).toBe(`F ${code}`)
    expect(sandbox.books.entries()).toEqual([])
  })
})

describe('the order of checks', () => {
  it('has the batch number before serials and balance unless told', async () => {
    expect(await asked()).toBe('T SUCCESS')
    await sandbox.control({ action: 'balance', alias: SHOP, balanceFen: 0 })
    expect(await asked()).toBe('F BATCH_NO_NOT_UNIQUE')
  })

  it('can be any, the same each time for a seed', async () => {
    const answers = async () => {
      await sandbox.stop()
      sandbox = await startAlipaySandbox({ partners: demo.sandbox, checkOrder: 'any', seed: 7 })
      await asked()
      await sandbox.control({ action: 'balance', alias: SHOP, balanceFen: 0 })
      const codes: string[] = []
      for (let time = 0; time < 30; time += 1) codes.push(await asked())
      return codes
    }
    const first = await answers()
    expect(new Set(first)).toEqual(new Set(['F BATCH_NO_NOT_UNIQUE', 'F TRANS_NO_NOT_UNIQUE', 'F NOT_ENOUGH_AMOUNT']))
    expect(await answers()).toEqual(first)
  })
})

describe('without uniqueness', () => {
  it('a payout can be paid twice, and the books say so', async () => {
    await sandbox.control({ action: 'uniqueness', batchNo: false, serial: false })
    expect(await asked()).toBe('T SUCCESS')
    expect(await asked()).toBe('T SUCCESS')
    const twice = { alias: SHOP, serial: '0315006', accepted: 2, paid: 2 }
    expect(sandbox.books.summary()).toMatchObject({ batches: 2, paidLines: 2, paidFen: 4_000, paidTwice: [twice] })
  })
})
