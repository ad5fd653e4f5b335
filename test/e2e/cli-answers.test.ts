/**
 * What commands know before they write, what they are told after it, and what they say when nobody knows whether it was
 * written.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { api, KafkaProxy, type ProxiedRequest } from '../contract/event-log/kafka-proxy.ts'
import { recordsOf } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { programOf, RunningCommand, type Typed, typed } from './typed-command.ts'

const PAYEE = ['--to', 'ok@example.com', '--name', "毛 O'Neill", '--amount', '12.34']
const SHOP = ['--partner', 'shop-md5-utf8']

let system: System
let idle: System
let proxy: KafkaProxy
let folder: string

beforeAll(async () => {
  const servers = { brokers: inject('brokers'), redisUrl: inject('redisUrl') }
  folder = mkdtempSync(join(tmpdir(), 'cli-answers-'))
  proxy = await KafkaProxy.listen(servers.brokers[0] ?? '')
  system = await startSystem(servers)
  idle = await startSystem({
    ...servers,
    count: { signer: 0, 'gateway-egress': 0, 'gateway-ingress': 0, reconciler: 0 },
  })
}, 180_000)

afterEach(() => {
  proxy.rules = {}
})

afterAll(async () => {
  await system?.stop()
  await idle?.stop()
  await proxy?.close()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

function envOf({ namespace, partnersFile }: System, brokers = inject('brokers').join(',')): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    INIT_CWD: folder,
    KAFKA_BROKERS: brokers,
    REDIS_URL: inject('redisUrl'),
    NAMESPACE: namespace,
    PARTNERS_FILE: partnersFile,
    MODE: 'sandbox',
  }
}

function type(script: string, ...args: readonly string[]): Promise<Typed> {
  return typed(script, args, envOf(system))
}

/** What is written is stored, and no answer says so. */
function typeUnconfirmed(script: string, ...args: readonly string[]): Promise<Typed> {
  proxy.rules = { response: ({ apiKey }) => apiKey !== api.produce }
  return typed(script, args, envOf(system, proxy.address))
}

/** Types, in a shell, the command that another one has printed. */
async function typeAsShown({ stderr }: Typed): Promise<Typed> {
  const [, script = '', words = ''] = /[Tt]ype(?: exactly this)?: npm run ([a-z-]+) -- (.*)$/m.exec(stderr) ?? []
  // What was stored already gets no second answer.
  const asked = { decide: ' --yes', pay: ' --limit 2' }[script] ?? ''
  const program = programOf(script)
  const shell = spawn('bash', ['-c', `exec '${process.execPath}' '${program}' ${words}${asked}`], {
    env: envOf(system),
  })
  const [stdout, said] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')])
  return { code: shell.exitCode, stdout, stderr: said }
}

async function paid(payoutId: string): Promise<number> {
  await system.events.until(() => system.events.story(payoutId).includes('succeeded'), `${payoutId} is paid`)
  return (await system.gateway.books()).filter(({ serial }) => serial === payoutId).length
}

async function commandsOf(of: System = system): Promise<number> {
  return (await recordsOf(of, 'payout.commands')).length + (await recordsOf(of, 'agreement.commands')).length
}

describe('what is known before a command writes', () => {
  it.each([
    ['pay', [...PAYEE, '--partner', 'nobody']],
    ['agreement', ['sign', '--email', 'user@example.com', '--partner', 'nobody']],
    ['agreement', ['status', '--email', 'user@example.com', '--partner', 'Shop-md5-utf8']],
    ['agreement', ['unsign', '--email', 'user@example.com', '--partner', 'nobody']],
    ['returns', ['--date', '2010-12-18', '--partner', 'nobody']],
  ])('npm run %s -- %j: a partner that nobody has is refused, and nothing is written', async (script, args) => {
    const before = await commandsOf()
    expect(await type(script, ...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/the partners file has no partner \S+; there are: shop-md5-utf8/),
    })
    expect(await commandsOf()).toBe(before)
  })

  it('a row of a file for a partner that nobody has is a bad row', async () => {
    const file = join(folder, 'partners.csv')
    writeFileSync(
      file,
      'id,partner,to,name,amount\nrow1,shop-md5-utf8,ok@example.com,毛毛,1\nrow2,nobody,ok@example.com,毛毛,1\n',
    )
    const before = await commandsOf()
    const refused = await type('pay', '--file', file)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('line 3: the partners file has no partner nobody')
    expect(await commandsOf()).toBe(before)
    const skipped = await type('pay', '--file', file, '--skip-bad')
    expect(skipped).toMatchObject({ code: 0, stdout: expect.stringMatching(/^row1 {2}(accepted|succeeded): /m) })
  })
})

