import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { AlipaySubmit } from 'alipay/lib/alipay_submit.class.js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AlipaySandbox, type AlipaySandboxOptions, startAlipaySandbox } from './alipay-sandbox.ts'
import { FORGERIES } from './notify/forged-notify.ts'
import { type DemoPartners, makeDemoPartners } from './partners/sandbox-partners.ts'
import { EVERY_DEMO_PARTNER } from './partners/testing/every-demo-partner.ts'
import { codeOf, MerchantSide, postForm, type ReceivedNotify, TestMerchant } from './testing/test-merchant.ts'

const SHOP = 'shop-md5-utf8'
/** Far more than a busy machine needs. */
const PATIENT = { timeout: 10_000 }
const folder = mkdtempSync(join(tmpdir(), 'sandbox-notifies-'))
let receiver: TestMerchant
let demo: DemoPartners
let sandbox: AlipaySandbox | undefined
let shop: MerchantSide

beforeAll(async () => {
  demo = await makeDemoPartners({ folder, notifyUrl: () => 'http://127.0.0.1:9/', partners: EVERY_DEMO_PARTNER })
  shop = new MerchantSide(demo, SHOP)
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  receiver = new TestMerchant()
  await receiver.start()
})
afterEach(async () => {
  await sandbox?.stop()
  await receiver.stop()
})

/** A million times faster than real: the whole schedule is over in a tenth of a second. */
async function start(options: Partial<AlipaySandboxOptions> = {}): Promise<AlipaySandbox> {
  sandbox = await startAlipaySandbox({ partners: demo.sandbox, timeScale: 1e6, ...options })
  return sandbox
}

/** Pays these accounts, 1.00 to each, with serials s1, s2 … */
async function pay(running: AlipaySandbox, accounts: readonly string[], merchant = shop, batchNo = '20080107001') {
  const fields = merchant.fields({
    notify_url: `${receiver.url}/notify/${SHOP}`,
    batch_no: batchNo,
    batch_num: String(accounts.length),
    batch_fee: `${accounts.length}.00`,
    detail_data: accounts.map((account, index) => `s${index + 1}^${account}^N${index + 1}^1.00^memo`).join('|'),
  })
  return codeOf(await postForm(running.url, merchant.signed(fields)))
}

function text(notify: ReceivedNotify | undefined, name: string): string | undefined {
  return notify?.fields.get(name)?.toString('utf8')
}

/** serial, account, amount, mark and reason of the rows. */
function rows(details: string | undefined): string[] {
  return (details ?? '')
    .split('|')
    .filter((row) => row !== '')
    .map((row) => {
      const [serial, account, , amount, mark, reason] = row.split('^')
      return [serial, account, amount, mark, reason].join(' ')
    })
}

async function verified(running: AlipaySandbox, notifyId: string, partnerId = shop.partner.partnerId): Promise<string> {
  const query = new URLSearchParams({ service: 'notify_verify', partner: partnerId, notify_id: notifyId })
  return (await fetch(`${running.url}?${query}`)).text()
}

