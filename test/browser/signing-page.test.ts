import { createHash } from 'node:crypto'
import { bytesToSign, MD5_KEY, NAMES } from '@payout/gateway-ingress/testing/alipay-notify'
import { MemoryFormsLog } from '@payout/gateway-ingress/testing/memory-forms'
import { signedForm, TOKEN } from '@payout/gateway-ingress/testing/signed-form'
import { NOW, type Stage, stage } from '@payout/gateway-ingress/testing/stage'
import type { Charset } from '@payout/mapi/wire/charset'
import type { GatewayForm } from '@payout/schemas/generated/records'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { fieldsOf, type RecordingGateway, recordingGateway } from './recording-gateway.ts'
import { expectAccessible, expectReadableOnPhone, shot, stopTime, visitor } from './visit.ts'

const KEY = 'shop/agreement/sign-1'
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }

let browser: Browser
// An installation of Chromium may be part of it.
beforeAll(async () => {
  browser = await launchChromium()
}, 600_000)
afterAll(() => browser?.close())

interface Ground {
  readonly ingress: Stage
  readonly gateway: RecordingGateway
  /** The page's address. */
  readonly url: string
}

async function ground(form: GatewayForm = signedForm('utf-8')): Promise<Ground> {
  const gateway = await recordingGateway()
  const forms = new MemoryFormsLog(1)
  forms.put(KEY, form)
  const ingress = await stage({ forms, verification: { gatewayUrl: `${gateway.origin}/gateway.do` } })
  await expect.poll(() => ingress.metrics.forms).toBe(1)
  return { ingress, gateway, url: `${ingress.app.url}/agreement/${form.partner}/${form.token}` }
}

/** That the gateway got the parameters once, in order and nothing else, with a signature that holds over the bytes that came. */
function expectSent({ gateway }: Ground, charset: Charset): void {
  expect(gateway.requests).toHaveLength(1)
  const [request] = gateway.requests
  expect(request?.method).toBe('POST')
  expect(request?.url).toBe(`/gateway.do?_input_charset=${charset}`)
  expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  expect([request?.headers.cookie, request?.headers.referer]).toEqual([undefined, undefined])
  const fields = fieldsOf(request?.body ?? Buffer.alloc(0))
  expect(fields.map(([name]) => name)).toEqual(signedForm(charset).parameters.map(({ name }) => name))
  const bytes = Object.fromEntries(fields.map(([name, value]) => [name, Buffer.from(value, 'latin1')]))
  expect(bytes.memo).toEqual(NAMES[charset].bytes)
  const sign = createHash('md5').update(bytesToSign(bytes)).update(MD5_KEY).digest('hex')
  expect(bytes.sign?.toString()).toBe(sign)
}

