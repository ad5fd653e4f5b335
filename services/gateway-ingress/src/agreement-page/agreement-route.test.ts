import { describe, expect, it } from 'vitest'
import { MemoryFormsLog } from '../testing/memory-forms.ts'
import { rawConnection } from '../testing/raw-connection.ts'
import { signedForm, TOKEN } from '../testing/signed-form.ts'
import { NOW, type Stage, stage } from '../testing/stage.ts'

const KEY = 'shop/agreement/sign-1'
const form = signedForm('utf-8')
const PAGE = `/agreement/shop/${TOKEN}`
const OTHER_TOKEN = TOKEN.split('').reverse().join('')

/** A stage with one form that can be shown. */
async function withForm(options: Parameters<typeof stage>[0] = {}): Promise<Stage> {
  const forms = new MemoryFormsLog(1)
  forms.put(KEY, form)
  const made = await stage({ ...options, forms })
  await expect.poll(() => made.metrics.forms).toBe(1)
  return made
}

/** The bytes of an answer; only its date, which goes on by itself, is left out. */
async function answer(
  { app }: Stage,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<string> {
  const lines = Object.entries({ Host: 'pay.merchant.test', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const connection = await rawConnection(app.url)
  connection.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const bytes = Buffer.from(await connection.received, 'latin1')
  return bytes.toString().replace(/\r\ndate: [^\r]+/i, '')
}

/** How a 503 answers, whatever the reason: it may be tried again. */
const LATER = /^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: 2\r\n/

const statusOf = (bytes: string) => Number(bytes.split(' ')[1])

describe('an agreement page', () => {
  it('SGN-3: is shown once, kept nowhere, never framed, and sends nothing but its form', async () => {
    const made = await withForm()
    const shown = await answer(made, PAGE)
    expect(statusOf(shown)).toBe(200)
    const { origin } = new URL(made.gateway.url)
    const headers = shown.slice(0, shown.indexOf('\r\n\r\n')).toLowerCase()
    for (const header of [
      'content-type: text/html; charset=utf-8',
      'cache-control: no-store',
      'x-frame-options: deny',
      'x-content-type-options: nosniff',
      'referrer-policy: no-referrer',
      'cross-origin-opener-policy: same-origin',
    ]) {
      expect(headers).toContain(header)
    }
    const policy = /content-security-policy: ([^\r]+)/.exec(headers)?.[1]?.split('; ')
    expect(policy).toEqual([
      "default-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      expect.stringMatching(/^style-src 'sha256-[^' ]+'$/),
      expect.stringMatching(/^script-src 'sha256-[^' ]+'$/),
      `form-action ${origin}`,
    ])
    expect(headers).not.toContain('set-cookie')
    expect(statusOf(await answer(made, PAGE))).toBe(404)
    expect([...made.usedForms.lives.values()]).toEqual([form.expiresAt - NOW])
    expect(made.metrics.lines).toEqual(['shown shop', 'form used'])
  })

  it('SGN-2: goes to the gateway with `_input_charset` alone in the query, and holds the parameters and nothing else', async () => {
    const made = await withForm()
    const shown = await answer(made, PAGE)
    const [, attributes, content = ''] = /<form ([^>]+)>([\s\S]*)<\/form>/.exec(shown) ?? []
    expect(attributes).toBe(`method="post" action="${made.gateway.url}?_input_charset=utf-8" accept-charset="utf-8"`)
    const escaped = form.parameters.map(({ name, value }) => [name, value.replace('&', '&amp;')])
    expect(
      [...content.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]+)">/g)].map(([, ...pair]) => pair),
    ).toEqual(escaped)
    expect(content.replaceAll(/<input [^>]+>/g, '').trim()).toBe('<button>前往支付宝</button>')
  })

  it('SGN-2: goes to Alipay’s gateway in production, whose hosts may lead on from there', async () => {
    const gatewayUrl = 'https://mapi.alipay.com/gateway.do'
    const shown = await answer(await withForm({ verification: { gatewayUrl } }), PAGE)
    expect(shown).toContain('action="https://mapi.alipay.com/gateway.do?_input_charset=utf-8"')
    expect(shown).toMatch(/; form-action https:\/\/\*\.alipay\.com\r\n/)
  })

  it('SGN-1: tells whose agreement it is without their whole address, and that it takes no password', async () => {
    const shown = await answer(await withForm(), PAGE, { 'Accept-Language': 'en' })
    const page = shown.replace(/<form[\s\S]*<\/form>/, '')
    expect(page).toContain('<html lang="en">')
    expect(page).toContain('<dd>b***@example.com</dd>')
    expect(page).not.toContain('buyer')
    expect(page).toContain('password on Alipay’s own page only')
    expect(shown).not.toMatch(/<(?:textarea|select)|type="(?!hidden)/)
  })

  it('SGN-3: is not used up by what nobody looks at: HEAD, prefetch, frames', async () => {
    const made = await withForm()
    const early = [
      await answer(made, PAGE, { 'Sec-Purpose': 'prefetch;prerender' }),
      await answer(made, PAGE, { Purpose: 'prefetch' }),
      await answer(made, PAGE, { 'X-Moz': 'prefetch' }),
      await answer(made, PAGE, { 'X-Purpose': 'preview' }),
      await answer(made, PAGE, { 'Sec-Fetch-Dest': 'iframe' }),
      await answer(made, PAGE, { 'Sec-Fetch-Dest': 'image' }),
      await answer(made, '/agreement/nobody/nothing', { Purpose: 'prefetch' }),
    ]
    expect(new Set(early).size).toBe(1)
    expect(early[0]).toMatch(LATER)
    expect(early[0]).toContain('x-frame-options: DENY')
    const head = await answer(made, PAGE, {}, 'HEAD')
    expect(`${head}${early[0]?.split('\r\n\r\n')[1]}`).toBe(early[0])
    expect(made.usedForms.lives.size).toBe(0)
    expect(new Set(made.metrics.lines)).toEqual(new Set(['form looked-ahead']))
    expect(statusOf(await answer(made, PAGE, { 'Sec-Fetch-Dest': 'document' }))).toBe(200)
  })

  it('is the same whatever stands in the query, and not there for another method', async () => {
    const made = await withForm()
    expect(await answer(made, PAGE, {}, 'POST')).toMatch(/^HTTP\/1\.1 404 [\s\S]*\r\n\r\nfail$/)
    expect(statusOf(await answer(made, `${PAGE}?utm_source=mail`))).toBe(200)
  })
})

describe('the page of a form that is written and not read yet', () => {
  it('is shown at once when it is read, and was never called unknown', async () => {
    const made = await withForm()
    made.forms.heldBack.add(0)
    made.forms.put('shop/agreement/sign-2', { ...form, token: OTHER_TOKEN })
    const shown = answer(made, `/agreement/shop/${OTHER_TOKEN}`)
    await expect.poll(() => made.forms.askings).toBe(1)
    made.forms.heldBack.clear()
    expect(statusOf(await shown)).toBe(200)
    expect(made.metrics.lines).toEqual(['shown shop'])
  })

  it('is the page for later when that takes too long, the same as at an address of nobody', async () => {
    const made = await withForm({ settings: { formWaitMs: 50 } })
    made.forms.heldBack.add(0)
    made.forms.put('shop/agreement/sign-2', { ...form, token: OTHER_TOKEN })
    const later = await answer(made, `/agreement/shop/${OTHER_TOKEN}`)
    expect(later).toMatch(LATER)
    expect(await answer(made, `/agreement/nobody/${OTHER_TOKEN}`)).toBe(later)
    made.forms.heldBack.clear()
    await expect.poll(() => made.metrics.forms).toBe(2)
    expect(statusOf(await answer(made, `/agreement/shop/${OTHER_TOKEN}`))).toBe(200)
    expect(made.metrics.lines).toEqual(['form not-caught-up', 'form not-caught-up', 'shown shop'])
  })

  it('is the page for later while Kafka is away; forms that were read are shown', async () => {
    const made = await withForm()
    made.forms.away = true
    expect(await answer(made, `/agreement/shop/${OTHER_TOKEN}`)).toMatch(LATER)
    expect(statusOf(await answer(made, PAGE))).toBe(200)
    expect(made.metrics.lines).toEqual(['form not-caught-up', 'shown shop'])
  })

  it('is the page for later when the process ends meanwhile', async () => {
    const made = await withForm()
    made.forms.heldBack.add(0)
    made.forms.put('shop/agreement/sign-2', { ...form, token: OTHER_TOKEN })
    const later = answer(made, `/agreement/shop/${OTHER_TOKEN}`)
    await expect.poll(() => made.forms.askings).toBe(1)
    await made.app.stop(5_000)
    expect(await later).toMatch(LATER)
    expect(made.metrics.lines).toEqual(['form stopping'])
  })
})

describe('an address that shows no form', () => {
  it.each(['zh-CN', 'en'])('gets one and the same page in %s, whatever the reason', async (language) => {
    const made = await withForm()
    made.forms.put('shop/expired', { ...form, token: 'expired', expiresAt: NOW })
    made.forms.put('shop/withdrawn', { ...form, token: 'withdrawn' })
    made.forms.put('shop/withdrawn', null)
    made.forms.put('shop/replaced', { ...form, token: 'replaced' })
    made.forms.put('shop/replaced', { ...form, token: 'newer' })
    await expect.poll(() => made.metrics.forms).toBe(3)
    await answer(made, PAGE)

    const headers = { 'Accept-Language': language }
    const answers: string[] = []
    for (const path of [
      'shop/wrong',
      `shop/${TOKEN}`,
      'shop/expired',
      `other/${TOKEN}`,
      `nobody/${TOKEN}`,
      'shop/withdrawn',
      'shop/replaced',
      `shop/${TOKEN}/`,
      `shop/${TOKEN}x`,
      `shop/${TOKEN.toLowerCase()}`,
      'shop',
      '',
      'shop/%ff%00',
      'shop/%',
      `shop/${'x'.repeat(5000)}`,
      '__proto__/constructor',
    ]) {
      answers.push(await answer(made, `/agreement/${path}`, headers))
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/)
    expect(answers[0]).not.toMatch(/retry-after/i)
    expect(answers[0]).toContain(`<html lang="${language}">`)
    expect(answers[0]).toContain('; form-action ')
    expect(answers[0]).toContain("form-action 'none'")
    expect(new Set(made.metrics.lines)).toEqual(new Set(['shown shop', 'form unknown', 'form used', 'form expired']))
  })

  it('gets the page for later while Redis is away, and nothing is used', async () => {
    const made = await withForm()
    made.usedForms.away = true
    const later = await answer(made, PAGE)
    expect(later).toMatch(LATER)
    made.usedForms.away = false
    expect(statusOf(await answer(made, PAGE))).toBe(200)
    expect(made.metrics.lines).toEqual(['form redis-away', 'shown shop'])
    expect(made.logged.join('\n')).not.toContain(TOKEN)
  })

  it('gets the page for later until the forms were read; notifies do not wait for them', async () => {
    const forms = new MemoryFormsLog(1)
    forms.put(KEY, form)
    forms.slow = true
    const made = await stage({ forms })
    expect(await answer(made, PAGE)).toMatch(LATER)
    expect(await made.app.ready()).toBe(true)
    forms.slow = false
    await expect.poll(() => made.metrics.forms).toBe(1)
    expect(statusOf(await answer(made, PAGE))).toBe(200)
    expect(made.metrics.lines).toEqual(['form not-read-yet', 'shown shop'])
  })

  it('gets the page for later when something breaks that nobody thought of', async () => {
    const made = await withForm()
    made.usedForms.use = async () => {
      throw new TypeError('a defect')
    }
    expect(await answer(made, PAGE)).toMatch(LATER)
    expect(made.metrics.lines).toEqual(['form internal'])
  })
})
