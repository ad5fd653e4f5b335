/** What a person can do with a system that is up; each command is a process of its own. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'
import { logger } from '@payout/runtime/observability/logging'
import { startAlipaySandbox } from '@payout/sandbox/alipay/alipay-sandbox'
import { makeDemoPartners } from '@payout/sandbox/alipay/partners/sandbox-partners'
import { SandboxClient } from '@payout/sandbox/alipay/sandbox-client'
import { freePort } from '@payout/sandbox/provision/process/free-port'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { jsonLines, RunningCommand, type Typed, typed } from './typed-command.ts'

const NAMESPACE = `cli-up-${process.pid}`
let folder: string
let temporary: string
let upEnv: NodeJS.ProcessEnv
let up: RunningCommand
/** Follows every event from the first on, for all tests. */
let follower: RunningCommand

/** The commands find the system by the file that `up` wrote, so they are given no addresses. */
function run(script: string, ...args: readonly string[]): RunningCommand {
  return new RunningCommand(script, args, { PATH: process.env.PATH, UP_FILE: join(folder, 'up.json') })
}

function type(script: string, ...args: readonly string[]): Promise<Typed> {
  return run(script, ...args).ended()
}

/** The events of one payout, once one of these is among them. */
async function untilEvent(payoutId: string, wanted: RegExp): Promise<Record<string, unknown>[]> {
  const events = () => jsonLines(follower.stdout).filter((event) => event.payoutId === payoutId)
  const names = () => events().map(({ type: name }) => name)
  await expect.poll(names, { timeout: 30_000, interval: 20 }).toContainEqual(expect.stringMatching(wanted))
  return events()
}

function untilOutcome(payoutId: string): Promise<Record<string, unknown>[]> {
  return untilEvent(payoutId, /succeeded|failed/)
}

/** `npm run pay`, with its options as they are typed. */
function pay(options: string): Promise<Typed> {
  return type('pay', ...options.split(' '))
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-up-'))
  temporary = mkdtempSync(join(tmpdir(), 'cli-up-tmp-'))
  upEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TMPDIR: temporary,
    UP_FILE: join(folder, 'up.json'),
    KAFKA_BROKERS: inject('brokers').join(','),
    REDIS_URL: inject('redisUrl'),
    AGREEMENT_FIRST_POLL: '300ms',
    AGREEMENT_MAX_POLL: '1s',
    START_LIMIT: '90s',
  }
  up = new RunningCommand('up', ['--namespace', NAMESPACE, '--logs', join(folder, 'logs')], upEnv)
  await up.says('Ctrl-C stops everything.')
  follower = run('events', '--json', '--from-start')
})

afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return
  up.tell()
  follower.tell()
})

afterAll(async () => {
  for (const command of [follower, up]) command?.signal('SIGKILL')
  for (const command of [follower, up]) await command?.ended()
  for (const path of [folder, temporary]) rmSync(path, { recursive: true, force: true })
})

describe('npm run up', () => {
  it('prints every address, and what to type next', () => {
    const parts = ['Kafka', 'Redis', 'ingress', 'gateway', 'signer, admin', NAMESPACE]
    const typed = ['npm run pay -- --to', 'npm run agreement -- sign', 'npm run returns']
    for (const what of [...parts, ...typed]) expect(up.stdout).toContain(what)
  })

  it('finds its topics as they must be', async () => {
    expect(await type('topics', 'check')).toMatchObject({ code: 0, stdout: 'all 16 topics are as they must be\n' })
    expect(await type('topics', 'apply')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('all topics were there'),
    })
  })
})

