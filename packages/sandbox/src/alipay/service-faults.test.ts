import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AlipaySandbox, type AlipaySandboxOptions, startAlipaySandbox } from './alipay-sandbox.ts'
import { FAULTS, type Fault } from './gateway/fault.ts'
import { type DemoPartners, makeDemoPartners } from './partners/sandbox-partners.ts'
import { MerchantSide } from './testing/test-merchant.ts'
import { askService } from './testing/test-services.ts'

const SHOP = 'shop-md5-utf8'
const USER = 'user@example.com'
const DATE = '20101223'
/** Far more than a busy machine needs. */
const PATIENT = { timeout: 10_000 }
const folder = mkdtempSync(join(tmpdir(), 'sandbox-service-faults-'))
let demo: DemoPartners
let sandbox: AlipaySandbox

beforeAll(async () => {
  demo = await makeDemoPartners({ folder, notifyUrl: () => 'http://127.0.0.1:9/' })
})
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => sandbox.stop())

async function start(options: Partial<AlipaySandboxOptions> = {}): Promise<void> {
  sandbox = await startAlipaySandbox({ partners: demo.sandbox, ...options })
  await sandbox.control({ action: 'agreement', alias: SHOP, account: USER, chargeAgent: true, refundCharge: true })
  await sandbox.control({ action: 'return-file', alias: SHOP, date: DATE })
}

/** Status and body, a ZIP's marks in words; `cut` for half a body, the error's name for no answer. */
async function ask(service: string, fields: Readonly<Record<string, string>>): Promise<string> {
  return askService(sandbox.url, new MerchantSide(demo, SHOP), service, fields).then(
    async (response) => {
      const bytes = await response.arrayBuffer().catch(() => undefined)
      const text = bytes === undefined ? 'cut' : Buffer.from(bytes).toString('latin1')
      return `${response.status} ${text.replaceAll('PK\x03\x04', '[entry]').replaceAll('PK\x05\x06', '[end]')}`
    },
    (error: Error) => error.name,
  )
}

const unsign = (email = USER) => ask('customer_unsign', { biz_type: '10004', user_email: email })
const download = (date = DATE) => ask('bptb_refund_file', { date })

type Effects = Readonly<Record<Exclude<Fault, 'hang'>, RegExp>>

/** What the caller gets in place of an answer. */
const SHARED = {
  'request-lost': /^TypeError$/,
  'answer-lost': /^TypeError$/,
  'cut-answer': /^200 cut$/,
  'server-error': /^502 <html>/,
  'late-server-error': /^502 <html>/,
  html: /^200 <html>/,
  empty: /^200 $/,
  entities: /<!DOCTYPE alipay \[<!ENTITY ok "T">\]>/,
} as const

const UNSIGN: Effects = {
  ...SHARED,
  'half-xml': /^200 <\?xml [^>]*>\n<al[^>]*$/,
  'system-error': /<is_success>F<\/is_success><error>SYSTEM_ERROR</,
  'late-system-error': /<is_success>F<\/is_success><error>SYSTEM_ERROR</,
  'unknown-code': /<is_success>F<\/is_success><error>SOMETHING_NEW</,
  slow: /<is_success>T<\/is_success><\/alipay>$/,
}

const DOWNLOAD: Effects = {
  ...SHARED,
  // Without the end of the directory.
  'half-xml': /^200 \[entry\](?!.*\[end\])/s,
  'system-error': /^200 SYSTEM_ERROR$/,
  'late-system-error': /^200 SYSTEM_ERROR$/,
  'unknown-code': /^200 SOMETHING_NEW$/,
  slow: /^200 \[entry\].*\[end\]/s,
}

/** Faults that keep what was asked from being done (fault.ts). */
const NOT_DONE: readonly string[] = ['request-lost', 'server-error', 'system-error', 'unknown-code', 'entities']

describe('a fault of customer_unsign', () => {
  it.each(Object.entries(UNSIGN))('%s', async (fault, answer) => {
    await start({ faults: { slowMs: 5 } })
    await sandbox.control({ action: 'force-fault', fault: fault as Fault, service: 'customer_unsign' })
    expect(await unsign()).toMatch(answer)
    const cancelled = NOT_DONE.includes(fault) ? 'signed' : 'unsigned'
    expect([...sandbox.agreements.all()]).toMatchObject([{ account: USER, state: cancelled }])
    expect(sandbox.requests.all()).toMatchObject([{ service: 'customer_unsign', account: USER, attempt: 1, fault }])
    // The same once more (UNS-4): cancelled once.
    expect(await unsign()).toContain('<is_success>T<')
    expect([...sandbox.agreements.all()]).toMatchObject([{ state: 'unsigned', timesUnsigned: 1 }])
  })

  it('hang: it is done, and the caller waits in vain', async () => {
    await start()
    await sandbox.control({ action: 'force-fault', fault: 'hang', service: 'customer_unsign' })
    const answer = unsign()
    await expect.poll(() => [...sandbox.agreements.all()], PATIENT).toMatchObject([{ state: 'unsigned' }])
    await sandbox.stop()
    expect(await answer).toBe('TypeError')
  })
})

describe('a fault of bptb_refund_file', () => {
  it.each(Object.entries(DOWNLOAD))('%s', async (fault, answer) => {
    await start({ faults: { slowMs: 5 } })
    await sandbox.control({ action: 'force-fault', fault: fault as Fault, service: 'bptb_refund_file', alias: SHOP })
    expect(await download()).toMatch(answer)
    expect(sandbox.requests.all()).toMatchObject([{ service: 'bptb_refund_file', date: DATE, fault }])
    expect(await download()).toMatch(DOWNLOAD.slow)
  })
})

describe('faults by rate', () => {
  it('are the same for the same seed, subject and attempt, whatever came before', async () => {
    const run = async (reversed: boolean) => {
      await start({ seed: 5, faults: { 'answer-lost': 0.3, empty: 0.3 } })
      const numbers = Array.from({ length: 30 }, (_, index) => index)
      for (const number of reversed ? numbers.reverse() : numbers) {
        await unsign(`user${number}@example.com`)
        await download(`201012${String((number % 28) + 1).padStart(2, '0')}`)
      }
      const drawn = sandbox.requests.all().map(({ account, date, fault }) => `${account ?? date} ${fault}`)
      await sandbox.stop()
      return drawn.sort()
    }
    const first = await run(false)
    expect(new Set(first.map((line) => line.split(' ')[1]))).toEqual(new Set(['answer-lost', 'empty', 'undefined']))
    const repeated = await run(true)
    // Two days come twice: there the attempts tell them apart.
    expect(repeated).toEqual(first)
    await start()
  })

  it.each(FAULTS.filter((fault) => fault !== 'hang'))('%s happens to queries too', async (fault) => {
    await start({ faults: { [fault]: 1, slowMs: 5 } })
    await ask('query_customer_protocol', { biz_type: '10004', user_email: USER })
    expect(sandbox.requests.all()).toMatchObject([{ service: 'query_customer_protocol', fault }])
  })

  it('do not happen to the signing page', async () => {
    await start({ faults: { 'server-error': 1 } })
    expect(await ask('sign_protocol_with_partner', { email: 'new@example.com' })).toMatch(/^200 <!doctype html>/)
  })
})
