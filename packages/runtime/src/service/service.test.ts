import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { compileCache } from './compile-cache.ts'
import { runFixture } from './testing/service-fixture.ts'

vi.setConfig({ testTimeout: 30_000 })

const program = fileURLToPath(new URL('./testing/service-fixture.ts', import.meta.url))
const acme = {
  partnerId: '2088101122334455',
  charset: 'utf-8',
  signType: 'MD5',
  accounts: [{ name: 'Acme', email: 'pay@acme.example' }],
  notifyUrl: 'https://pay.acme.example/notify/acme',
}
let partnersFile: string
const started: ChildProcess[] = []
const hosted: (() => Promise<void>)[] = []

beforeAll(() => {
  partnersFile = join(mkdtempSync(join(tmpdir(), 'payout-service-')), 'partners.json')
  writeFileSync(partnersFile, JSON.stringify({ partners: { acme } }))
})
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  await Promise.all(hosted.splice(0).map((end) => end()))
})
afterAll(() => rmSync(join(partnersFile, '..'), { recursive: true }))

function environment(env: Record<string, string>) {
  return { PARTNERS_FILE: partnersFile, SHUTDOWN_LIMIT: '10s', ...env }
}

/** The service in this process: asked to stop by `stop`, where a process is sent a signal. */
function host(env: Record<string, string> = {}) {
  const said = { out: '', err: '' }
  const stops: ((why: string) => void)[] = []
  const { promise: ended, resolve: end } = Promise.withResolvers<number>()
  const running = runFixture({
    env: environment(env),
    output: {
      write: (line) => {
        said.out += line
      },
    },
    complain: (message) => {
      said.err += message
    },
    onStop: (stop) => stops.push(stop),
    onParentEnd: () => undefined,
    onReload: () => undefined,
    onUncaught: () => undefined,
    // What it holds is given back, unless it says that it could not.
    exit: (code, release) =>
      void release().then(
        () => end(code),
        () => end(code),
      ),
  })
  const stop = () => {
    for (const each of stops) each('test')
  }
  hosted.push(async () => {
    stop()
    await ended
    await running
  })
  const says = (pattern: RegExp) => expect.poll(() => said.out, { timeout: 20_000 }).toMatch(pattern)
  return { said, stop, ended, says }
}