describe('npm run pay', () => {
  it('asks for a payout, which is then paid', async () => {
    const paid = await pay('--to ok@example.com --name 毛毛 --amount 12.34 --id one1')
    expect(paid).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^one1 {2}12\.34 yuan {2}shop-md5-utf8 {2}payout\.commands\/\d@\d+\n/),
    })
    const followed = await untilOutcome('one1')
    const asked = await type('events', '--json', '--from-start', '--payout', 'one1', '--idle', '1')
    const events = jsonLines(asked.stdout)
    expect(events).toEqual(followed)
    expect(events.at(-1)).toMatchObject({ type: 'payout.succeeded', payoutId: 'one1', amountFen: 1234 })
    expect(events.filter(({ type }) => type === 'payout.succeeded')).toHaveLength(1)
  })

  it('makes up an id that Alipay takes as serial', async () => {
    const { stdout } = await pay('--to ok@example.com --name 毛毛 --amount 1')
    const id = stdout.split(' ')[0] ?? ''
    expect(id).toMatch(/^[0-9a-z]{20}$/)
    const reported = await type('events', '--from-start', '--payout', id, '--count', '1', '--idle', '20')
    expect(reported.stdout).toMatch(new RegExp(`shop-md5-utf8/${id} `))
  })

  it('sends nothing of a file that has bad rows, and names each with its line', async () => {
    const file = join(folder, 'bad.csv')
    writeFileSync(
      file,
      'id,partner,to,name,amount,memo\nbad1,shop-md5-utf8,ok@example.com,毛毛,1.00,\nbad2,shop-md5-utf8,,毛毛,1.234,\n',
    )
    const refused = await type('pay', '--file', file)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/line 3: to .* is empty: .*; amount "1\.234"/)
    expect(refused.stderr).toContain('nothing was sent: 1 of 2 rows are bad')
    expect(await type('trace', 'bad1')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/nothing is known of bad1\. It was looked for, .*a batch number, a serial/),
    })
  })

  it('sends the good rows when it is told to', async () => {
    const file = join(folder, 'mixed.csv')
    const rows =
      'mixed1,shop-rsa-gbk,ok@example.com,毛毛,1.00,\nmixed2,shop-dsa-gb2312,ok@example.com,毛毛,2.00,\n,,,,,\n'
    writeFileSync(file, `id,partner,to,name,amount,memo\n${rows}`)
    expect((await type('pay', '--file', file, '--skip-bad')).code).toBe(0)
    for (const id of ['mixed1', 'mixed2']) {
      expect((await untilOutcome(id)).at(-1)).toMatchObject({ type: 'payout.succeeded', payoutId: id })
    }
  })

  it.each([
    [['--to', 'ok@example.com'], '--name, --amount missing'],
    [['--to', 'a', '--name', 'b', '--amount', '1,5'], 'is not an amount'],
    [['--to', 'a', '--name', 'b', '--amount', '1', '--id', 'no id'], '--id must be'],
    [['--to', '\u202d13800138000', '--name', 'b', '--amount', '1'], '--to holds U+202D as character 1'],
    [['--file', 'x.csv', '--to', 'a'], '--file stands alone'],
    [['--nonsense'], "unknown option '--nonsense'"],
  ])('refuses %j with exit code 2', async (args, words) => {
    expect(await type('pay', ...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) })
  })
})

describe('npm run trace', () => {
  it('shows the whole story of a payout', async () => {
    await pay('--to fail.RECEIVE_USER_NOT_EXIST@example.com --name 毛毛 --amount 3 --id traced1')
    await untilOutcome('traced1')
    const { stdout, code } = await type('trace', 'traced1', '--json')
    expect(code).toBe(0)
    const steps = jsonLines(stdout).map(({ step }) => step)
    for (const step of ['command', 'signed request', 'attempt', 'answer', 'notify', 'event failed'])
      expect(steps).toContain(step)
    expect(stdout).not.toMatch(/2088\d{12}/)
    const words = await type('trace', 'traced1', '--partner', 'shop-md5-utf8')
    expect(words.stdout).toContain('not paid: RECEIVE_USER_NOT_EXIST')
    expect(words.stdout).toMatch(/gateway\.notifies\/\d@\d+/)
  })

  it('refuses what is no id', async () => {
    expect(await type('trace', 'no id')).toMatchObject({ code: 2 })
  })
})