describe('the signing page', () => {
  it.each(['utf-8', 'gbk', 'gb2312'] as const)(
    'SGN-2: goes to the gateway by itself, and sends what was signed, byte for byte, in %s',
    async (charset) => {
      const made = await ground(signedForm(charset))
      const { page, complaints, asked } = await visitor(browser)
      await page.goto(made.url, { waitUntil: 'commit' })
      await page.waitForURL(`${made.gateway.origin}/**`)
      expectSent(made, charset)
      expect(complaints).toEqual([])
      expect(asked).toEqual([made.url, `${made.gateway.origin}/gateway.do?_input_charset=${charset}`])
      expect(await page.context().cookies()).toEqual([])
    },
  )

  it('SGN-2: sends the same by its button where scripts are off', async () => {
    const made = await ground(signedForm('gbk'))
    const { page, complaints } = await visitor(browser, { javaScriptEnabled: false, locale: 'en-GB' })
    await page.goto(made.url)
    await shot(page, 'without-scripts-en')
    expect(await page.getByRole('status').innerText()).toBe('Press the button to go on.')
    await page.getByRole('button', { name: 'Go to Alipay' }).click()
    await page.waitForURL(`${made.gateway.origin}/**`)
    expectSent(made, 'gbk')
    expect(complaints).toEqual([])
  })

  it('says that it goes by itself, and does after two seconds', async () => {
    const made = await ground()
    const { page } = await visitor(browser)
    await stopTime(page)
    await page.goto(made.url)
    expect(await page.getByRole('status').innerText()).toContain('两秒后将自动前往支付宝')
    await shot(page, 'going-zh')
    await page.clock.runFor(1999)
    expect(made.gateway.requests).toEqual([])
    await page.clock.runFor(1)
    await page.waitForURL(`${made.gateway.origin}/**`)
    expectSent(made, 'utf-8')
  })

  it.each(['keydown', 'pointerdown', 'wheel'])('waits for a user who shows by %s that they are reading', async (by) => {
    const made = await ground()
    const { page } = await visitor(browser)
    await stopTime(page)
    await page.goto(made.url)
    if (by === 'keydown') await page.keyboard.press('Shift')
    else if (by === 'pointerdown') await page.mouse.click(5, 5)
    else await page.mouse.wheel(0, 10)
    await page.getByText('已停留在本页').waitFor()
    await page.clock.runFor(60_000)
    expect(made.gateway.requests).toEqual([])
    await page.getByRole('button').click()
    await page.waitForURL(`${made.gateway.origin}/**`)
    expectSent(made, 'utf-8')
  })

  it('SGN-1: says what will happen and where the password belongs, and has nothing to type into', async () => {
    const { url } = await ground()
    const { page } = await visitor(browser, { locale: 'en-GB' })
    await stopTime(page)
    await page.goto(url)
    await page.keyboard.press('Shift')
    const said = await page.getByRole('main').innerText()
    for (const words of [
      'Automatic payment and automatic refund',
      'b***@example.com',
      'Enter your Alipay password on Alipay’s own page only. This page never asks for it.',
      'This page waits for you.',
    ]) {
      expect(said).toContain(words)
    }
    expect(await page.locator('input:not([type=hidden]), textarea, select, [contenteditable]').count()).toBe(0)
    expect(await page.getAttribute('html', 'lang')).toBe('en')
    await expectAccessible(page)
    await shot(page, 'staying-en')
  })

  it('is read and used in Chinese, on a phone, however long the account is', async () => {
    const parameters = [
      { name: '_input_charset', value: 'utf-8' },
      { name: 'email', value: `buyer@${'a-long-name-without-a-blank'.repeat(3)}.example.com` },
    ]
    const made = await ground(signedForm('utf-8', { parameters }))
    const { page } = await visitor(browser, { ...PHONE, viewport: { width: 320, height: 640 } })
    await stopTime(page)
    await page.goto(made.url)
    await page.touchscreen.tap(10, 10)
    await page.getByText('已停留在本页').waitFor()
    expect(await page.getAttribute('html', 'lang')).toBe('zh-CN')
    await expectReadableOnPhone(page)
    await expectAccessible(page)
    await shot(page, 'staying-zh-phone-320')
    await page.getByRole('button', { name: '前往支付宝' }).tap()
    await page.waitForURL(`${made.gateway.origin}/**`)
    expect(made.gateway.requests).toHaveLength(1)
  })

  it('is used by the keyboard alone, and shows where it is', async () => {
    const made = await ground()
    const { page } = await visitor(browser, PHONE)
    await stopTime(page)
    await page.goto(made.url)
    await page.keyboard.press('Tab')
    await page.getByText('已停留在本页').waitFor()
    expect(await page.evaluate("getComputedStyle(document.querySelector('button:focus-visible')).outlineStyle")).toBe(
      'solid',
    )
    await shot(page, 'keyboard-zh-phone')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${made.gateway.origin}/**`)
    expectSent(made, 'utf-8')
  })
})

describe('an address that shows no form', () => {
  it('is told the same for each reason: wrong, used, expired, withdrawn, another partner’s', async () => {
    const made = await ground()
    const { ingress, url } = made
    const { page } = await visitor(browser)
    await stopTime(page)
    await page.goto(url)
    const said: (string | undefined)[] = []
    const look = async (address: string | undefined, name: string) => {
      const response = address === undefined ? await page.reload() : await page.goto(address)
      expect(response?.status()).toBe(404)
      said.push((await response?.body())?.toString())
      await shot(page, `gone-${name}-zh`)
    }
    await look(undefined, 'used')
    await look(`${url}x`, 'wrong')
    await look(url.replace('/shop/', '/other/'), 'of-another-partner')
    ingress.forms.put(KEY, null)
    await expect.poll(() => ingress.metrics.forms).toBe(0)
    await look(url, 'withdrawn')
    ingress.forms.put(KEY, signedForm('utf-8', { token: 'late' }))
    await expect.poll(() => ingress.metrics.forms).toBe(1)
    ingress.clock.at = NOW + 3_600_000
    await look(url.replace(TOKEN, 'late'), 'expired')
    expect(new Set(said).size).toBe(1)
    expect(ingress.metrics.lines.toSorted()).toEqual([
      'form expired',
      'form unknown',
      'form unknown',
      'form unknown',
      'form used',
      'shown shop',
    ])
    await expectAccessible(page)
  })

  it('is told in English and on a phone too', async () => {
    const { url, ingress } = await ground()
    const { page } = await visitor(browser, { ...PHONE, locale: 'en-US' })
    await stopTime(page)
    await page.goto(`${url}x`)
    expect(await page.getByRole('heading').innerText()).toBe('This link can’t be used')
    await expectReadableOnPhone(page)
    await expectAccessible(page)
    await shot(page, 'gone-en-phone')
    ingress.usedForms.away = true
    expect((await page.goto(url))?.status()).toBe(503)
    expect(await page.getByRole('heading').innerText()).toBe('This page can’t be opened just now')
    await expectReadableOnPhone(page)
    await expectAccessible(page)
    await shot(page, 'later-en-phone')
    ingress.usedForms.away = false
    expect((await page.reload())?.status()).toBe(200)
  })

  it('is where a user comes back to from Alipay, and nothing is sent again', async () => {
    const { url, gateway } = await ground()
    const { page } = await visitor(browser)
    await page.goto(url, { waitUntil: 'commit' })
    await page.waitForURL(`${gateway.origin}/**`)
    await page.goBack()
    expect(await page.getByRole('heading').innerText()).toBe('此链接无法使用')
    await shot(page, 'back-zh')
    expect(gateway.requests).toHaveLength(1)
  })
})
