import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AlipaySandbox, startAlipaySandbox } from '../alipay-sandbox.ts'
import { type DemoPartners, makeDemoPartners } from '../partners/sandbox-partners.ts'
import { EVERY_DEMO_PARTNER } from '../partners/testing/every-demo-partner.ts'
import { SandboxClient } from '../sandbox-client.ts'
import { codeOf, formBody, MerchantSide, postForm } from '../testing/test-merchant.ts'
import { answerSigning, askService, openSigning, serviceRequest, userPage } from '../testing/test-services.ts'

const SHOP = 'shop-md5-utf8'
const USER = 'user@example.com'
const folder = mkdtempSync(join(tmpdir(), 'sandbox-agreements-'))
let demo: DemoPartners
let sandbox: AlipaySandbox
let shop: MerchantSide

beforeAll(async () => {
  demo = await makeDemoPartners({ folder, notifyUrl: () => 'http://127.0.0.1:9/', partners: EVERY_DEMO_PARTNER })
  shop = new MerchantSide(demo, SHOP)
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  sandbox = await startAlipaySandbox({ partners: demo.sandbox, answerDeclaration: 'none' })
})
afterEach(() => sandbox.stop())

type Changes = Readonly<Record<string, string | Buffer | undefined>>

async function query(changes: Changes = {}, merchant = shop): Promise<string> {
  const fields = { biz_type: '10004', user_email: USER, ...changes }
  return (await askService(sandbox.url, merchant, 'query_customer_protocol', fields)).text()
}

async function unsign(changes: Changes = { biz_type: '10004', user_email: USER }, merchant = shop): Promise<string> {
  return (await askService(sandbox.url, merchant, 'customer_unsign', changes)).text()
}

async function sign(merchant = shop, email = USER): Promise<string> {
  const { signing } = await openSigning(sandbox.url, merchant, { email })
  return (await answerSigning(sandbox.url, signing, 'agree')).ended
}

// protocol-facts: the elements stand directly below the root, in this order, and there is no `error`.
const told = (charge: string, refund: string) =>
  `<alipay><is_success>T</is_success><charge_agent>${charge}</charge_agent><refund_charge>${refund}</refund_charge></alipay>`
const DONE = '<alipay><is_success>T</is_success></alipay>'
const refused = (code: string) => `<alipay><is_success>F</is_success><error>${code}</error></alipay>`