describe('npm run agreement', () => {
  const email = 'cli.user@example.com'

  it('has an agreement signed, tells how it stands, and cancels it', async () => {
    const sign = run('agreement', 'sign', '--email', email, '--id', 'cli-sign', '--wait')
    await sign.says('form ready, ')
    const formUrl = /^(http:\/\/127\.0\.0\.1:\d+\/agreement\/shop-md5-utf8\/\S+)$/m.exec(sign.stdout)?.[1] ?? ''
    const gateway = new SandboxClient(/http:\/\/127\.0\.0\.1:\d+\/gateway\.do/.exec(up.stdout)?.[0] ?? '')
    expect((await gateway.control({ action: 'consent', formUrl })).consent).toMatchObject({ outcome: 'signed' })
    expect(await sign.ended()).toMatchObject({ code: 0, stdout: expect.stringContaining('signed: Alipay says') })
    expect(await type('agreement', 'status', '--email', email)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('automatic refund yes'),
    })
    const cancelled = await type('agreement', 'unsign', '--email', email)
    expect(cancelled).toMatchObject({ code: 0, stdout: expect.stringContaining('unsigned: it is cancelled') })
    const id = /agreement (\w{24})/.exec(cancelled.stdout)?.[1] ?? ''
    const events = jsonLines((await type('events', '--json', '--from-start', '--agreement', id, '--idle', '1')).stdout)
    expect(events.map(({ type: name }) => name)).toEqual([
      'agreement.form_ready',
      'agreement.signed',
      'agreement.signed',
      'agreement.unsigned',
    ])
    for (const args of [['cli-sign'], ['--email', email, '--partner', 'shop-md5-utf8']]) {
      const { stdout, code } = await type('trace', ...args, '--json')
      expect(code).toBe(0)
      const steps = jsonLines(stdout).map(({ step }) => step)
      const signed = ['command', 'checked command', 'signed form', 'signed request']
      for (const step of [...signed, 'attempt', 'answer', 'event unsigned']) expect(steps).toContain(step)
      expect(stdout).not.toMatch(/2088\d{12}/)
      expect(stdout).not.toContain(formUrl)
    }
  })

  it('names what is wrong: a mobile number, an id that has ended, no account', async () => {
    const mobile = await type('agreement', 'sign', '--email', '13800000001', '--id', 'cli-mobile')
    expect(mobile).toMatchObject({ code: 1, stdout: expect.stringContaining('MAPI_SIGNER_IS_MOBILE') })
    const again = await type('agreement', 'sign', '--email', '13800000001', '--id', 'cli-mobile')
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('has ended before') })
    expect(await type('agreement', 'unsign')).toMatchObject({ code: 2, stderr: expect.stringContaining('--account') })
  })
})