describe('a notify', () => {
  it('has the fields of batch_trans_notify_no_pwd 1.3 §6.2, leaves out what is empty, and comes where the request said', async () => {
    const running = await start()
    expect(await pay(running, ['ok@example.com', 'any@example.com'])).toBe('T SUCCESS')
    const [notify] = await receiver.received(1)
    expect(notify?.path).toBe(`/notify/${SHOP}`)
    expect([...(notify?.fields.keys() ?? [])].sort()).toEqual([
      'batch_no',
      'notify_id',
      'notify_time',
      'notify_type',
      'pay_account_no',
      'pay_user_id',
      'pay_user_name',
      'sign',
      'sign_type',
      'success_details',
    ])
    expect(text(notify, 'notify_type')).toBe('batch_trans_notify')
    expect(text(notify, 'notify_time')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    expect(text(notify, 'notify_id')).toMatch(/^[0-9a-z]{34}$/)
    expect(text(notify, 'batch_no')).toBe('20080107001')
    expect(text(notify, 'sign_type')).toBe('MD5')
    expect(text(notify, 'pay_user_name')).toBe(shop.partner.accounts[0]?.name)
    expect(text(notify, 'pay_account_no')).toBe(`${text(notify, 'pay_user_id')}0156`)
    expect(text(notify, 'success_details')).toMatch(
      /^s1\^ok@example\.com\^N1\^1\.00\^S\^\^\d{18}\^\d{14}\|s2\^any@example\.com\^N2\^1\.00\^S\^\^\d{18}\^\d{14}\|$/,
    )
    expect(notify?.contentType).toBe('application/x-www-form-urlencoded; text/html; charset=utf-8')
  })

  it('can look otherwise', async () => {
    const notifyStyle = {
      successReason: 'null',
      lastBar: false,
      contentType: 'plain',
      namesCharset: true,
      idForm: 'percent',
    } as const
    const running = await start({ notifyStyle })
    await pay(running, ['ok@example.com'])
    const [notify] = await receiver.received(1)
    expect(notify?.contentType).toBe('application/x-www-form-urlencoded')
    expect(text(notify, 'success_details')).toMatch(/\^S\^null\^\d{18}\^\d{14}$/)
    expect(text(notify, '_input_charset')).toBe('utf-8')
    expect(text(notify, 'notify_id')).toMatch(/%2F.*\/\+=$/)
    expect(notify === undefined ? undefined : shop.believes(notify)).toBe(true)
  })

  it.each(EVERY_DEMO_PARTNER.map(({ alias }) => alias))(
    'for %s has a signature that OpenSSL finds good',
    async (alias) => {
      const running = await start()
      const merchant = new MerchantSide(demo, alias)
      const { charset } = merchant.partner
      // 常炜买家 as Python's codecs write it.
      const payee = Buffer.from(charset === 'utf-8' ? 'e5b8b8e7829ce4b9b0e5aeb6' : 'b3a3ecbfc2f2bcd2', 'hex')
      const detail = Buffer.concat([Buffer.from('1^ok@b.c^'), payee, Buffer.from('^20.00^m')])
      const account = Buffer.from(charset === 'utf-8' ? 'e6af9be6af9be58886e5ba97' : 'c3abc3abb7d6b5ea', 'hex')
      const index = EVERY_DEMO_PARTNER.findIndex((partner) => partner.alias === alias)
      const fields = merchant.fields({
        notify_url: receiver.url,
        account_name: Buffer.concat([account, Buffer.from(String(index + 1))]),
        email: undefined,
        buyer_account_name: `branch@${alias}.example.com`,
        detail_data: detail,
      })
      expect(await codeOf(await postForm(running.url, merchant.signed(fields)))).toBe('T SUCCESS')
      const [notify] = await receiver.received(1)
      expect(notify?.fields.get('success_details')?.includes(payee)).toBe(true)
      expect(notify?.fields.get('pay_user_name')?.subarray(0, account.length)).toEqual(account)
      expect(notify === undefined ? undefined : merchant.believes(notify)).toBe(true)
      const changed = new Map(notify?.fields).set('batch_no', Buffer.from('20080107002'))
      expect(notify === undefined ? undefined : merchant.believes({ ...notify, fields: changed })).toBe(false)
    },
  )

  it('is signed as npm alipay signs, a port of Alipay’s own demo', async () => {
    const running = await start()
    await pay(running, ['ok@example.com', 'fail.RECEIVE_REASON_ERROR@example.com'])
    const [notify] = await receiver.received(1)
    const key = readFileSync(resolve(folder, shop.partner.signingKeyFile), 'latin1').trim()
    const port = new AlipaySubmit({ key, sign_type: 'MD5', input_charset: 'utf-8' })
    const parameters = Object.fromEntries([...(notify?.fields ?? [])].map(([name, value]) => [name, value.toString()]))
    // Its own check of notifies calls a function that it does not have; requests are signed in the same way.
    expect(port.buildRequestPara(parameters).sign).toBe(parameters.sign)
  })

  it('comes again with the same notify_id, eight times at most, each time freshly signed', async () => {
    const running = await start()
    receiver.answer = () => ({ status: 200, body: 'fail' })
    await pay(running, ['ok@example.com'])
    const all = await receiver.received(8)
    expect(new Set(all.map((notify) => text(notify, 'notify_id'))).size).toBe(1)
    expect(all.every((notify) => shop.believes(notify))).toBe(true)
    await expect.poll(() => running.notifies.counts(), PATIENT).toMatchObject({ abandoned: 1, open: 0 })
    expect(receiver.notifies.length).toBe(8)
  })

  it('counts only status 200 with success: no redirect, no other status', async () => {
    const running = await start()
    receiver.answer = (_notify, index) =>
      [
        { status: 302, body: 'success' },
        { status: 201, body: 'success' },
        { status: 503, body: '' },
      ][index] ?? { status: 200, body: 'success' }
    await pay(running, ['ok@example.com'])
    const all = await receiver.received(4)
    expect(all.every(({ path }) => path === `/notify/${SHOP}`)).toBe(true)
    await expect.poll(() => running.notifies.counts().acknowledged, PATIENT).toBe(1)
  })

  it('is not sent without a notify_url', async () => {
    const running = await start()
    expect(await codeOf(await postForm(running.url, shop.signed(shop.fields({ notify_url: undefined }))))).toBe(
      'T SUCCESS',
    )
    expect(running.notifies.counts().total).toBe(0)
  })
})

describe('notify_verify', () => {
  it('says true until the notify is acknowledged, then false, and invalid for what it does not know', async () => {
    const running = await start({ timeScale: 1 })
    const asked: string[] = []
    receiver.answer = () => ({ status: 200, body: 'fail' })
    await pay(running, ['ok@example.com'])
    const [notify] = await receiver.received(1)
    const id = text(notify, 'notify_id') ?? ''
    asked.push(await verified(running, id), await verified(running, id))
    asked.push(await verified(running, id, '2088999999999999'), await verified(running, 'forged'))
    asked.push(await verified(running, id, new MerchantSide(demo, 'shop-rsa-gbk').partner.partnerId))
    receiver.answer = () => ({ status: 200, body: 'success' })
    await running.control({ action: 'resend-notify', notifyId: id })
    asked.push(await verified(running, id))
    expect(asked).toEqual(['true', 'true', 'invalid', 'invalid', 'invalid', 'false'])
  })

  it('answers what was ordered', async () => {
    const running = await start()
    await running.control({ action: 'force-verify', answer: ' true\n' })
    expect(await verified(running, 'x')).toBe(' true\n')
    await running.control({ action: 'force-verify', answer: 'server-error' })
    expect(await verified(running, 'x')).toContain('500')
    await running.control({ action: 'force-verify', answer: 'reset' })
    await expect(verified(running, 'x')).rejects.toThrow()
    expect(await verified(running, 'x')).toBe('invalid')
  })
})

describe('what becomes of a line', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['fail.RECEIVE_NAME_ERROR.1@b.c', [], ['s1 fail.RECEIVE_NAME_ERROR.1@b.c 1.00 F RECEIVE_NAME_ERROR']],
    ['fail-silent@b.c', [], ['s1 fail-silent@b.c 1.00 F ']],
    ['repeated@b.c', ['s1 repeated@b.c 1.00 S ', 's1 repeated@b.c 1.00 S '], []],
    [
      'both-lists@b.c',
      ['s1 both-lists@b.c 1.00 S '],
      ['s1 both-lists@b.c 1.00 F TXN_RESULT_TRANSFER_OUT_CAN_NOT_EQUAL_IN'],
    ],
    ['wrong-amount@b.c', ['s1 wrong-amount@b.c 1.01 S '], []],
    ['wrong-account@b.c', ['s1 other.wrong-account@b.c 1.00 S '], []],
    ['unknown-serial@b.c', ['xs1 unknown-serial@b.c 1.00 S '], []],
    ['unreadable-line@b.c', ['s1 unreadable-line@b.c   '], []],
  ])('%s', async (account, successes, failures) => {
    const running = await start()
    await pay(running, [account])
    const [notify] = await receiver.received(1)
    expect(rows(text(notify, 'success_details'))).toEqual(successes)
    expect(rows(text(notify, 'fail_details'))).toEqual(failures)
    expect(running.books.entries().map(({ paid }) => paid)).toEqual([!account.startsWith('fail')])
  })

  it('never: no notify has the line, and its neighbours are told of', async () => {
    const running = await start()
    await pay(running, ['never@b.c', 'ok@b.c'])
    const [notify] = await receiver.received(1)
    expect(rows(text(notify, 'success_details'))).toEqual(['s2 ok@b.c 1.00 S '])
    await pay(running, ['never.2@b.c'], new MerchantSide(demo, 'shop-rsa-utf8'), '20080107002')
    expect(running.notifies.counts().total).toBe(1)
  })

  it('twice: two notifies with different ids have the line', async () => {
    await pay(await start(), ['twice@b.c', 'ok@b.c'])
    const both = await receiver.received(2)
    expect(both.map((notify) => rows(text(notify, 'success_details')).length).sort()).toEqual([1, 2])
    expect(new Set(both.map((notify) => text(notify, 'notify_id'))).size).toBe(2)
  })

  it('contradict: S, and F under another id once the first is acknowledged', async () => {
    await pay(await start(), ['contradict@b.c'])
    const [first, second] = await receiver.received(2)
    expect(rows(text(first, 'success_details'))).toEqual(['s1 contradict@b.c 1.00 S '])
    expect(rows(text(second, 'fail_details'))).toEqual([
      's1 contradict@b.c 1.00 F TXN_RESULT_TRANSFER_OUT_CAN_NOT_EQUAL_IN',
    ])
    expect(text(first, 'notify_id')).not.toBe(text(second, 'notify_id'))
  })

  it('slow: the line comes later, in a notify of its own', async () => {
    await pay(await start({ timeScale: 1_000 }), ['slow.20s.fail.X@b.c', 'ok@b.c'])
    const [first, second] = await receiver.received(2)
    expect(rows(text(first, 'success_details'))).toEqual(['s2 ok@b.c 1.00 S '])
    expect(rows(text(second, 'fail_details'))).toEqual(['s1 slow.20s.fail.X@b.c 1.00 F X'])
  })
})