describe('an agreement', () => {
  it.each(EVERY_DEMO_PARTNER.map(({ alias }) => alias))(
    'is signed by a user, asked about and cancelled by %s, whose signatures OpenSSL makes',
    async (alias) => {
      const merchant = new MerchantSide(demo, alias)
      expect(await query({}, merchant)).toBe(told('F', 'F'))
      expect(await sign(merchant)).toBe('signed')
      expect(await query({}, merchant)).toBe(told('T', 'T'))
      expect(await unsign(undefined, merchant)).toBe(DONE)
      expect(await query({}, merchant)).toBe(told('F', 'F'))
      expect([...sandbox.agreements.all()]).toMatchObject([
        { alias, account: USER, state: 'unsigned', timesSigned: 1, timesUnsigned: 1 },
      ])
    },
  )

  it('is of one partner and one account, whose case does not count', async () => {
    expect(await sign()).toBe('signed')
    expect(await query({ user_email: 'User@Example.com' })).toBe(told('T', 'T'))
    expect(await query({ user_email: 'other@example.com' })).toBe(told('F', 'F'))
    expect(await query({}, new MerchantSide(demo, 'shop-rsa-gbk'))).toBe(told('F', 'F'))
  })

  it('may be cancelled again, or without having been there; what that is answered can be set', async () => {
    await sign()
    expect([await unsign(), await unsign()]).toEqual([DONE, DONE])
    await sandbox.control({ action: 'agreement-answers', leaveOut: true, unsignMissing: 'STATUS_TYPE_CODE' })
    expect(await unsign()).toBe(refused('STATUS_TYPE_CODE'))
    expect(await query()).toBe(DONE)
    await sign()
    expect([await query(), await unsign()]).toEqual([told('T', 'T'), DONE])
    const [agreement] = await new SandboxClient(sandbox.url).agreements()
    expect(agreement).toMatchObject({ timesSigned: 2, timesUnsigned: 2 })
    expect(agreement?.requests).toEqual({
      sign_protocol_with_partner: 2,
      query_customer_protocol: 2,
      customer_unsign: 4,
    })
  })

  it('can be set, in parts too, as if it had been done elsewhere', async () => {
    const client = new SandboxClient(sandbox.url)
    await client.control({ action: 'agreement', alias: SHOP, account: USER, chargeAgent: true, refundCharge: false })
    expect(await query()).toBe(told('T', 'F'))
    expect(await client.agreements({ alias: SHOP })).toMatchObject([{ state: 'partly', timesSigned: 0 }])
    expect(await client.agreements({ alias: 'shop-rsa-gbk' })).toEqual([])
    expect(await unsign()).toBe(DONE)
    expect(await client.agreements()).toMatchObject([{ state: 'unsigned', timesUnsigned: 1 }])
    const unknown = {
      action: 'agreement',
      alias: 'nobody',
      account: USER,
      chargeAgent: true,
      refundCharge: true,
    } as const
    await expect(client.control(unknown)).rejects.toEqual(expect.objectContaining({ code: 'SANDBOX_REFUSED' }))
  })

  it('can be cancelled by its own number, and by an account that wins over the e-mail address', async () => {
    await sign()
    const [signed] = sandbox.agreements.all()
    expect(signed?.customerCode).toMatch(/^\d{20}$/)
    await unsign({ customer_code: signed?.customerCode })
    expect(await query()).toBe(told('F', 'F'))
    await sign()
    expect(await unsign({ biz_type: '10004', trans_account_out: 'nobody@example.com', user_email: USER })).toBe(DONE)
    expect(await query()).toBe(told('T', 'T'))
    expect(await unsign({ type_code: 'T1', biz_type: '1', trans_account_out: USER })).toBe(DONE)
    expect(await query()).toBe(told('F', 'F'))
  })

  it.each<[string, Changes]>([
    ['neither type_code nor biz_type', { user_email: USER }],
    ['neither an account nor an e-mail address', { biz_type: '10004' }],
    ['another biz_type for an e-mail address', { biz_type: '10005', user_email: USER }],
    ['a mobile number', { biz_type: '10004', user_email: '13800000000' }],
    ['a parameter of no list', { biz_type: '10004', user_email: USER, memo: 'x' }],
    ['an empty parameter', { biz_type: '10004', user_email: USER, type_code: '' }],
  ])('is not cancelled with %s', async (_what, changes) => {
    await sign()
    expect(await unsign(changes)).toBe(refused('ILLEGAL_ARGUMENT'))
    expect(await query()).toBe(told('T', 'T'))
  })

  it.each<[string, Changes]>([
    ['another biz_type', { biz_type: '10005' }],
    ['no biz_type', { biz_type: undefined }],
    ['no user_email', { user_email: undefined }],
    ['a mobile number', { user_email: '13800000000' }],
    ['a parameter of another service', { customer_code: '1' }],
  ])('is not told of with %s', async (_what, changes) => {
    expect(await query(changes)).toBe(refused('ILLEGAL_ARGUMENT'))
  })

  it('is neither told of nor cancelled when a parameter was changed after signing', async () => {
    await sign()
    for (const service of ['query_customer_protocol', 'customer_unsign']) {
      const request = serviceRequest(shop, service, { biz_type: '10004', user_email: 'other@example.com' })
      const response = await postForm(sandbox.url, { ...request, user_email: USER }, 'utf-8')
      expect(await response.text()).toBe(refused('ILLEGAL_SIGN'))
    }
    expect(await query()).toBe(told('T', 'T'))
  })
})