describe('npm run returns', () => {
  it('has a return file fetched, and shows what is in it, once', async () => {
    const first = await type('returns', '--date', '2010-12-18')
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('2 of 2 rows are news') })
    const withdrawal = /withdrawal (\w+)/.exec(first.stdout)?.[1] ?? ''
    expect(await type('returns', '--date', '20101218')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 of 2 rows are news'),
    })
    const { stdout } = await type('trace', withdrawal, '--json')
    const steps = jsonLines(stdout).map(({ step }) => step)
    for (const step of ['command', 'signed request', 'answer', 'return file', 'event returned'])
      expect(steps).toContain(step)
    expect(stdout).not.toMatch(/2088\d{12}/)
  })

  it('tells why a file was not taken, and refuses what is no day', async () => {
    expect(await type('returns', '--date', '2010-12-19')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('not taken: '),
    })
    expect(await type('returns', '--date', '2010-02-30')).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('npm run partner', () => {
  it('stops a partner, so that its payouts wait, and lets it go on', async () => {
    expect(await type('partner', 'stop', 'shop-rsa-gbk')).toMatchObject({ code: 2 })
    expect(await type('partner', 'stop', 'shop-rsa-gbk', '--why', 'asked', '--by', 'Li')).toMatchObject({ code: 0 })
    expect((await type('partner', 'status', 'shop-rsa-gbk')).stdout).toMatch(/ stopped +person +Li +\S.* asked/)
    await pay('--to ok@example.com --name 毛毛 --amount 1 --id held1 --partner shop-rsa-gbk --limit 1')
    expect((await type('events', '--from-start', '--payout', 'held1', '--idle', '2')).stdout).toBe('')
    expect((await type('partner', 'go', 'shop-rsa-gbk', '--why', 'seen')).stdout).toContain('taken back: Li: asked')
    expect((await untilOutcome('held1')).at(-1)).toMatchObject({ type: 'payout.succeeded' })
    expect((await type('partner', 'status')).stdout).not.toContain('stopped')
  })

  it('knows the partners of the partners file only', async () => {
    expect(await type('partner', 'stop', 'nobody', '--why', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there are: shop-md5-utf8, shop-rsa-gbk, shop-dsa-gb2312'),
    })
  })
})

describe('npm run decide', () => {
  it('writes what a person decided about a payout that nobody else can end', async () => {
    await pay('--to never@example.com --name 毛毛 --amount 1 --id silent1')
    await untilEvent('silent1', /accepted/)
    const story = jsonLines((await type('trace', 'silent1', '--json')).stdout)
    const batchNo = /batch (\w{32})/.exec(JSON.stringify(story))?.[1] ?? ''
    const looked = `--looked-at ${new Date(Date.now() - 1000).toISOString()} --looked-where console --alipay-said paid`
    const said = `--partner shop-md5-utf8 --batch-no ${batchNo} --serial silent1 ${looked} --by Mao --reason seen`
    const decided = await type('decide', 'silent1', '--decision', 'succeeded', ...said.split(' '), '--yes')
    expect(decided).toMatchObject({ code: 0, stdout: expect.stringContaining('written: payout.commands/') })
    expect((await untilOutcome('silent1')).at(-1)).toMatchObject({
      type: 'payout.succeeded',
      evidence: { kind: 'decision' },
    })
  })

  it('names what is missing where there is no terminal to ask on', async () => {
    const refused = await type('decide', 'silent1', '--decision', 'failed', '--yes')
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--batch-no, --serial, --looked-at') })
    expect(await type('decide', 'silent1', '--decision', 'perhaps')).toMatchObject({ code: 2 })
  })
})

describe('npm run dead-letters', () => {
  it('lists what could not be read, and writes it to the topic again', async () => {
    const log = kafkaEventLog({
      brokers: inject('brokers'),
      namespace: NAMESPACE,
      clientId: 'cli-up-test',
      logger: logger('test', 'silent'),
    })
    const publisher = log.publisher({ maxBytes: 1024 })
    const nonsense = Buffer.from('nonsense')
    await publisher.append({ topic: 'payout.commands', partition: 2, key: 'k', value: nonsense, headers: {} })
    const there = async () => {
      const all = (['payout.commands.dlq', 'agreement.commands.dlq'] as const).map(async (topic) =>
        (await log.offsets(topic)).map((_, partition) => ({ topic, partition, at: 'beginning' }) as const),
      )
      return (await Array.fromAsync(log.read({ from: (await Promise.all(all)).flat(), until: 'end' }))).length
    }
    const listed = async (count: number) => {
      await expect.poll(there, { timeout: 20_000, interval: 50 }).toBe(count)
      const letters = jsonLines((await type('dead-letters', 'list', '--json')).stdout)
      expect(letters).toHaveLength(count)
      return letters
    }
    const [first] = await listed(1)
    expect(first).toMatchObject({
      code: 'SCHEMA_NOT_AVRO',
      bytes: 8,
      from: expect.stringMatching(/^payout\.commands\/2@\d+$/),
    })
    expect(await type('dead-letters', 'replay', '--all')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    })
    expect(await type('dead-letters', 'replay', 'payout.commands.dlq/9@9', '--yes')).toMatchObject({ code: 2 })
    const place = `payout.commands.dlq/${first?.partition}@${first?.offset}`
    expect(await type('dead-letters', 'replay', place, '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is written again as payout.commands/2@'),
    })
    const [, second] = await listed(2)
    expect(second).toMatchObject({ code: 'SCHEMA_NOT_AVRO', firstAt: first?.firstAt })
    const value = Buffer.from('more nonsense')
    await publisher.append({ topic: 'agreement.commands', partition: 1, key: 'k', value, headers: {} })
    const about = (await listed(3)).find(({ topic }) => topic === 'agreement.commands.dlq')
    expect(about).toMatchObject({ bytes: 13, from: expect.stringMatching(/^agreement\.commands\/1@\d+$/) })
    const itsPlace = `agreement.commands.dlq/${about?.partition}@${about?.offset}`
    expect(await type('dead-letters', 'replay', itsPlace, '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${itsPlace} is written again as agreement.commands/1@`),
    })
    await log.close()
  })
})

