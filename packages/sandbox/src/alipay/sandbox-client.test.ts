import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AlipaySandbox, startAlipaySandbox } from './alipay-sandbox.ts'
import { makeDemoPartners } from './partners/sandbox-partners.ts'
import { SandboxClient } from './sandbox-client.ts'
import { codeOf, MerchantSide, postForm, TestMerchant } from './testing/test-merchant.ts'

const folder = mkdtempSync(join(tmpdir(), 'sandbox-client-'))
const receiver = new TestMerchant()
let sandbox: AlipaySandbox
let client: SandboxClient

beforeAll(async () => {
  await receiver.start()
  const demo = await makeDemoPartners({ folder, notifyUrl: (alias) => `${receiver.url}/notify/${alias}` })
  sandbox = await startAlipaySandbox({ partners: demo.sandbox })
  client = new SandboxClient(sandbox.url)
  for (const [alias, batchNo] of [
    ['shop-md5-utf8', '20080107001'],
    ['shop-md5-utf8', '20080107002'],
    ['shop-rsa-gbk', '20080107001'],
  ] as const) {
    const merchant = new MerchantSide(demo, alias)
    const [account] = merchant.partner.accounts
    // The name of the account is Chinese: sent as utf-8 whatever the partner's own charset is.
    const changes = { batch_no: batchNo, _input_charset: 'utf-8', account_name: account?.name ?? '' }
    const detail = { detail_data: `${batchNo}^ok@example.com^N^20.00^m` }
    expect(await codeOf(await postForm(sandbox.url, merchant.signed(merchant.fields({ ...changes, ...detail }))))).toBe(
      'T SUCCESS',
    )
  }
  await receiver.received(3)
})
afterAll(async () => {
  await sandbox.stop()
  await receiver.stop()
  rmSync(folder, { recursive: true })
})

describe('BooksClient', () => {
  it('reads the same as the sandbox has', async () => {
    expect(await client.books()).toEqual(sandbox.books.entries())
    expect(await client.paid()).toEqual(sandbox.books.paid())
    expect((await client.paid()).map(({ alias, serial, paid }) => `${alias} ${serial} ${paid}`)).toEqual([
      'shop-md5-utf8 20080107001 1',
      'shop-md5-utf8 20080107002 1',
      'shop-rsa-gbk 20080107001 1',
    ])
    expect(await client.summary()).toMatchObject({ batches: 3, lines: 3, paidFen: 6_000, paidTwice: [], requests: 3 })
  })

  it('narrows lists to a partner or a batch', async () => {
    const requests = await client.requests({ alias: 'shop-md5-utf8' })
    expect(requests.map(({ batchNo, attempt, answer }) => [batchNo, attempt, answer])).toEqual([
      ['20080107001', 1, 'SUCCESS'],
      ['20080107002', 1, 'SUCCESS'],
    ])
    const notifies = await client.notifies({ alias: 'shop-rsa-gbk', batchNo: '20080107001' })
    expect(notifies).toMatchObject([{ alias: 'shop-rsa-gbk', batchNo: '20080107001', sent: 1 }])
    expect(await client.notifies({ batchNo: '20080107009' })).toEqual([])
  })

  it('never shows a partner id', async () => {
    const all = [await client.books(), await client.requests(), await client.summary(), await client.notifies()]
    expect(JSON.stringify(all)).not.toMatch(/2088\d{12}/)
  })

  it('tells what the sandbox does not take', async () => {
    const refused = expect.objectContaining({ code: 'SANDBOX_REFUSED' })
    await expect(client.control({ action: 'balance', alias: 'nobody', balanceFen: 1 })).rejects.toEqual(refused)
    await expect(client.control({ action: 'force-answer', code: '', times: 0 })).rejects.toEqual(refused)
  })

  it('says so when nothing answers', async () => {
    const nobody = new SandboxClient('http://127.0.0.1:9/gateway.do')
    await expect(nobody.summary()).rejects.toEqual(expect.objectContaining({ code: 'SANDBOX_UNREACHABLE' }))
  })
})