describe('what a command shows', () => {
  it('pay says the id that it generated beside the results, and what the pipeline answered first', async () => {
    const { code, stdout, stderr } = await type('pay', ...PAYEE, ...SHOP)
    const [, id = ''] = /^(\S+) is the id that was generated for this payout$/m.exec(stderr) ?? []
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${id} {2}12\\.34 yuan {2}shop-md5-utf8 {2}payout\\.commands/\\d+@\\d+\\n`))
    expect(stdout).toMatch(new RegExp(`^${id} {2}(accepted|succeeded): 12\\.34 yuan`, 'm'))
    expect(await paid(id)).toBe(1)
  })

  it('pay under an id that was asked for before tells how that one stands, and other content is refused', async () => {
    expect(await type('pay', ...PAYEE, ...SHOP, '--id', 'twice')).toMatchObject({ code: 0 })
    await paid('twice')
    const again = await type('pay', ...PAYEE, ...SHOP, '--id', 'twice', '--limit', '2')
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('twice  succeeded: 12.34 yuan paid') })
    expect(again.stdout).toContain('asked for before under the same id')
    const other = await type('pay', ...PAYEE.slice(0, -1), '99', ...SHOP, '--id', 'twice')
    expect(other).toMatchObject({ code: 1, stdout: expect.stringContaining('twice  refused: a command was refused') })
    expect(await paid('twice')).toBe(1)
  })

  it('pay of what fails ends with exit code 1 and the reason', async () => {
    const args = ['--to', 'ok@example.com', '--name', '毛|毛', '--amount', '1', '--id', 'bar', ...SHOP]
    expect(await type('pay', ...args)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('bar  failed: not paid: MAPI_DETAIL_FIELD_CHARACTER'),
    })
  })

  it('decide writes nothing that is sure to be refused, and waits for the answer to what it writes', async () => {
    await type('pay', '--to', 'never@example.com', '--name', '毛毛', '--amount', '1', '--id', 'silent', ...SHOP)
    const { stdout: reported } = await type('trace', 'silent')
    const batchNo = /batch (\w{32})/.exec(reported)?.[1] ?? ''
    const word = (decision: string, options: Record<string, string> = {}) => {
      const said = {
        '--batch-no': batchNo,
        '--serial': 'silent',
        '--looked-at': new Date(Date.now() - 1000).toISOString(),
        '--looked-where': 'console',
        '--alipay-said': 'it said so',
        '--by': 'Mao',
        '--reason': 'seen',
        ...options,
      }
      return ['silent', '--decision', decision, ...Object.entries(said).flat(), '--yes']
    }
    const before = await commandsOf()
    for (const [args, why] of [
      [word('succeeded', { '--serial': 'other' }), "the payout's serial at Alipay is silent"],
      [word('failed', { '--batch-no': '20101218000000000000000000000000' }), "the payout's last batch number is"],
      [word('failed'), 'the batch may be paid until the end of its pay date'],
      [word('again'), 'the batch may be paid until the end of its pay date'],
    ] as const) {
      const refused = await type('decide', ...args)
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`nothing was written: ${why}`) })
    }
    expect(await commandsOf()).toBe(before)
    const foreign = { '--batch-no': '20101218000000000000000000000000' }
    const refused = await type('decide', ...word('succeeded', foreign))
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('DECISION_OTHER_BATCH') })
    expect(refused.stderr).toContain('the decision was refused, and changes nothing')
    const unconfirmed = await typeUnconfirmed('decide', ...word('succeeded'))
    expect(unconfirmed).toMatchObject({ code: 1, stderr: expect.stringContaining('[CLI_WRITE_UNKNOWN]') })
    await system.events.until(() => system.events.story('silent').includes('succeeded'), 'it was stored')
    expect(await typeAsShown(unconfirmed)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('succeeded already'),
    })
  })
})

describe('a write of which nobody knows whether it was stored', () => {
  it('of a payout names the whole command with its id, which pays once', async () => {
    const unknown = await typeUnconfirmed('pay', ...PAYEE, '--memo', 'a b', ...SHOP)
    const [, id = ''] = /^(\S+) is the id/m.exec(unknown.stderr) ?? []
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toContain(`whether payout ${id} was written is not known`)
    expect(unknown.stderr).toContain('[CLI_WRITE_UNKNOWN]')
    expect(await typeAsShown(unknown)).toMatchObject({ code: 0, stdout: expect.stringContaining(`${id}  12.34 yuan`) })
    expect(await paid(id)).toBe(1)
    expect(system.events.story(id)).not.toContain('refused')
  })

  it('of a file says that it can be sent again, with the partner that was meant', async () => {
    const file = join(folder, 'file of payouts.csv')
    writeFileSync(file, 'id,to,name,amount\nfile1,ok@example.com,毛毛,1\nfile2,ok@example.com,毛毛,2\n')
    const unknown = await typeUnconfirmed('pay', '--file', 'file of payouts.csv', '--partner', 'shop-rsa-gbk')
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toContain('whether each of the other 2 of 2 payouts was written is not known')
    expect(unknown.stderr).toContain('sending the same file again is safe')
    expect(await typeAsShown(unknown)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 payouts asked for'),
    })
    for (const id of ['file1', 'file2']) {
      expect(await paid(id)).toBe(1)
      expect(system.events.story(id)).not.toContain('refused')
    }
  })

  it('of a command about an agreement, and of one for a return file, says how to ask again', async () => {
    const sign = await typeUnconfirmed('agreement', 'sign', '--email', 'unknown@example.com', ...SHOP)
    const [, id = ''] = /^(\S+) is the id/m.exec(sign.stderr) ?? []
    expect(sign).toMatchObject({ code: 1, stderr: expect.stringContaining(`whether command ${id} was written`) })
    expect((await typeAsShown(sign)).stdout).toContain(`command ${id}, agreement `)
    const file = await typeUnconfirmed('returns', '--date', '2010-12-18', ...SHOP)
    expect(file).toMatchObject({ code: 1, stderr: expect.stringContaining('asking again is safe') })
    expect((await typeAsShown(file)).stdout).toContain('file of 20101218, shop-md5-utf8  payout.commands/')
  })

  it('that a person stops says the same', async () => {
    const writes = Promise.withResolvers<void>()
    const hold = ({ apiKey }: ProxiedRequest) => {
      if (apiKey !== api.produce) return true
      writes.resolve()
      return new Promise<never>(() => undefined)
    }
    proxy.rules = { request: hold }
    const held = new RunningCommand('pay', [...PAYEE, ...SHOP, '--no-answer'], envOf(system, proxy.address))
    await writes.promise
    held.signal('SIGTERM')
    const { code, stderr } = await held.ended()
    expect(code).toBe(130)
    expect(stderr).toMatch(/type exactly this: npm run pay -- --id \S+ --partner shop-md5-utf8 /)
  })
})

describe('a command that nobody answers', () => {
  const quiet = (script: string, ...args: readonly string[]) => typed(script, args, envOf(idle))

  it('to pay stands, and says what to look at and not to ask under another id', async () => {
    const { code, stdout, stderr } = await quiet('pay', ...PAYEE, ...SHOP, '--limit', '1')
    expect(code).toBe(0)
    expect(stdout).toContain('asked for; ')
    expect(stderr).toMatch(/no answer came within 1 s .* npm run trace -- \S+\n/)
    expect(stderr).toContain('do not ask under another id')
  })

  it.each([
    ['agreement', ['sign', '--email', 'user@example.com']],
    ['agreement', ['status', '--email', 'user@example.com']],
    ['agreement', ['unsign', '--email', 'user@example.com']],
    ['returns', ['--date', '2010-12-18']],
  ])('npm run %s -- %j ends with exit code 3, and with what to do', async (script, args) => {
    const ended = await quiet(script, ...args, ...SHOP, '--limit', '1')
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining('[CLI_UNANSWERED]') })
    expect(ended.stderr).toContain(`npm run ${script} -- `)
  })

  it('is not waited for where nobody wants to', async () => {
    for (const [script, args] of [
      ['pay', PAYEE],
      ['agreement', ['sign', '--email', 'user@example.com']],
      ['returns', ['--date', '2010-12-18']],
    ] as const)
      expect(await quiet(script, ...args, ...SHOP, '--no-answer')).toMatchObject({ code: 0 })
  })
})
