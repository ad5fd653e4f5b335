/** `npm start` as a newcomer types it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { RunningCommand, type Typed, typed } from './typed-command.ts'

/** Where the logs go of runs that are told to keep them: they are there until a failed test has told its reason. */
let logs: string

/** A folder for what a run leaves behind, and the environment that makes it use it. */
function temporaryPlaces() {
  const temporary = mkdtempSync(join(tmpdir(), 'cli-start-'))
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TMPDIR: temporary,
    KAFKA_BROKERS: inject('brokers').join(','),
    REDIS_URL: inject('redisUrl'),
    START_LIMIT: '90s',
  }
  return { temporary, env, remove: () => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }) }
}

beforeAll(() => {
  logs = mkdtempSync(join(tmpdir(), 'cli-start-logs-'))
})
afterAll(() => rmSync(logs, { recursive: true }))

let places: ReturnType<typeof temporaryPlaces>
let env: NodeJS.ProcessEnv
beforeEach(() => {
  places = temporaryPlaces()
  env = places.env
})
afterEach(() => places.remove())

/** Processes that were started with a temporary folder, ours unless it is given, and what lies in it. */
function leftBehind(temporary = places.temporary): string[] {
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
  describe('two at once', () => {
    let sample: Typed
    let other: Typed
    let left: string[]

    beforeAll(async () => {
      const places = temporaryPlaces()
      ;[sample, other] = await Promise.all([
        typed('start', ['--logs', join(logs, 'sample')], places.env),
        typed('start', ['--payouts', '6', '--seed', '7', '--logs', join(logs, 'other')], places.env),
      ])
      left = leftBehind(places.temporary)
      places.remove()
    })

    it('pays the sample, tells what became of each payout, and counts that none was lost or paid twice', () => {
      const { code, stdout } = sample
      expect(code).toBe(0)
      expect(stdout).toMatch(/^paid +192 /m)
      expect(stdout).toMatch(/^not paid by Alipay: RECEIVE_USER_NOT_EXIST +1 /m)
      expect(stdout).toMatch(/^not sent: UNKNOWN_PARTNER +1 /m)
      expect(stdout).toMatch(/^the same id with other content: refused, not paid +2$/m)
      expect(stdout).toMatch(/^a command that could not be read: a dead letter +1$/m)
      expect(stdout).toMatch(/^an agreement: signed by its user, then cancelled +1$/m)
      expect(stdout).toMatch(/^sent back by a bank, from a return file +3 +3000\.03$/m)
      expect(stdout).toMatch(/^0 lost, 0 paid twice$/m)
      expect(left).toEqual([])
    })

    it('works beside another one, and tells where the time went', () => {
      expect(sample.code).toBe(0)
      const { code, stdout } = other
      expect(code).toBe(0)
      expect(stdout).toMatch(/^0 lost, 0 paid twice$/m)
      expect(stdout).toMatch(/^→ outcome written +\d+ +\d+/m)
      expect(stdout).toMatch(/payouts in \d+\.\d\d s from the first command to the last event: \d+ payouts\/s/)
      expect(stdout).toMatch(/^6 payouts asked for/m)
    })
  })

  it.each(['looking for Kafka', 'creating topics', 'making demo partners', 'waiting until every service', 'paying 5'])(
    'leaves nothing behind when Ctrl-C comes at "%s"',
    async (moment) => {
      const start = new RunningCommand('start', ['--payouts', '5'], env)
      await start.says(moment)
      start.signal('SIGINT')
      expect((await start.ended()).code).toBe(130)
      await expect.poll(() => leftBehind(), { timeout: 10_000 }).toEqual([])
    },
  )

  it('leaves nothing behind when it is killed', async () => {
    const start = new RunningCommand('start', ['--payouts', '5'], env)
    await start.says('paying 5')
    start.signal('SIGKILL')
    await start.ended()
    await expect.poll(() => leftBehind(), { timeout: 10_000 }).toEqual([])
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
