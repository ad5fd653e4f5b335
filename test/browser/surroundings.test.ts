import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryFormsLog } from '@payout/gateway-ingress/testing/memory-forms'
import { signedForm, TOKEN } from '@payout/gateway-ingress/testing/signed-form'
import { type Stage, stage } from '@payout/gateway-ingress/testing/stage'
import { freePort } from '@payout/sandbox/provision/process/free-port'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { launchChromium } from './chromium.ts'
import { type Answer, type RecordingGateway, recordingGateway } from './recording-gateway.ts'
import { shot, stopTime, visitor } from './visit.ts'

const PATIENT = { timeout: 30_000 }
const PATH = `/agreement/shop/${TOKEN}`
/** A name that is no local address: a browser tells such a server nothing about what it asks for, as old ones never do. */
const PLAIN_HOST = 'pay.merchant.test'
/** Alipay's, and one that only looks so. */
const GATEWAY_HOSTS = ['mapi.alipay.com', 'airprod.alipay.com', 'alipay.com.attacker.test']

let browser: Browser
/** Where the browser finds them. */
let gatewayPort = 0

// An installation of Chromium may be part of it.
beforeAll(async () => {
  gatewayPort = await freePort()
  const rules = GATEWAY_HOSTS.map((host) => `MAP ${host}:443 127.0.0.1:${gatewayPort}`)
  browser = await launchChromium([`--host-resolver-rules=${[`MAP ${PLAIN_HOST} 127.0.0.1`, ...rules].join(',')}`])
}, 600_000)
afterAll(() => browser?.close())

async function ingressFor(gatewayUrl: string): Promise<Stage> {
  const forms = new MemoryFormsLog(1)
  forms.put('shop/agreement/sign-1', signedForm('utf-8'))
  const ingress = await stage({ forms, verification: { gatewayUrl } })
  await expect.poll(() => ingress.metrics.forms).toBe(1)
  return ingress
}

function certificate(): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = ['-subj', '/CN=alipay.com', '-addext', 'subjectAltName=DNS:*.alipay.com']
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', ...names]
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
}

describe('a page that is framed', () => {
  it.each([
    ['by its own site', 'own'],
    ['by another site', 'other'],
  ])('SGN-3: %s is not shown, and not used up', async (_, whose) => {
    const frame = await recordingGateway(() => ({ page: `<iframe src="${url}" width="600" height="400"></iframe>` }))
    const ingress = await ingressFor('http://127.0.0.1:9/gateway.do')
    const url = `${ingress.app.url}${PATH}`
    const { page, complaints } = await visitor(browser)
    await stopTime(page)
    // The same scheme, host and port as the page's, but served by the test.
    if (whose === 'own') {
      const body = `<iframe src="${url}" width="600" height="400"></iframe>`
      await page.route(`${ingress.app.url}/framing`, (route) => route.fulfill({ contentType: 'text/html', body }))
    }
    await page.goto(whose === 'own' ? `${ingress.app.url}/framing` : frame.origin)
    await expect.poll(() => complaints.join('\n'), PATIENT).toContain("frame-ancestors 'none'")
    await shot(page, `framed-by-${whose}`)
    expect(page.frames().map((each) => each.url())).not.toContain(url)
    expect(ingress.metrics.lines).toEqual(['form looked-ahead'])
    expect((await page.goto(url))?.status()).toBe(200)
  })

  it('SGN-3: is not shown either where the browser does not say that it is for a frame', async () => {
    const frame = await recordingGateway(() => ({ page: `<iframe src="${url}"></iframe>` }))
    const ingress = await ingressFor('http://127.0.0.1:9/gateway.do')
    const { port } = new URL(ingress.app.url)
    const url = `http://${PLAIN_HOST}:${port}${PATH}`
    const { page, complaints } = await visitor(browser)
    await page.goto(frame.origin)
    await expect.poll(() => complaints.join('\n'), PATIENT).toContain("frame-ancestors 'none'")
    expect(ingress.metrics.lines).toEqual(['shown shop'])
    const [, inner] = page.frames()
    expect(await inner?.locator('form').count()).toBe(0)
  })
})

describe('a page that is fetched in advance', () => {
  it('SGN-3: is there when the user comes', async () => {
    const ingress = await ingressFor('http://127.0.0.1:9/gateway.do')
    const url = `${ingress.app.url}${PATH}`
    const mail = await recordingGateway(() => ({
      page: `<link rel="prefetch" href="${url}"><a href="${url}">Sign</a>`,
    }))
    const { page } = await visitor(browser)
    await stopTime(page)
    await page.goto(mail.origin)
    await expect.poll(() => ingress.metrics.lines, PATIENT).toEqual(['form looked-ahead'])
    await page.getByRole('link').click()
    await page.getByRole('heading', { name: '前往支付宝签约' }).waitFor()
    expect(ingress.metrics.lines).toEqual(['form looked-ahead', 'shown shop'])
  })
})

describe('in production', () => {
  /** Alipay's hosts by name, with what the gateway answers. */
  async function alipay(answer: Answer): Promise<{ gateway: RecordingGateway; url: string }> {
    const gateway = await recordingGateway(
      ({ host }) => (host === 'mapi.alipay.com' ? answer : { page: '<h1>signing</h1>' }),
      { ...certificate(), port: gatewayPort },
    )
    const ingress = await ingressFor('https://mapi.alipay.com/gateway.do')
    return { gateway, url: `${ingress.app.url}${PATH}` }
  }

  it('SGN-2: a user comes to mapi.alipay.com, and on to the host of Alipay’s that it leads to', async () => {
    const location = 'https://airprod.alipay.com/exterfaceAssign.htm'
    const { gateway, url } = await alipay({ status: 302, headers: { location } })
    const { page, complaints } = await visitor(browser, { ignoreHTTPSErrors: true })
    await page.goto(url, { waitUntil: 'commit' })
    await page.waitForURL(location)
    expect(gateway.requests.map(({ method, host, url: asked }) => [method, host, asked])).toEqual([
      ['POST', 'mapi.alipay.com', '/gateway.do?_input_charset=utf-8'],
      ['GET', 'airprod.alipay.com', '/exterfaceAssign.htm'],
    ])
    expect(complaints).toEqual([])
  })

  it('the form is led nowhere else', async () => {
    const location = 'https://alipay.com.attacker.test/'
    const { gateway, url } = await alipay({ status: 307, headers: { location } })
    const { page, complaints } = await visitor(browser, { ignoreHTTPSErrors: true })
    await page.goto(url, { waitUntil: 'commit' })
    await expect.poll(() => complaints.join('\n'), PATIENT).toContain('form-action https://*.alipay.com')
    expect(gateway.requests.map(({ host }) => host)).toEqual(['mapi.alipay.com'])
  })
})