describe('the control of notifies', () => {
  it('holds them and lets them go', async () => {
    const running = await start()
    await running.control({ action: 'hold-notifies', hold: true })
    await pay(running, ['ok@b.c'])
    await expect.poll(() => running.notifies.counts().held, PATIENT).toBe(1)
    expect(receiver.notifies.length).toBe(0)
    await running.control({ action: 'hold-notifies', hold: false })
    await receiver.received(1)
  })

  it('sends one again, acknowledged or not', async () => {
    const running = await start()
    await pay(running, ['ok@b.c'])
    await receiver.received(1)
    const result = await running.control({ action: 'resend-notify', batchNo: '20080107001', times: 2 })
    expect(result.answers).toEqual([
      { status: 200, body: 'success' },
      { status: 200, body: 'success' },
    ])
    expect(new Set((await receiver.received(3)).map((notify) => text(notify, 'notify_id'))).size).toBe(1)
  })

  it('sends a genuine one about anything', async () => {
    const running = await start()
    const details = '9^a@b.c^N^1.00^S^^20081024842706^20081024143652|'
    const command = { action: 'send-notify', alias: SHOP, batchNo: '20990101000', url: receiver.url } as const
    const { notifyId } = await running.control({ ...command, successDetails: details })
    const [notify] = await receiver.received(1)
    expect([text(notify, 'notify_id'), text(notify, 'success_details')]).toEqual([notifyId, details])
    expect(notify === undefined ? undefined : shop.believes(notify)).toBe(true)
    expect(await verified(running, notifyId ?? '')).toBe('false')
  })

  it.each(FORGERIES)('forges: %s', async (forgery) => {
    const running = await start()
    receiver.answer = () => ({ status: 400, body: 'refused' })
    const command = { action: 'forge-notify', alias: SHOP, batchNo: '20080107001', url: receiver.url } as const
    const details = '1^a@b.c^N^1.00^S^^20081024842706^20081024143652|'
    const { answers } = await running.control({ ...command, forgery, successDetails: details })
    expect(answers).toEqual([{ status: 400, body: 'refused' }])
    const [notify] = await receiver.received(1)
    const names = (notify?.raw.split('&') ?? []).map((pair) => pair.split('=')[0])
    expect(names.filter((name) => name === 'batch_no').length).toBe(
      { 'duplicate-name': 2, 'not-a-form': 0 }[forgery as string] ?? 1,
    )
    expect(notify === undefined ? undefined : shop.believes(notify)).toBe(forgery === 'unverified')
    expect(await verified(running, text(notify, 'notify_id') ?? '')).toBe('invalid')
  })

  it('sends one twice at once, or hangs up before the answer, by the rates given', async () => {
    const twice = await start({ faults: { 'notify-twice': 1 } })
    await pay(twice, ['ok@b.c'])
    const both = await receiver.received(2)
    expect(new Set(both.map((notify) => text(notify, 'notify_id'))).size).toBe(1)
    await twice.stop()
    const deaf = await start({ faults: { 'notify-answer-lost': 1 } })
    await pay(deaf, ['ok@b.c'])
    await receiver.received(10)
    await expect.poll(() => deaf.notifies.counts(), PATIENT).toMatchObject({ acknowledged: 0, abandoned: 1 })
  })
})
