/**
 * What must stay private, after a run in which every path was gone with values that stand nowhere else:
 * docs/personal-data.md says where they may be.
 */

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FORGERIES } from '@payout/sandbox/alipay/notify/forged-notify'
import { placeOf } from '@payout/schemas/place'
import { topicNames } from '@payout/schemas/topics'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { inFlight } from '../crash/in-flight.ts'
import { AgreementStage } from '../system/actors/agreement-stage.ts'
import {
  ask,
  askAgreement,
  askBatch,
  batch,
  decide,
  payout,
  sign,
  status,
  unsign,
  write,
} from '../system/actors/commands.ts'
import { ReturnFileStage } from '../system/actors/return-file-stage.ts'
import { metricsOf, outputOf } from '../system/admin.ts'
import { Canaries, KINDS, type Kind } from '../system/canary/canaries.ts'
import { formsOf } from '../system/canary/hidden-forms.ts'
import { recordsOf, requestFor } from '../system/records.ts'
import { redisDump } from '../system/stores/redis.ts'
import { SERVICES, type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'
import { jsonLines, type Typed, typed } from './typed-command.ts'

const ALIASES = ['shop-md5-utf8', 'shop-rsa-gbk', 'shop-dsa-gb2312'] as const
const [SHOP] = ALIASES
/** Rubs its line out, and writes another. */
const HOSTILE = '\u001b[2K\r\u009b2K\u202esucceeded\n03:20:31 succeeded'

const canaries = new Canaries()
const answers: string[] = []
const commands = new Map<string, Typed>()
let system: System

beforeAll(async () => {
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    env: {
      LOG_LEVEL: 'trace', RESEND_DELAY_MAX: '300ms', BREAKER_UNKNOWNS: '3', BREAKER_OPEN: '200ms',
      AGREEMENT_FIRST_POLL: '200ms', AGREEMENT_MAX_POLL: '500ms', OVERDUE_AFTER: '6s',
    }, // biome-ignore format: one thing after another
  })
  await addSecrets()
  for (const alias of ALIASES) await payoutsOf(alias)
  await reasonsInWords()
  await agreements()
  await returnFiles()
  await untilReported()
  await system.gateway.control({ action: 'force-answer', code: 'ILLEGAL_PARTNER', alias: SHOP })
  await ask(system, payout('stops', canaries.payee()))
  await system.events.until(() => system.events.story('stops').includes('failed'), 'a partner is stopped')
  await ask(system, payout('waits', canaries.payee()))
  await until(async () => (await inFlight(system.log)).length <= 1, 'everything but what waits is processed')
  await typeCommands()
}, 300_000)

afterAll(() => system?.stop(), 60_000)

async function addSecrets(): Promise<void> {
  for (const folder of [join(system.folder, 'keys'), join(system.folder, 'alipay', 'keys')]) {
    for (const file of await readdir(folder)) {
      const text = await readFile(join(folder, file), 'utf8')
      // A public key is no secret; an MD5 key is a line by itself.
      for (const line of text.split('\n'))
        if (line.length >= 32 && !line.startsWith('-----') && !/PUBLIC/.test(text)) canaries.add('key', line)
    }
  }
  const { partners } = JSON.parse(await readFile(system.partnersFile, 'utf8')) as {
    partners: Record<string, { partnerId: string; accounts: { name: string }[] }>
  }
  for (const [alias, { partnerId, accounts }] of Object.entries(partners)) {
    canaries.add('partner id', partnerId)
    canaries.add('paying account', `payer@${alias}.example.com`)
    for (const { name } of accounts) canaries.add('paying account', name)
  }
}

