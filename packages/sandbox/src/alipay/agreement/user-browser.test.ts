import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AlipaySandbox, startAlipaySandbox } from '../alipay-sandbox.ts'
import { type DemoPartners, makeDemoPartners } from '../partners/sandbox-partners.ts'
import { SandboxClient } from '../sandbox-client.ts'
import { type Fields, MerchantSide } from '../testing/test-merchant.ts'
import { serviceRequest } from '../testing/test-services.ts'

const folder = mkdtempSync(join(tmpdir(), 'sandbox-browser-'))
let demo: DemoPartners
let sandbox: AlipaySandbox
let client: SandboxClient
let shown: { status: number; type: string; html: Buffer }
/** What the site answers first, a Retry-After each: undefined for one without. */
let away: (string | undefined)[] = []
let visits = 0
const site = http.createServer((_request, response) => {
  visits += 1
  const [retryAfter, ...others] = away
  if (away.length > 0) {
    away = others
    const headers = { 'content-type': 'text/html', ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) }
    response.writeHead(503, headers).end('<title>Later</title>')
    return
  }
  response.writeHead(shown.status, { 'content-type': shown.type, location: sandbox.url }).end(shown.html)
})

beforeAll(async () => {
  demo = await makeDemoPartners({ folder, notifyUrl: () => 'http://127.0.0.1:9/' })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
})
afterAll(async () => {
  site.closeAllConnections()
  site.close()
  await once(site, 'close')
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  away = []
  visits = 0
  sandbox = await startAlipaySandbox({ partners: demo.sandbox })
  client = new SandboxClient(sandbox.url)
})
afterEach(() => sandbox.stop())

/** The merchant's page as an HTML writer might write it: attributes without quotes, entities, a script, a second button. */
function pageOf(fields: Fields, method = 'post', acceptCharset = ''): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<INPUT type=hidden name='${name}' value="${String(value).replaceAll('@', '&#64;')}">`,
  )
  return `<!doctype html><title> Go on </title><p>a</p>
    <form ${acceptCharset} method=${method} action="${sandbox.url}?_input_charset=${fields._input_charset}">
    ${inputs.join('\n')}<script>"<input name=evil value=1>"</script><!-- <input name=more> -->
    <button>Go</button></form>`
}

function show(html: string | Buffer, type = 'text/html; charset=utf-8', status = 200): string {
  shown = { status, type, html: Buffer.from(html) }
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}/agreement/token?secret=1`
}

function formOf(alias: string, email: string | Buffer = 'user@example.com'): Fields {
  return serviceRequest(new MerchantSide(demo, alias), 'sign_protocol_with_partner', { email })
}

const consent = async (formUrl: string, choices: object = {}) =>
  (await client.control({ action: 'consent', formUrl, ...choices })).consent

describe('the user that the sandbox plays', () => {
  it.each(['post', 'get'])('goes from the merchant’s page (%s) to the signing page and agrees', async (method) => {
    const formUrl = show(pageOf(formOf('shop-md5-utf8'), method))
    const { origin } = new URL(sandbox.url)
    expect(await consent(formUrl)).toEqual({
      outcome: 'signed',
      pages: [
        { url: formUrl.split('?')[0], status: 200, title: 'Go on' },
        { url: `${origin}/gateway.do`, status: 200, title: '签署协议 - 支付宝沙箱' },
        { url: `${origin}/sandbox/sign`, status: 200, title: '签约成功 - 支付宝沙箱' },
      ],
    })
    expect(await client.agreements()).toMatchObject([
      { alias: 'shop-md5-utf8', account: 'user@example.com', state: 'signed', timesSigned: 1 },
    ])
    expect(await consent(formUrl)).toMatchObject({ outcome: 'already-signed', pages: [{}, {}] })
  })

  it('sends what the form says in the form’s character set, as a browser does', async () => {
    // 常炜 in GBK, as Python's codec writes it: the merchant signed these bytes.
    const signed = formOf('shop-rsa-gbk', Buffer.concat([Buffer.from('b3a3ecbf', 'hex'), Buffer.from('@example.com')]))
    const page = pageOf({ ...signed, email: '常炜@example.com' }, 'post', 'accept-charset=gbk')
    expect(await consent(show(page))).toMatchObject({ outcome: 'signed' })
    expect(await client.agreements()).toMatchObject([{ account: '常炜@example.com' }])
    const inUtf8 = pageOf({ ...signed, email: '常炜@example.com' })
    expect(await consent(show(inUtf8))).toMatchObject({ outcome: 'refused', code: 'ILLEGAL_SIGN' })
  })

  it('chooses and decides as it is told', async () => {
    const formUrl = show(pageOf(formOf('shop-dsa-gb2312')))
    expect(await consent(formUrl, { decision: 'cancel' })).toMatchObject({ outcome: 'cancelled' })
    expect(await consent(formUrl, { autoPay: false })).toMatchObject({
      outcome: 'choose-again',
      code: 'CHARGE_MUST_HAVE_PAY_METHOD',
    })
    expect(await consent(formUrl, { autoRefund: false })).toMatchObject({ code: 'REFUND_CHARGE_MUST_CHOSE_ONE' })
    expect(await client.agreements()).toMatchObject([{ state: 'unsigned', timesSigned: 0 }])
  })

  it.each<[string, () => string, number]>([
    ['is not there', () => show('<form></form>', 'text/html', 404), 404],
    ['is elsewhere', () => show(pageOf(formOf('shop-md5-utf8')), 'text/html', 302), 302],
    ['has no form', () => show('<p>no</p>'), 200],
    ['has two forms', () => show('<form></form><form></form>'), 200],
  ])('stops at a page that %s', async (_what, url, status) => {
    expect(await consent(url())).toMatchObject({ outcome: 'no-form', pages: [{ status }] })
    expect(await client.requests()).toEqual([])
  })

  it('comes again when the merchant’s page asks for that', async () => {
    const formUrl = show(pageOf(formOf('shop-md5-utf8')))
    away = ['0', '0']
    const seen = await consent(formUrl)
    expect(seen).toMatchObject({ outcome: 'signed', pages: [{ status: 503, title: 'Later' }, {}, {}, {}, {}] })
    expect(visits).toBe(3)
  })

  it.each([
    ['asks for it again and again', Array(9).fill('0'), 5],
    ['does not ask for it', [undefined, undefined], 1],
    ['names a moment', ['Sat, 28 Nov 2026 20:00:00 GMT', '0'], 1],
  ])('gives up on a page that %s', async (_what, answers, expected) => {
    const formUrl = show(pageOf(formOf('shop-md5-utf8')))
    away = answers
    expect(await consent(formUrl)).toMatchObject({ outcome: 'no-form' })
    expect(visits).toBe(expected)
    expect(await client.requests()).toEqual([])
  })

  it('says so when a page is no HTML, and when nobody answers', async () => {
    expect(await consent(show(pageOf(formOf('shop-md5-utf8')), 'text/plain'))).toEqual({
      outcome: 'no-form',
      pages: [],
    })
    expect(await consent('http://127.0.0.1:9/agreement/x')).toEqual({ outcome: 'no-answer', pages: [] })
  })

  it('says so when the answer to its own answer was lost', async () => {
    await client.control({ action: 'force-fault', fault: 'answer-lost', service: 'sign_protocol_with_partner' })
    const seen = await consent(show(pageOf(formOf('shop-md5-utf8'))))
    expect(seen).toMatchObject({ outcome: 'no-answer', pages: [{}, {}] })
    expect(await client.agreements()).toMatchObject([{ state: 'signed' }])
  })
})
