/** `npm start` as a newcomer types it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { RunningCommand, typed } from './typed-command.ts'

let temporary: string
/** Where the logs go of runs that are told to keep them: they are there until a failed test has told its reason. */
let logs: string
let env: NodeJS.ProcessEnv

beforeAll(() => {
  logs = mkdtempSync(join(tmpdir(), 'cli-start-logs-'))
})
afterAll(() => rmSync(logs, { recursive: true }))

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'cli-start-'))
  env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TMPDIR: temporary,
    KAFKA_BROKERS: inject('brokers').join(','),
    REDIS_URL: inject('redisUrl'),
    START_LIMIT: '90s',
  }
})
afterEach(() => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }))

/** Processes that were started with our temporary folder, and what lies in it. */
function leftBehind(): string[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(temporary)
      } catch {
        return false
      }
    })
  return [...processes, ...readdirSync(temporary)]
}

describe('npm start', () => {
  it('pays the sample, tells what became of each payout, and counts that none was lost or paid twice', async () => {
    const { code, stdout } = await typed('start', ['--logs', join(logs, 'sample')], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^paid +192 /m)
    expect(stdout).toMatch(/^not paid by Alipay: RECEIVE_USER_NOT_EXIST +1 /m)
    expect(stdout).toMatch(/^not sent: UNKNOWN_PARTNER +1 /m)
    expect(stdout).toMatch(/^the same id with other content: refused, not paid +2$/m)
    expect(stdout).toMatch(/^a command that could not be read: a dead letter +1$/m)
    expect(stdout).toMatch(/^an agreement: signed by its user, then cancelled +1$/m)
    expect(stdout).toMatch(/^sent back by a bank, from a return file +3 +3000\.03$/m)
    expect(stdout).toMatch(/^0 lost, 0 paid twice$/m)
    expect(leftBehind()).toEqual([])
  })

  it('works beside another one, and tells where the time went', async () => {
    const [one, other] = await Promise.all([
      typed('start', ['--payouts', '5', '--logs', join(logs, 'one')], env),
      typed('start', ['--payouts', '6', '--seed', '7', '--logs', join(logs, 'other')], env),
    ])
    for (const { code, stdout } of [one, other]) {
      expect(code).toBe(0)
      expect(stdout).toMatch(/^0 lost, 0 paid twice$/m)
      expect(stdout).toMatch(/^→ outcome written +\d+ +\d+/m)
      expect(stdout).toMatch(/payouts in \d+\.\d\d s from the first command to the last event: \d+ payouts\/s/)
    }
    expect(one.stdout).toMatch(/^5 payouts asked for/m)
    expect(other.stdout).toMatch(/^6 payouts asked for/m)
  })

  it.each(['looking for Kafka', 'creating topics', 'making demo partners', 'waiting until every service', 'paying 5'])(
    'leaves nothing behind when Ctrl-C comes at "%s"',
    async (moment) => {
      const start = new RunningCommand('start', ['--payouts', '5'], env)
      await start.says(moment)
      start.signal('SIGINT')
      expect((await start.ended()).code).toBe(130)
      await expect.poll(leftBehind, { timeout: 10_000 }).toEqual([])
    },
  )

  it('leaves nothing behind when it is killed', async () => {
    const start = new RunningCommand('start', ['--payouts', '5'], env)
    await start.says('paying 5')
    start.signal('SIGKILL')
    await start.ended()
    await expect.poll(leftBehind, { timeout: 10_000 }).toEqual([])
  })

  it('says what is wrong when Kafka does not answer, and what can be done', async () => {
    const { code, stderr } = await typed('start', [], { ...env, KAFKA_BROKERS: '127.0.0.1:1' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/KAFKA_BROKERS is 127\.0\.0\.1:1, and nothing answers there/)
    expect(leftBehind()).toEqual([])
  })

  it('shows the last lines of the log of a service that does not start', async () => {
    const { code, stderr } = await typed('start', [], { ...env, SIGNER_LINGER: 'nonsense' })
    expect(code).toBe(78)
    expect(stderr).toMatch(/signer ended with exit code 78; the last lines of its log:[\s\S]*SIGNER_LINGER/)
    expect(leftBehind()).toEqual([])
  })

  it('says how START_LIMIT is written', async () => {
    const { code, stderr } = await typed('start', [], { ...env, START_LIMIT: 'soon' })
    expect(code).toBe(78)
    expect(stderr).toMatch(/START_LIMIT is "soon" and must be a time/)
  })

  it.each([[['--payouts', '0']], [['--payouts', 'many']], [['--what']]])('refuses %j', async (args) => {
    expect(await typed('start', args, env)).toMatchObject({ code: 2, stdout: '' })
  })
})
