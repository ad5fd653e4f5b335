import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DemoPartners, makeDemoPartners } from './partners/sandbox-partners.ts'
import { SandboxClient } from './sandbox-client.ts'
import { codeOf, MerchantSide, postForm, TestMerchant } from './testing/test-merchant.ts'
import { answerSigning, askService, openSigning } from './testing/test-services.ts'

const MAIN = fileURLToPath(new URL('../alipay-main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sandbox-restart-'))
/** Processes start slowly on a busy machine. */
const PATIENT = { timeout: 30_000 }
const started: ChildProcess[] = []
let demo: DemoPartners
let shop: MerchantSide
let receiver: TestMerchant

beforeAll(async () => {
  demo = await makeDemoPartners({ folder, notifyUrl: () => 'http://127.0.0.1:9/' })
  shop = new MerchantSide(demo, 'shop-md5-utf8')
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  receiver = new TestMerchant()
  await receiver.start()
})
afterEach(async () => {
  for (const child of started.splice(0)) await end(child, 'SIGKILL')
  await receiver.stop()
})

async function run(settings: Readonly<Record<string, string>>): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, SANDBOX_PARTNERS: demo.sandboxFile, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.push(child)
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const ready = JSON.parse(line) as { event: string; url: string }
  expect(ready.event).toBe('ready')
  return { child, url: ready.url }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return child.exitCode
}

async function pay(url: string, batchNo: string, account: string): Promise<string> {
  const detail = `s${batchNo}^${account}^N^20.00^m`
  const fields = shop.fields({ notify_url: receiver.url, batch_no: batchNo, detail_data: detail })
  return postForm(url, shop.signed(fields), 'utf-8').then(codeOf, () => 'lost')
}

describe('a sandbox with a state file', { timeout: 60_000 }, () => {
  it('has its books, balances and open notifies again after it was killed', async () => {
    const SANDBOX_STATE = join(folder, 'killed.state')
    const first = await run({ SANDBOX_STATE })
    const client = new SandboxClient(first.url)
    await client.control({ action: 'balance', alias: 'shop-md5-utf8', balanceFen: 6_000 })
    await client.control({ action: 'force-fault', fault: 'answer-lost' })
    receiver.answer = () => ({ status: 503, body: '' })
    expect(await pay(first.url, '20080107001', 'ok@b.c')).toBe('lost')
    await receiver.received(1)
    receiver.answer = () => ({ status: 200, body: 'success' })
    expect(await pay(first.url, '20080107002', 'contradict@b.c')).toBe('T SUCCESS')
    await receiver.received(3)
    await expect.poll(async () => (await client.summary()).notifies.acknowledged, PATIENT).toBe(2)
    const before = [await client.books(), await client.paid()]
    await end(first.child, 'SIGKILL')
    // Torn by the kill: nobody has had an answer for it.
    appendFileSync(SANDBOX_STATE, '{"kind":"batch","batch":{"alias":"shop-md5-utf8","bat')

    const second = await run({ SANDBOX_STATE })
    const again = new SandboxClient(second.url)
    expect([await again.books(), await again.paid()]).toEqual(before)
    expect(await pay(second.url, '20080107001', 'ok@b.c')).toBe('F BATCH_NO_NOT_UNIQUE')
    const [open, , , resent] = await receiver.received(4)
    expect(resent?.fields.get('notify_id')).toEqual(open?.fields.get('notify_id'))
    await expect
      .poll(async () => (await again.summary()).notifies, PATIENT)
      .toMatchObject({ total: 3, acknowledged: 3, open: 0 })
    expect(await pay(second.url, '20080107003', 'ok@b.c')).toBe('T SUCCESS')
    expect(await pay(second.url, '20080107004', 'ok@b.c')).toBe('F NOT_ENOUGH_AMOUNT')
    await receiver.received(5)
    expect(readFileSync(SANDBOX_STATE, 'utf8')).not.toContain('"bat{')
  })

  it('has its agreements, open signing pages and return files again after it was killed', async () => {
    const SANDBOX_STATE = join(folder, 'agreements.state')
    const first = await run({ SANDBOX_STATE })
    const client = new SandboxClient(first.url)
    const signed = await openSigning(first.url, shop, { email: 'signed@example.com' })
    expect((await answerSigning(first.url, signed.signing, 'agree')).ended).toBe('signed')
    const open = await openSigning(first.url, shop, { email: 'open@example.com' })
    const file = { action: 'return-file', alias: 'shop-md5-utf8', date: '20101223', rows: 3 } as const
    const { fileHash } = await client.control(file)
    await client.control({ ...file, date: '20101224', failure: 'MAX_VISIT_LIMIT', rows: undefined })
    await end(first.child, 'SIGKILL')

    const second = await run({ SANDBOX_STATE })
    const again = new SandboxClient(second.url)
    expect((await answerSigning(second.url, signed.signing, 'agree')).ended).toBe('gone')
    expect((await answerSigning(second.url, open.signing, 'agree')).ended).toBe('signed')
    expect((await again.agreements()).map(({ account, state, timesSigned }) => [account, state, timesSigned])).toEqual([
      ['signed@example.com', 'signed', 1],
      ['open@example.com', 'signed', 1],
    ])
    const download = await askService(second.url, shop, 'bptb_refund_file', { date: '20101223' })
    const bytes = Buffer.from(await download.arrayBuffer())
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(fileHash)
    expect(await again.returnFiles()).toMatchObject([{ rowCount: 3, fileHash }, { failure: 'MAX_VISIT_LIMIT' }])
  })

  it('ends on SIGTERM with 0, and answers as its environment says', async () => {
    const { child, url } = await run({ SANDBOX_FAULTS: '{"server-error":1}', SANDBOX_SEED: '9' })
    expect(await pay(url, '20080107001', 'ok@b.c')).toContain('502')
    expect(await end(child, 'SIGTERM')).toBe(0)
  })

  it('ends with its parent when told to', async () => {
    const script = `
      const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, [process.argv[1]], { stdio: ['ignore', 'pipe', 'ignore'] })
      child.stdout.once('data', (ready) => { process.stdout.write(child.pid + ' ' + ready); })
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['-e', script, MAIN], {
      env: { ...process.env, SANDBOX_PARTNERS: demo.sandboxFile, EXIT_WITH_PARENT: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    started.push(parent)
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
    const pid = Number(line.split(' ')[0])
    expect(isAlive(pid)).toBe(true)
    await end(parent, 'SIGKILL')
    await expect.poll(() => isAlive(pid), PATIENT).toBe(false)
  })

  it('says all that is wrong with its environment at once, and ends with 78', async () => {
    const child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env.PATH, SANDBOX_PORT: 'many', SANDBOX_FAULTS: '{"slwo":1}' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    started.push(child)
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    await once(child, 'close')
    expect(child.exitCode).toBe(78)
    for (const name of ['SANDBOX_PARTNERS', 'SANDBOX_PORT', 'SANDBOX_FAULTS', 'slwo']) expect(said).toContain(name)
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
