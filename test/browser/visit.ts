/** A browser of its own for each test, at a page of the ingress. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'

export interface Visitor {
  readonly page: Page
  /** What the browser complained about: what a policy forbade, what did not load. */
  readonly complaints: string[]
  /** Every address it asked for. */
  readonly asked: string[]
}

/** A browser window without any past. Chinese unless `options` say otherwise. */
export async function visitor(browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ locale: 'zh-CN', ...options })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  const asked: string[] = []
  page.on('console', (message) => void complaints.push(message.text()))
  page.on('pageerror', (error) => void complaints.push(String(error)))
  page.on('request', (request) => void asked.push(request.url()))
  return { page, complaints, asked }
}

/** Time stands still for the pages that this window opens from now on, so that a busy machine has all of it to look at them. */
export async function stopTime(page: Page): Promise<void> {
  await page.clock.install({ time: 0 })
  await page.clock.pauseAt(1000)
}

/** Keeps a picture in the folder that SCREENSHOTS names; for looking at, not for comparing. */
export async function shot(page: Page, name: string): Promise<void> {
  const { SCREENSHOTS: folder } = process.env
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

/** No faults of accessibility by the rules of WCAG 2.2, A and AA, and by good practice. Time goes on again: the search needs it. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.clock.resume()
  await page.evaluate(axe.source)
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] }>(
    `axe.run({ runOnly: ${JSON.stringify(tags)} })`,
  )
  expect(found.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
  expect(found.passes.length).toBeGreaterThan(10)
}

/** That nothing reaches over the edge, and that what is pressed is large enough for a finger. */
export async function expectReadableOnPhone(page: Page): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  for (const button of await page.getByRole('button').all()) {
    expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44)
  }
}