/** What upstream asks for, good and bad, and what Alipay's side makes of it. */
async function payoutsOf(alias: string): Promise<void> {
  const { gateway, ingressUrl } = system
  for (const fault of ['answer-lost', 'server-error', 'html', 'half-xml', 'entities'] as const)
    await gateway.control({ action: 'force-fault', fault, alias })
  const rules = [
    'ok',
    'fail.RECEIVE_USER_NOT_EXIST',
    'wrong-amount',
    'wrong-account',
    'unreadable-line',
    'unknown-serial',
    'both-lists',
    'contradict',
    'twice',
  ]
  await askBatch(
    system,
    canaries.account('payee account'),
    batch(
      alias,
      rules.map((rule) => ({ payoutId: `${alias}-${rule}`, ...canaries.payee(rule) })),
    ),
  )
  const named = canaries.payee()
  const bad: Parameters<typeof payout>[] = [
    ['zero', { ...canaries.payee(), amountFen: 0 }],
    ['cut', { ...canaries.payee(), payeeName: `${canaries.name('payee name')}^` }],
    ['unheld', { ...canaries.payee(), payeeName: `${canaries.name('payee name')}𠮷` }],
    ['odd', { ...canaries.payee(), payeeAccount: `\u202d${canaries.phone('payee account')}\u202c` }],
    ['payer', { ...canaries.payee(), payer: canaries.account('payee account') }],
    ['elsewhere', { ...named, partner: named.payeeName }],
    ['phone', { ...canaries.payee(), partner: canaries.phone('payee account') }],
  ]
  await ask(
    system,
    ...bad.map(([id, content]) => payout(`${alias}-${id}`, { partner: alias, ...content })),
    payout(`${alias}-again`, { partner: alias, ...canaries.payee() }),
    payout(`${alias}-again`, { partner: alias, ...canaries.payee() }),
    payout(`${HOSTILE}${alias}`, { partner: alias, ...canaries.payee() }),
    payout(`${named.payeeName} ${named.payeeAccount}`, { partner: alias, ...named }),
  )
  const { payeeName, payeeAccount } = canaries.payee()
  await write(system, payeeAccount, Buffer.from(JSON.stringify({ payeeName, payeeAccount })), {
    traceparent: payeeAccount,
    who: payeeName,
  })
  await system.publisher.append({
    topic: 'agreement.commands', partition: 0, key: canaries.account('signer'), value: Buffer.from(canaries.account('signer')), headers: {},
  }) // biome-ignore format: one record
  for (const forgery of FORGERIES) {
    const { payeeName: name, payeeAccount: account } = canaries.payee()
    const reported = await gateway.control({
      action: 'forge-notify', alias, forgery, url: `${ingressUrl}/notify/${alias}`, batchNo: '20261121001',
      successDetails: `1^${account}^${name}^1.00^S^^1^20261121120000|`,
    }) // biome-ignore format: one thing after another
    answers.push(...(reported.answers ?? []).map(({ body }) => body))
  }
  for (const answer of ['false', 'server-error', 'reset', 'true']) {
    const { payeeName: name, payeeAccount: account } = canaries.payee()
    await gateway.control({ action: 'force-verify', answer })
    await gateway.control({
      action: 'send-notify', alias, url: `${ingressUrl}/notify/${alias}`, batchNo: `stray${alias.replaceAll('-', '')}${answer.length}`,
      successDetails: `${account}^${name}^1.00|9^${account}^${name}^1.00^S^^1^20261121120000|`,
      failDetails: `${name}^${account}^${name}^1.00^F^${name}^1^20261121120000|`,
    }) // biome-ignore format: one thing after another
  }
}

/** Alipay and a person say in words whom it is about. */
async function reasonsInWords(): Promise<void> {
  const mute = canaries.payee('never')
  await ask(system, payout('in-words', mute), payout('decided', canaries.payee('never')))
  const requestOf = (id: string) => until(async () => requestFor(system, id), `${id} is signed`)
  const { batchNo, lines } = await requestOf('in-words')
  const serial = lines.find(({ payoutId }) => payoutId === 'in-words')?.serial
  const { payeeName, payeeAccount } = canaries.payee()
  const phone = canaries.phone('payee account')
  await system.gateway.control({
    action: 'send-notify', alias: SHOP, url: `${system.ingressUrl}/notify/${SHOP}`, batchNo,
    successDetails: `${payeeAccount}^${payeeName}^1.00^S^^1^20261121120000|${payeeName}^${phone}|${phone}^${payeeName}|`,
    failDetails: `${serial}^${mute.payeeAccount}^${mute.payeeName}^1.00^F^${mute.payeeName} (${mute.payeeAccount}, ${phone}${HOSTILE})不存在^20081024^20261121120000|`,
  }) // biome-ignore format: one thing after another
  const asked = await requestOf('decided')
  const line = asked.lines.find(({ payoutId }) => payoutId === 'decided')
  await decide(system, {
    payoutId: 'decided', partner: SHOP, decision: 'failed', batchNo: asked.batchNo, serial: line?.serial ?? '', lookedAt: Date.now() - 1_000,
    lookedWhere: 'the console', alipaySaid: `${line?.payeeName} was not paid`, decidedBy: canaries.name('who decides'), reason: `${line?.payeeAccount} says so`,
  }) // biome-ignore format: one thing after another
}

