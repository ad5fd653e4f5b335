/** What commands that only look show: events of a time and a partner, dead letters on a terminal. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ask, payout, write } from '../system/actors/commands.ts'
import { recordsOf } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../system/until.ts'
import { jsonLines, type Typed, typed } from './typed-command.ts'

const LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}(\S+) +(\S+)/gm

let system: System
let between = 0

beforeAll(async () => {
  system = await startSystem({ brokers: inject('brokers'), redisUrl: inject('redisUrl') })
  const paid = (id: string) => system.events.until(() => system.events.story(id).includes('succeeded'), `${id} is paid`)
  await ask(system, payout('early'), payout('early-other', { partner: 'shop-rsa-gbk' }))
  await Promise.all([paid('early'), paid('early-other')])
  const last = Math.max(...['early', 'early-other'].map((id) => system.events.of(id).at(-1)?.value.seenAt ?? 0))
  await until(async () => Date.now() > last + 1, 'the clock goes on')
  between = Date.now()
  await ask(system, payout('late'))
  await paid('late')
}, 180_000)

afterAll(() => system?.stop(), 60_000)

function type(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Typed> {
  return typed(script, args, {
    PATH: process.env.PATH,
    KAFKA_BROKERS: inject('brokers').join(','),
    REDIS_URL: inject('redisUrl'),
    NAMESPACE: system.namespace,
    PARTNERS_FILE: system.partnersFile,
    MODE: 'sandbox',
    ...env,
  })
}

const events = (...args: readonly string[]) => type('events', [...args, '--idle', '1'])
const subjects = ({ stdout }: Typed) => new Set([...stdout.matchAll(LINE)].map(([, , subject]) => subject))

describe('npm run events', () => {
  it('begins each line with day and time', async () => {
    const { stdout } = await events('--from-start')
    expect([...stdout.matchAll(LINE)]).toHaveLength(stdout.trimEnd().split('\n').length)
    expect(stdout).toContain(`${new Date().toISOString().slice(0, 10)} `)
  })

  it('shows what came since a moment, and of one partner', async () => {
    const since = new Date(between).toISOString()
    expect(subjects(await events('--since', since))).toEqual(new Set(['shop-md5-utf8/late']))
    expect(subjects(await events('--from-start', '--partner', 'shop-rsa-gbk'))).toEqual(
      new Set(['shop-rsa-gbk/early-other']),
    )
    const json = jsonLines((await events('--json', '--since', '2026-01-01 00:00', '--partner', 'shop-md5-utf8')).stdout)
    expect(new Set(json.map(({ payoutId }) => payoutId))).toEqual(new Set(['early', 'late']))
  })

  it.each([
    [['--from-start', '--payout', 'nobody'], 'there was no event of payout nobody; waited 1 s'],
    [['--since', '2026-01-01 00:00', '--json', '--payout', 'nobody'], 'of payout nobody since 2025-12-31 16:00'],
    [['--from-start', '--partner', 'shop-dsa-gb2312'], 'there was no event of partner shop-dsa-gb2312'],
    [['--from-start', '--partner', 'nobody'], 'the partners file has no partner nobody; there are: shop-md5-utf8'],
    [['--payout', 'early'], 'from now on; waited 1 s; what was there before: --from-start, or --since'],
  ])('says beside the results that there are none: %j', async (args, said) => {
    expect(await events(...args)).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(said) })
  })

  it.each([
    [['--since', 'yesterday'], '"yesterday" is no moment'],
    [['--since', '2026-01-01 00:00', '--from-start'], 'name one of them'],
  ])('refuses %j', async (args, said) => {
    expect(await events(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) })
  })
})

describe('npm run dead-letters -- list', () => {
  it('fits the terminal, and loses nothing of what it says', async () => {
    await write(system, 'k', Buffer.from('nonsense'))
    await write(system, 'a key of some length', Buffer.alloc(2_000, '毛'))
    await until(async () => (await recordsOf(system, 'payout.commands.dlq')).length === 2, 'both are dead letters')
    const letters = jsonLines((await type('dead-letters', ['list', '--json'])).stdout)
    for (const columns of [80, 100, 120]) {
      const { stdout } = await type('dead-letters', ['list'], { COLUMNS: String(columns) })
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
      const flat = stdout.replaceAll(/\s/g, '')
      for (const { topic, partition, offset, from, code, explanation, bytes } of letters)
        for (const part of [`${topic}/${partition}@${offset}`, from, `${code}: ${explanation}`, `${bytes} bytes`])
          expect(flat).toContain(String(part).replaceAll(/\s/g, ''))
    }
  })
})