/** The service as a process, and what it has said so far. */
function run(env: Record<string, string> = {}, args: readonly string[] = [program]) {
  const child = spawn(process.execPath, args, {
    env: { ...compileCache, PATH: process.env.PATH, ...environment(env) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (text) => {
    said.out += text
  })
  child.stderr.on('data', (text) => {
    said.err += text
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const says = (pattern: RegExp) => expect.poll(() => said.out, { timeout: 20_000 }).toMatch(pattern)
  return { child, said, ended, says }
}

function admin(out: string): string {
  return /"admin":"([^"]+)"/.exec(out)?.[1] ?? ''
}

describe('a service', () => {
  it('says once that it is ready, with its admin address, at any log level', async () => {
    const { said, says } = host({ LOG_LEVEL: 'error' })
    await says(/"msg":"ready"/)
    expect(said.out.trim().split('\n')).toHaveLength(1)
    const response = await fetch(`${admin(said.out)}/health/ready`)
    expect([response.status, await response.json()]).toEqual([200, { ready: true, checks: { partners: 'ok' } }])
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('stops on %s with code 0', async (signal) => {
    const { child, said, ended, says } = run()
    await says(/"msg":"ready"/)
    child.kill(signal)
    expect(await ended).toBe(0)
    expect(said.out.match(/^stopping$/gm)).toHaveLength(1)
    expect(said.out).toMatch(/"msg":"stopped"/)
  })

  it('is alive but not ready while it stops; a second signal ends it with code 1', async () => {
    const { child, said, ended, says } = run({ BEHAVIOUR: 'stop-hangs', SHUTDOWN_LIMIT: '10m' })
    await says(/"msg":"ready"/)
    child.kill('SIGTERM')
    await says(/^stopping$/m)
    const ready = await fetch(`${admin(said.out)}/health/ready`)
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, checks: { service: 'stopping' } }])
    expect((await fetch(`${admin(said.out)}/health/live`)).status).toBe(200)
    child.kill('SIGINT')
    expect(await ended).toBe(1)
  })

  it('gives up a stop that takes longer than SHUTDOWN_LIMIT, with code 1', async () => {
    const { stop, said, ended, says } = host({ BEHAVIOUR: 'stop-hangs', SHUTDOWN_LIMIT: '100ms' })
    await says(/"msg":"ready"/)
    stop()
    expect(await ended).toBe(1)
    expect(said.out).toMatch(/"code":"SHUTDOWN_LIMIT"/)
    expect(said.out.match(/^stopping$/gm)).toHaveLength(1)
    await expect(fetch(admin(said.out))).rejects.toThrow()
  })

  it('can be stopped while it starts', async () => {
    const { stop, ended, says } = host({ BEHAVIOUR: 'start-waits' })
    await says(/^waits$/m)
    stop()
    expect(await ended).toBe(0)
  })

  it('gives up a start that does not hear of the stop, and closes what it had opened', async () => {
    const { stop, said, ended, says } = host({ BEHAVIOUR: 'start-deaf', SHUTDOWN_LIMIT: '10m' })
    await says(/^waits$/m)
    stop()
    expect(await ended).toBe(0)
    expect(said.out).toMatch(/^closed$/m)
  })

  it.each([
    ['start-fails', 'no start'],
    ['crash', 'boom'],
    ['reject', 'boom'],
    ['fatal', 'the consumer is gone'],
  ])('ends with code 1 after an error (%s), and logs it', async (BEHAVIOUR, words) => {
    const { said, ended } = run({ BEHAVIOUR })
    expect(await ended).toBe(1)
    // A line of level fatal is written at once, ahead of one before it that is still on its way.
    const lines = said.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.filter(({ level }) => level === 'fatal')).toMatchObject([
      { service: 'fixture', err: { message: words } },
    ])
  })

  it('ends with code 78 when Redis is unfit', async () => {
    expect(await host({ BEHAVIOUR: 'unfit' }).ended).toBe(78)
  })

  it('MAPI-13: ends with code 78 when anything is misconfigured, naming all of it, and no secret or partner id', async () => {
    const wrong = join(partnersFile, '..', 'wrong.json')
    writeFileSync(
      wrong,
      JSON.stringify({ partners: { acme: { ...acme, partnerId: '1088101122334455', charset: 'big5' } } }),
    )
    const { said, ended } = host({ PARTNERS_FILE: wrong, ADMIN_PORT: 'x', CLOCK_SHIFT: '1h' })
    expect(await ended).toBe(78)
    expect(said.out).toBe('')
    for (const name of ['ADMIN_PORT', 'CLOCK_SHIFT', 'acme.partnerId', 'acme.charset'])
      expect(said.err).toContain(`${name} `)
    expect(said.err).not.toContain('1088101122334455')
  })

  it('MAPI-15: takes the mode for the partners file from MODE', async () => {
    const test = join(partnersFile, '..', 'test.json')
    writeFileSync(test, JSON.stringify({ partners: { acme: { ...acme, testAccount: true } } }))
    expect(await host({ PARTNERS_FILE: test }).ended).toBe(78)
    const { says } = host({ PARTNERS_FILE: test, MODE: 'sandbox', CLOCK_SHIFT: '1h' })
    await says(/"shifted":"true"/)
  })

  it('ends with its parent when it is told to', async () => {
    const parent = `import { spawn } from 'node:child_process'
      spawn(process.execPath, [${JSON.stringify(program)}], { stdio: 'inherit', env: process.env })
      setInterval(() => undefined, 1000)`
    const { child, said, says } = run({ EXIT_WITH_PARENT: '1' }, ['--input-type=module', '--eval', parent])
    await says(/"msg":"ready"/)
    const url = admin(said.out)
    child.kill('SIGKILL')
    await says(/"why":"the parent process has ended"/)
    await expect.poll(() => fetch(url).catch(() => 'gone'), { timeout: 20_000 }).toBe('gone')
  })
})