async function agreements(): Promise<void> {
  const stage = new AgreementStage(system)
  const email = canaries.account('signer', 'signer')
  const form = await stage.signing('signs', email)
  canaries.add('form address', new URL(form).pathname.split('/').at(-1) ?? '')
  answers.push(await (await fetch(`${form}x`)).text())
  expect(await stage.decide(form, 'agree')).toBe('signed')
  await stage.untilReported('signs', 'signed')
  await askAgreement(system, status('asks', canaries.account('signer', 'signer'), 'SYSTEM_ERROR'))
  await askAgreement(system, unsign('cancels', email))
  await askAgreement(system, sign('mobile', canaries.phone('signer')))
  await askAgreement(system, sign(`${HOSTILE}id`, canaries.account('signer', 'signer')))
  await askAgreement(system, sign('elsewhere', canaries.account('signer', 'signer'), canaries.phone('signer')))
  await askAgreement(system, unsign('no-account', `${canaries.account('signer', 'signer')} x`))
  for (const [id, word] of [
    ['cancels', 'unsigned'],
    ['asks', 'not_signed'],
    ['mobile', 'failed'],
    ['elsewhere', 'failed'],
    ['no-account', 'failed'],
  ] as const)
    await stage.untilReported(id, word)
}

async function returnFiles(): Promise<void> {
  const stage = new ReturnFileStage(system)
  const row = (serial: string) => {
    const { payeeName, memo } = canaries.payee()
    const payeeAccount = canaries.add('payee account', `62220212345678${90_000 + Number(serial)}`)
    return { serial, payeeName, payeeAccount, memo, reason: `${payeeName}: ${payeeAccount}` }
  }
  await stage.provide(SHOP, '20101218', { rows: [row('1'), row('2')], xls: true })
  await stage.provide(SHOP, '20101219', { rows: [row('3'), row('4')], hostile: 'bad-total' })
  await stage.asked(SHOP, '20101218')
  await stage.asked(SHOP, '20101219')
  await stage.untilReturned(SHOP, 2)
}

async function untilReported(): Promise<void> {
  const has = (id: string, word: string) => system.events.story(id).includes(word)
  const reported = [
    ...ALIASES.flatMap((alias) => [
      [`${alias}-ok`, 'succeeded'],
      [`${alias}-contradict`, 'mismatched'],
    ]),
    ['in-words', 'failed'],
    ['decided', 'refused'],
    ['decided', 'overdue'],
  ]
  for (const [id = '', word = ''] of reported)
    await system.events.until(() => has(id, word), `${id} is ${word}`, 40_000)
  await until(async () => (await inFlight(system.log)).length === 0, 'every batch has its last word')
}

async function typeCommands(): Promise<void> {
  const env = {
    PATH: process.env.PATH, KAFKA_BROKERS: inject('brokers').join(','), REDIS_URL: inject('redisUrl'), NAMESPACE: system.namespace,
    MODE: 'sandbox', PARTNERS_FILE: system.partnersFile,
  } // biome-ignore format: one thing after another
  const type = async (name: string, script: string, ...args: string[]) =>
    void commands.set(name, await typed(script, args, env))
  await type('`npm run events`', 'events', '--from-start', '--idle', '1')
  await type('`npm run events -- --json`', 'events', '--from-start', '--idle', '1', '--json')
  await type('`npm run dead-letters -- list`', 'dead-letters', 'list')
  await type('`npm run dead-letters -- list --json`', 'dead-letters', 'list', '--json')
  const said = ['--why', 'the bank asked', '--by', canaries.name('who decides')]
  expect(await typed('partner', ['stop', ALIASES[1] ?? '', ...said], env)).toMatchObject({ code: 0 })
  await type('`npm run partner -- status`', 'partner', 'status')
  const traced = [['in-words'], [`${SHOP}-wrong-account`], ['decided'], ['signs'], ['in-words', '--json'], [HOSTILE]]
  traced.push(['20081024'], ['strayshopmd5utf84', '--partner', SHOP], [mismatchPlace()], ['nobody-knows'])
  const all = await Promise.all(traced.map((args) => typed('trace', args, env)))
  const together = (stream: 'stdout' | 'stderr') => all.map((each) => each[stream]).join('')
  commands.set('`npm run trace`', { code: 0, stdout: together('stdout'), stderr: together('stderr') })
}

/** Where the record stands that names another account than was asked for, as its event says. */
function mismatchPlace(): string {
  const event = system.events.of(`${SHOP}-wrong-account`).find(({ value }) => 'mismatch' in value)
  if (event === undefined) throw new Error('no other account was reported')
  return placeOf(event.value.evidence.source)
}

