import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AlipaySandbox, startAlipaySandbox } from './alipay-sandbox.ts'
import { drawFault, FAULTS, type Fault } from './gateway/fault.ts'
import { type DemoPartners, makeDemoPartners } from './partners/sandbox-partners.ts'
import { SeededChance } from './seeded-chance.ts'
import { MerchantSide, postForm } from './testing/test-merchant.ts'

/** Far more than a busy machine needs. */
const PATIENT = { timeout: 10_000 }
const folder = mkdtempSync(join(tmpdir(), 'sandbox-faults-'))
let demo: DemoPartners
let sandbox: AlipaySandbox

beforeAll(async () => {
  demo = await makeDemoPartners({ folder, notifyUrl: () => 'http://127.0.0.1:9/' })
})
afterAll(() => rmSync(folder, { recursive: true }))

function ask(batchNo = '20080107001', signal?: AbortSignal): Promise<string> {
  const shop = new MerchantSide(demo, 'shop-md5-utf8')
  const detail = `s${batchNo}^ok@b.c^N^20.00^m`
  const fields = shop.signed(shop.fields({ notify_url: undefined, batch_no: batchNo, detail_data: detail }))
  return postForm(sandbox.url, fields, 'utf-8', signal).then(
    async (response) => `${response.status} ${await response.text().catch(() => 'cut')}`,
    (error: Error) => error.name,
  )
}

const DECLARATION = '<?xml version="1.0" encoding="GBK"?>\n'
const ACCEPTED = `200 ${DECLARATION}<alipay><is_success>T</is_success><error>SUCCESS</error></alipay>`

/** What the caller gets, and whether the books were written. */
const EFFECTS: Readonly<Record<Exclude<Fault, 'hang'>, readonly [RegExp, boolean]>> = {
  'request-lost': [/^TypeError$/, false],
  'answer-lost': [/^TypeError$/, true],
  'half-xml': [/^200 <\?xml [^>]*>\n<alipay>(?!.*<\/alipay>)/, true],
  'cut-answer': [/^200 cut$/, true],
  'server-error': [/^502 <html>/, false],
  'late-server-error': [/^502 <html>/, true],
  html: [/^200 <html>/, true],
  empty: [/^200 $/, true],
  'system-error': [/<is_success>F<\/is_success><error>SYSTEM_ERROR</, false],
  'late-system-error': [/<is_success>F<\/is_success><error>SYSTEM_ERROR</, true],
  'unknown-code': [/<is_success>F<\/is_success><error>SOMETHING_NEW</, false],
  entities: [/<!DOCTYPE alipay \[<!ENTITY ok "T">\]>/, false],
  slow: [/<is_success>T<\/is_success><error>SUCCESS</, true],
}

describe('a fault', () => {
  afterEach(() => sandbox.stop())

  it.each(Object.entries(EFFECTS))('%s', async (fault, [answer, booked]) => {
    sandbox = await startAlipaySandbox({ partners: demo.sandbox, faults: { slowMs: 5 } })
    await sandbox.control({ action: 'force-fault', fault: fault as Fault })
    const got = await ask()
    expect(got).toMatch(answer)
    expect(sandbox.books.entries().length).toBe(booked ? 1 : 0)
    expect(sandbox.requests.all()).toMatchObject([{ attempt: 1, fault }])
    const again = await ask()
    expect(again).toContain(booked ? 'BATCH_NO_NOT_UNIQUE' : 'SUCCESS')
    expect(sandbox.books.entries().length).toBe(1)
  })

  it('hang: the books are written, and the caller waits in vain', async () => {
    sandbox = await startAlipaySandbox({ partners: demo.sandbox })
    await sandbox.control({ action: 'force-fault', fault: 'hang', alias: 'shop-md5-utf8' })
    const caller = new AbortController()
    const answer = ask('20080107001', caller.signal)
    await expect.poll(() => sandbox.books.entries().length, PATIENT).toBe(1)
    caller.abort()
    expect(await answer).toBe('AbortError')
  })

  it('is ordered for one partner, or so many times, and for no other', async () => {
    sandbox = await startAlipaySandbox({ partners: demo.sandbox })
    await sandbox.control({ action: 'force-fault', fault: 'empty', alias: 'shop-rsa-gbk' })
    await sandbox.control({ action: 'force-answer', code: 'USER_BLOCKED', alias: 'shop-md5-utf8', times: 2 })
    expect(await ask()).toContain('USER_BLOCKED')
    expect(await ask()).toContain('USER_BLOCKED')
    expect(await ask()).toBe(ACCEPTED)
  })

  it('by rate is the same for the same seed, batch number and attempt', async () => {
    const run = async () => {
      sandbox = await startAlipaySandbox({
        partners: demo.sandbox,
        seed: 5,
        faults: { 'answer-lost': 0.3, empty: 0.3 },
      })
      await Promise.all(Array.from({ length: 40 }, (_, index) => ask(`200801070${index + 10}`)))
      const faults = sandbox.requests.all().map(({ batchNo, fault }) => `${batchNo} ${fault}`)
      await sandbox.stop()
      return faults.sort()
    }
    const first = await run()
    expect(await run()).toEqual(first)
    expect(new Set(first.map((line) => line.split(' ')[1]))).toEqual(new Set(['answer-lost', 'empty', 'undefined']))
    sandbox = await startAlipaySandbox({ partners: demo.sandbox })
  })
})

describe('drawFault', () => {
  it('has each fault about as often as its rate says', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const chance = new SeededChance(seed)
        const counts = new Map<string, number>()
        for (let name = 0; name < 2_000; name += 1) {
          const fault = drawFault({ hang: 0.25, slow: 0.5 }, chance, name) ?? 'none'
          counts.set(fault, (counts.get(fault) ?? 0) + 1)
        }
        // Six standard deviations: a fair draw is outside once in hundreds of millions.
        expect(Math.abs((counts.get('hang') ?? 0) - 500)).toBeLessThan(117)
        expect(Math.abs((counts.get('slow') ?? 0) - 1_000)).toBeLessThan(135)
      }),
      { numRuns: 5 },
    )
  })

  it('draws nothing without rates, and always what has the rate 1', () => {
    for (const fault of FAULTS) {
      expect(drawFault({}, new SeededChance(1), fault)).toBeUndefined()
      expect(drawFault({ [fault]: 1 }, new SeededChance(1), fault)).toBe(fault)
    }
  })
})