describe('npm run up -- --gateway', () => {
  it("puts another stand-in for Alipay in the sandbox's place", async () => {
    const port = await freePort()
    const demo = await makeDemoPartners({
      folder: join(folder, 'partners'),
      notifyUrl: (alias) => `http://127.0.0.1:${port}/notify/${alias}`,
    })
    const other = await startAlipaySandbox({ partners: demo.sandbox })
    const upFile = join(folder, 'other.json')
    const args = ['--gateway', other.url, '--partners', demo.merchantFile]
    const second = new RunningCommand('up', args, { ...upEnv, UP_FILE: upFile })
    await second.says('Ctrl-C stops everything.')
    expect(second.stdout).toContain(other.url)
    const env = { PATH: process.env.PATH, UP_FILE: upFile }
    await typed('pay', ['--to', 'ok@example.com', '--name', '毛毛', '--amount', '5', '--id', 'elsewhere1'], env)
    const events = new RunningCommand('events', ['--json', '--from-start', '--payout', 'elsewhere1'], env)
    await events.says('payout.succeeded')
    expect(jsonLines(events.stdout).at(-1)).toMatchObject({ type: 'payout.succeeded', payoutId: 'elsewhere1' })
    events.signal('SIGINT')
    expect((await events.ended()).code).toBe(0)
    expect(other.books.entries()).toMatchObject([{ serial: 'elsewhere1', amountFen: 500 }])
    second.signal('SIGINT')
    expect((await second.ended()).code).toBe(0)
    await other.stop()
  })

  it('needs the partners file that goes with it', async () => {
    expect(await typed('up', ['--gateway', 'http://127.0.0.1:1/gateway.do'], upEnv)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--gateway and --partners go together'),
    })
  })
})

describe('npm run events', () => {
  it('has told one outcome of each payout, as its last event', () => {
    const ofPayouts = jsonLines(follower.stdout).filter(({ payoutId }) => typeof payoutId === 'string')
    const stories = Map.groupBy(ofPayouts, ({ payoutId }) => payoutId)
    expect([...stories.keys()]).toEqual(
      expect.arrayContaining(['one1', 'mixed1', 'mixed2', 'traced1', 'held1', 'silent1']),
    )
    for (const [, events] of stories) {
      const outcomes = events.filter(({ type: name }) => /succeeded|failed/.test(String(name)))
      expect(outcomes).toEqual([events.at(-1)])
    }
  })
})

describe('the end of npm run up', () => {
  it('leaves no process, no folder and no file of addresses', async () => {
    up.signal('SIGINT')
    expect((await up.ended()).code).toBe(0)
    expect(existsSync(join(folder, 'up.json'))).toBe(false)
    await expect.poll(() => readdirSync(temporary)).toEqual([])
    expect(await follower.ended()).toMatchObject({ code: 1, stderr: expect.stringContaining('local system has ended') })
    expect(await type('events')).toMatchObject({ code: 78, stderr: expect.stringContaining('npm run up') })
  })
})