/** Everything that holds or shows something, by what the table calls it. */
async function places(): Promise<Map<string, Buffer[]>> {
  const found = new Map<string, Buffer[]>()
  for (const topic of topicNames) {
    const records = await recordsOf(system, topic)
    expect(records.length, topic).toBeGreaterThan(0)
    found.set(
      `\`${topic}\``,
      records.flatMap(({ key, value, headers }) => [
        key ?? Buffer.alloc(0),
        value ?? Buffer.alloc(0),
        Buffer.from(JSON.stringify(headers)),
      ]),
    )
  }
  found.set('Redis', await redisDump(inject('redisUrl'), system.namespace))
  const runs = SERVICES.flatMap((service) => system.services[service])
  found.set(
    'logs',
    runs.map((run) => Buffer.from(outputOf(run))),
  )
  found.set('metrics', await Promise.all(runs.map(async (run) => Buffer.from(await metricsOf(run)))))
  found.set(
    'what ingress answers',
    answers.map((answer) => Buffer.from(answer)),
  )
  for (const [name, { stdout, stderr }] of commands) found.set(name, [Buffer.from(stdout), Buffer.from(stderr)])
  found.set(
    '`EVIDENCE_FOLDER`',
    await Promise.all(
      (await readdir(system.evidenceFolder)).map((file) => readFile(join(system.evidenceFolder, file))),
    ),
  )
  return found
}

it('the run met what it was to meet', () => {
  const everything = SERVICES.flatMap((service) => system.services[service])
    .map((run) => outputOf(run))
    .join('')
  // If logs were empty, nothing could be found in them.
  for (const word of [
    'dead letter',
    'it is stopped',
    'notify refused',
    'a call has ended',
    'circuit breaker',
    'notify accepted',
  ])
    expect(everything).toContain(word)
  const mismatches = new Set(system.events.seen.map(({ value }) => ('mismatch' in value ? value.mismatch : '')))
  for (const word of [
    'other-account',
    'other-amount',
    'both-lists',
    'unreadable-line',
    'unknown-serial',
    'unknown-batch',
  ])
    expect(mismatches).toContain(word)
})

it('MAPI-14: each topic, store, log and output holds what docs/personal-data.md says, and nothing else that is personal or secret', async () => {
  const file = join(import.meta.dirname, '..', '..', 'docs', 'personal-data.md')
  const page = await readFile(file, 'utf8')
  const reported = page.split('\n').filter((line) => /^\| (?!where|---)/.test(line))
  const cellsOf = new Map(
    reported
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
      .map(([place, ...cells]) => [place, cells]),
  )
  const held: string[] = []
  const found: string[] = []
  for (const [place, texts] of await places()) {
    const values = canaries.foundIn(texts.flatMap(formsOf))
    const cells = KINDS.map((kind: Kind, column) => {
      const cell = values.has(kind) ? 'holds' : ''
      // What only a day's end or a second batch brings there.
      return cellsOf.get(place)?.[column] === 'may hold' ? 'may hold' : cell
    })
    found.push(`| ${[place, ...cells].join(' | ')} |`.replaceAll('|  ', '| '))
    held.push(...[...values].map(([kind, some]) => `${place} holds ${kind}: ${some.slice(0, 3).join(', ')}`))
  }
  // Who makes the page anew reads the difference: a cell that is new there is a decision.
  if (process.env.PERSONAL_DATA === 'write') await writeFile(file, page.replace(reported.join('\n'), found.join('\n')))
  else expect(found, `found:\n${held.join('\n')}`).toEqual(reported)
})

it("MAPI-17: Alipay's serial, a batch number and a record's place find what somebody needs who must act", () => {
  const { stdout, stderr } = commands.get('`npm run trace`') ?? { stdout: '', stderr: '' }
  expect(stdout).toContain(`${SHOP}/20081024  a serial of payout in-words`)
  expect(stdout).toContain(`${SHOP}/strayshopmd5utf84  batch number, no payout of ours`)
  expect(stdout).toContain(`${mismatchPlace()}  a record by itself`)
  // Both accounts, which the event does not name.
  expect(stdout).toMatch(/to \S+ \(other\.wrong-account\.zq\d+vk@example\.com\)/)
  expect(stderr).toMatch(/nothing is known of nobody-knows\. It was looked for, .*a batch number/)
})

it('nothing that a command or a service prints is obeyed by a terminal', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/u
  const runs = SERVICES.flatMap((service) => system.services[service])
  const printed = new Map([
    ...runs.map((run) => [run.program.name, outputOf(run)] as const),
    ...[...commands].flatMap(
      ([name, { stdout, stderr }]) =>
        [
          [name, stdout],
          [`${name}, beside`, stderr],
        ] as const,
    ),
  ])
  for (const [name, text] of printed)
    expect(
      text.split('\n').filter((line) => obeyed.test(line)),
      name,
    ).toEqual([])
  expect(
    [...printed.values()]
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('03:20:31 succeeded')),
  ).toEqual([])
  expect(commands.get('`npm run events`')?.stdout).toContain('\\u{1b}[2K\\u{d}')
  const ids = jsonLines(commands.get('`npm run events -- --json`')?.stdout ?? '').map(({ payoutId }) => payoutId)
  expect(ids).toContain(`${HOSTILE}${SHOP}`)
})