describe('the signing page', () => {
  it.each(['GET', 'POST'] as const)(
    'is shown for a %s, in Chinese, and can be neither framed nor kept',
    async (method) => {
      const page = await openSigning(sandbox.url, shop, { email: `o'"<b>@example.com` }, method)
      expect(page.status).toBe(200)
      expect(page.headers.get('content-type')).toBe('text/html;charset=utf-8')
      expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(page.headers.get('cache-control')).toBe('no-store')
      expect(page.html).toContain('<html lang="zh-CN">')
      for (const text of ['自动支付', '自动退款', '同意', '取消', '&#60;b&#62;']) expect(page.html).toContain(text)
      expect(page.html).not.toContain('<b>')
      // Nobody but Alipay may ask for a password (SGN-1), and this is not Alipay.
      expect(page.html).not.toMatch(/type="(password|text)"/)
    },
  )

  it.each<[string, readonly string[], string]>([
    ['nothing', [], 'REFUND_CHARGE_MUST_CHOSE_ONE'],
    ['no automatic refund', ['auto_pay'], 'REFUND_CHARGE_MUST_CHOSE_ONE'],
    ['no automatic payment', ['auto_refund'], 'CHARGE_MUST_HAVE_PAY_METHOD'],
  ])('SGN-8: refuses %s, and can be answered again', async (_what, chosen, code) => {
    const { signing } = await openSigning(sandbox.url, shop)
    const again = await answerSigning(sandbox.url, signing, 'agree', chosen)
    expect(again.ended).toBe(code)
    expect(await query()).toBe(told('F', 'F'))
    expect((await answerSigning(sandbox.url, again.signing, 'agree')).ended).toBe('signed')
    expect(await query()).toBe(told('T', 'T'))
  })

  it('is good for one answer, of a user who was shown it', async () => {
    const { signing } = await openSigning(sandbox.url, shop)
    expect((await answerSigning(sandbox.url, signing, 'cancel')).ended).toBe('cancelled')
    const gone = await answerSigning(sandbox.url, signing, 'agree')
    expect([gone.status, gone.ended]).toEqual([404, 'gone'])
    expect((await answerSigning(sandbox.url, undefined, 'agree')).ended).toBe('gone')
    expect(await query()).toBe(told('F', 'F'))
  })

  it('says so to a user who has signed already', async () => {
    await sign()
    expect((await openSigning(sandbox.url, shop)).ended).toBe('already-signed')
  })

  it.each<[string, Changes, string]>([
    ['a mobile number', { email: '13800000000' }, 'ILLEGAL_ARGUMENT'],
    ['no e-mail address', { email: undefined }, 'ILLEGAL_ARGUMENT'],
    ['a parameter of no list', { return_url: 'http://x.example.com/' }, 'ILLEGAL_ARGUMENT'],
    ['a partner that is not known', { partner: '2088999999999999' }, 'ILLEGAL_PARTNER'],
    ['bytes that are not of its charset', { email: Buffer.from('b3a3406578', 'hex') }, 'ILLEGAL_ENCODING'],
  ])('is not shown for %s', async (_what, changes, code) => {
    const page = await openSigning(sandbox.url, shop, changes)
    expect([page.ended, page.signing]).toEqual([`refused ${code}`, undefined])
    expect(sandbox.requests.all()).toMatchObject([{ service: 'sign_protocol_with_partner', answer: code }])
  })

  it('SGN-2, SGN-8: is not shown for a wrong signature, a form with more in it, or one whose address lacks the charset', async () => {
    const request = serviceRequest(shop, 'sign_protocol_with_partner', { email: USER })
    const post = async (address: string, body: string) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      return (await userPage(await fetch(address, { method: 'POST', headers, body }))).ended
    }
    const good = `${sandbox.url}?_input_charset=utf-8`
    expect(await post(good, formBody({ ...request, email: 'other@example.com' }))).toBe('refused ILLEGAL_SIGN')
    expect(await post(good, formBody({ ...request, submit: 'go' }))).toBe('refused ILLEGAL_SIGN')
    expect(await post(sandbox.url, formBody(request))).toBe('refused ILLEGAL_SIGN')
    const { _input_charset, ...others } = request
    expect(await post(good, formBody(others))).toBe('refused ILLEGAL_CHARSET')
    expect(await post(good, formBody(request))).toBe('')
  })
})

describe('orders', () => {
  it('for a service leave batches alone, and those for batches the services', async () => {
    const client = new SandboxClient(sandbox.url)
    await client.control({ action: 'force-answer', code: 'USER_BLOCKED' })
    await client.control({
      action: 'force-answer',
      code: 'TOO_MUCH_TYPE_CODE',
      service: 'customer_unsign',
      alias: SHOP,
    })
    await client.control({ action: 'force-fault', fault: 'empty', service: 'query_customer_protocol' })
    expect([await query(), await query()]).toEqual(['', told('F', 'F')])
    expect([await unsign(), await unsign()]).toEqual([refused('TOO_MUCH_TYPE_CODE'), DONE])
    const batch = shop.signed(shop.fields({ notify_url: undefined }))
    expect(await codeOf(await postForm(sandbox.url, batch))).toBe('F USER_BLOCKED')
    expect(await codeOf(await postForm(sandbox.url, batch))).toBe('T SUCCESS')
    const log = await client.requests({ alias: SHOP })
    expect(
      log.map(({ service, account, attempt, answer, fault }) => [service, account, attempt, answer, fault]),
    ).toEqual([
      ['query_customer_protocol', USER, 1, 'SUCCESS', 'empty'],
      ['query_customer_protocol', USER, 2, 'SUCCESS', undefined],
      ['customer_unsign', USER, 1, 'TOO_MUCH_TYPE_CODE', undefined],
      ['customer_unsign', USER, 2, 'SUCCESS', undefined],
      ['batch_trans_notify_no_pwd', undefined, 1, 'USER_BLOCKED', undefined],
      ['batch_trans_notify_no_pwd', undefined, 2, 'SUCCESS', undefined],
    ])
    expect(JSON.stringify([log, await client.agreements()])).not.toMatch(/2088\d{12}/)
  })

  it('SGN-6: make a signing that succeeded look as if it had not', async () => {
    const { signing } = await openSigning(sandbox.url, shop)
    const service = 'sign_protocol_with_partner'
    await sandbox.control({ action: 'force-fault', fault: 'system-error', service })
    expect((await answerSigning(sandbox.url, signing, 'agree')).ended).toBe('refused SYSTEM_ERROR')
    expect(await query()).toBe(told('F', 'F'))
    await sandbox.control({ action: 'force-fault', fault: 'late-system-error', service })
    expect((await answerSigning(sandbox.url, signing, 'agree')).ended).toBe('refused SYSTEM_ERROR')
    expect(await query()).toBe(told('T', 'T'))
    await sandbox.control({ action: 'force-answer', code: 'MERCHANT_UNSIGN', service })
    expect((await openSigning(sandbox.url, shop)).ended).toBe('refused MERCHANT_UNSIGN')
  })
})
