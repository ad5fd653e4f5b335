/** What must stay private, after a run in which everything was met that a log line could be about. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FORGERIES } from '@payout/sandbox/alipay/control-command'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { inFlight } from '../crash/in-flight.ts'
import { metricsOf, outputOf } from '../system/admin.ts'
import { ask, askBatch, batch, payout, write } from '../system/commands.ts'
import { until } from '../system/patience.ts'
import { recordsOf } from '../system/records.ts'
import { SERVICES, type System, startSystem } from '../system/system.ts'

const ALIASES = ['shop-md5-utf8', 'shop-rsa-gbk', 'shop-dsa-gb2312']
/** They stand nowhere else. */
const PAYEES = { name: '欧阳娜娜', account: 'payee-8842', memo: '稿费一二三' }

let system: System
/** Lines of keys, and partner ids. */
let secrets: string[]

beforeAll(async () => {
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    env: { LOG_LEVEL: 'trace', RESEND_DELAY_MAX: '300ms', BREAKER_UNKNOWNS: '3', BREAKER_OPEN: '200ms' },
  })
  const { gateway, ingressUrl } = system
  const line = (rule: string) => ({
    payeeAccount: `${rule}.${PAYEES.account}@example.com`,
    payeeName: PAYEES.name,
    memo: PAYEES.memo,
  })
  for (const alias of ALIASES) {
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
    ]
    await askBatch(
      system,
      alias,
      batch(
        alias,
        rules.map((rule) => ({ payoutId: `${alias}-${rule}`, ...line(rule) })),
      ),
    )
    await ask(
      system,
      payout(`${alias}-zero`, { partner: alias, ...line('ok'), amountFen: 0 }),
      payout(`${alias}-cut`, { partner: alias, ...line('ok'), payeeName: `${PAYEES.name}^` }),
      payout(`${alias}-unheld`, { partner: alias, ...line('ok'), payeeName: `${PAYEES.name}𠮷` }),
      payout(`${alias}-payer`, { partner: alias, ...line('ok'), payer: `${PAYEES.account}@example.com` }),
    )
    await write(system, `${alias}-letter`, Buffer.from(`{"payeeName":"${PAYEES.name}","account":"${PAYEES.account}"}`))
    for (const forgery of FORGERIES) {
      await gateway.control({
        action: 'forge-notify', alias, forgery, url: `${ingressUrl}/notify/${alias}`, batchNo: '20261121001',
        successDetails: `1^${PAYEES.account}@example.com^${PAYEES.name}^1.00^S^^1^20261121120000|`,
      }) // biome-ignore format: one thing after another
    }
    for (const answer of ['false', 'server-error', 'reset']) {
      await gateway.control({ action: 'force-verify', answer })
      await gateway.control({
        action: 'send-notify', alias, url: `${ingressUrl}/notify/${alias}`, batchNo: `stray${alias.replaceAll('-', '')}${answer.length}`,
      }) // biome-ignore format: one thing after another
    }
  }
  await system.events.until(
    () =>
      ALIASES.every(
        (alias) =>
          system.events.story(`${alias}-ok`).includes('succeeded') &&
          system.events.story(`${alias}-contradict`).includes('mismatched'),
      ),
    'all is told',
    100_000,
  )
  await until(async () => (await inFlight(system.log)).length === 0, 'every batch has its last word')
  await gateway.control({ action: 'force-answer', code: 'ILLEGAL_PARTNER', alias: ALIASES[0] ?? '' })
  await ask(system, payout('stops', line('ok')))
  await system.events.until(() => system.events.story('stops').includes('failed'), 'a partner is stopped')
  await until(async () => (await inFlight(system.log)).length === 0, 'everything is worked off')
  secrets = await privateTexts()
}, 300_000)

afterAll(() => system?.stop(), 60_000)

async function privateTexts(): Promise<string[]> {
  const found: string[] = []
  for (const folder of [join(system.folder, 'keys'), join(system.folder, 'alipay', 'keys')]) {
    for (const file of await readdir(folder)) {
      const text = await readFile(join(folder, file), 'utf8')
      found.push(...text.split('\n').filter((line) => line.length >= 32 && !line.startsWith('-----')))
    }
  }
  const partners = JSON.parse(await readFile(system.partnersFile, 'utf8')) as {
    partners: Record<string, { partnerId: string }>
  }
  found.push(...Object.values(partners.partners).map(({ partnerId }) => partnerId))
  return found
}

const processes = () => SERVICES.flatMap((service) => system.services[service])

it('the run met what it was to meet', () => {
  expect(secrets.length).toBeGreaterThan(20)
  const everything = processes()
    .map((process) => outputOf(process))
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
})

it.each(SERVICES)('MAPI-14: no log line of %s holds a partner id, a key, or who is paid', (service) => {
  for (const process of system.services[service]) {
    const text = outputOf(process)
    expect(text.length).toBeGreaterThan(0)
    for (const secret of secrets) expect(text.includes(secret), `${process.program.name} logs a secret`).toBe(false)
    for (const [what, word] of Object.entries(PAYEES))
      expect(text.includes(word), `${process.program.name} logs a payee's ${what}`).toBe(false)
    expect(text).not.toMatch(/2088\d{4}/)
  }
})

it.each(SERVICES)('MAPI-14: no metric of %s holds any of them', async (service) => {
  for (const process of system.services[service]) {
    const text = await metricsOf(process)
    expect(text).toContain('# HELP')
    for (const word of [...secrets, ...Object.values(PAYEES)]) expect(text.includes(word)).toBe(false)
    expect(text).not.toMatch(/2088\d{4}/)
  }
})

it('MAPI-14: no event holds a partner id, a key, or who is paid', async () => {
  const records = await recordsOf(system, 'payout.events')
  expect(records.length).toBeGreaterThan(20)
  for (const { key, value, headers } of records) {
    const text = `${key?.toString()} ${value?.toString()} ${JSON.stringify(headers)}`
    for (const secret of secrets) expect(text.includes(secret)).toBe(false)
    expect(text).not.toMatch(/2088\d{4}/)
    for (const word of Object.values(PAYEES)) expect(text.includes(word)).toBe(false)
  }
})

it("MAPI-14: keys and headers of the pipeline's own records name partners by alias", async () => {
  for (const topic of [
    'gateway.requests',
    'gateway.attempts',
    'gateway.answers',
    'gateway.notifies',
    'gateway.due',
    'gateway.to-sign',
  ] as const) {
    for (const { key, headers } of await recordsOf(system, topic)) {
      expect(`${key?.toString()} ${JSON.stringify(headers)}`).not.toMatch(/2088\d{4}/)
      expect(ALIASES).toContain(key?.toString().split('/')[0])
    }
  }
})
