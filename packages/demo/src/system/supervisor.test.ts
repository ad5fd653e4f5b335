import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ProgramStartError, Supervisor, type SupervisorNote, type SupervisorOptions } from './supervisor.ts'

let folder: string
let running: Supervisor[]
const watched: number[] = []
const lifeline = { watch: (pid: number) => void watched.push(pid), forget: () => undefined }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor-'))
  running = []
})

afterEach(async () => {
  for (const supervisor of running) await supervisor.stop(100)
  rmSync(folder, { recursive: true, force: true })
})

function supervise(source: string, options: Partial<SupervisorOptions> = {}) {
  const file = join(folder, 'program.mjs')
  writeFileSync(file, source)
  const notes: SupervisorNote[] = []
  const program = {
    name: 'signer',
    file,
    env: { FOLDER: folder, GREETING: 'ready' },
    log: join(folder, 'signer.log'),
    isReady: (line: string) => line.startsWith('ready'),
  }
  const supervisor = new Supervisor(program, {
    lifeline,
    note: (note) => notes.push(note),
    firstBackOffMs: 5,
    mostBackOffMs: 20,
    ...options,
  })
  running.push(supervisor)
  return { supervisor, notes, log: program.log }
}

/** A program that counts its starts in a file, and says after each what `then` does. */
const counting = (then: string) => `
  import { appendFileSync, readFileSync } from 'node:fs'
  const file = process.env.FOLDER + '/starts'
  appendFileSync(file, 'x')
  const start = readFileSync(file, 'utf8').length
  ${then}
`
const RUN_ON = 'setInterval(() => {}, 1000)'

describe('the supervisor', () => {
  it('gives the line by which the program says that it is ready, and its environment reaches it', async () => {
    const { supervisor } = supervise(`console.log('starting\\n' + process.env.GREETING + ' 毛毛'); ${RUN_ON}`)
    expect(await supervisor.start()).toBe('ready 毛毛')
    expect(watched).toContain(supervisor.pid)
  })

  it('tells the last lines of the log when the program ends before it is ready', async () => {
    const { supervisor } = supervise(`console.log('what went wrong'); process.exit(3)`)
    const error = await supervisor.start().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ProgramStartError)
    expect(String(error)).toMatch(/signer ended with exit code 3; the last lines of its log:\n {4}what went wrong/)
    expect(error).toHaveProperty('isConfiguration', false)
  })

  it('tells wrong settings (exit code 78) from other ends', async () => {
    const { supervisor } = supervise('process.exit(78)')
    await expect(supervisor.start()).rejects.toHaveProperty('isConfiguration', true)
  })

  it('gives up on a program that is not ready in time, and ends it', async () => {
    const { supervisor } = supervise(RUN_ON, { startLimitMs: 50 })
    await expect(supervisor.start()).rejects.toThrow(/was not ready in 0.05 s; START_LIMIT raises that/)
    await vi.waitFor(() => expect(supervisor.pid === undefined || !isAlive(supervisor.pid)).toBe(true))
  })

  it('starts a program again that ends by itself, with growing waits', async () => {
    const { supervisor, notes } = supervise(counting(`console.log('ready'); if (start < 5) process.exit(1); ${RUN_ON}`))
    await supervisor.start()
    await vi.waitFor(() => expect(notes.filter(({ kind }) => kind === 'restarted')).toHaveLength(4), { timeout: 5000 })
    const waits = notes.flatMap((note) => (note.kind === 'ended' ? [note.againInMs] : []))
    expect(waits).toEqual([5, 10, 20, 20])
    expect(supervisor.restarts).toBe(4)
  })

  it('tries on when a restart ends before it is ready', async () => {
    const { supervisor, notes } = supervise(
      counting(`if (start === 2) process.exit(1); console.log('ready'); if (start === 1) process.exit(1); ${RUN_ON}`),
    )
    await supervisor.start()
    await vi.waitFor(() => expect(notes.at(-1)?.kind).toBe('restarted'), { timeout: 5000 })
    expect(notes.map(({ kind }) => kind)).toEqual(['ended', 'ended', 'restarted'])
  })

  it('does not start a program again that says its settings are wrong', async () => {
    const { supervisor, notes } = supervise(counting(`console.log('ready'); setTimeout(() => process.exit(78), 20)`))
    await supervisor.start()
    await vi.waitFor(() => expect(notes.map(({ kind }) => kind)).toEqual(['given-up']))
    expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('x')
  })

  it('stops a program in order', async () => {
    const { supervisor, notes } = supervise(
      `import { writeFileSync } from 'node:fs'
       process.on('SIGTERM', () => { writeFileSync(process.env.FOLDER + '/ended', ''); process.exit(0) })
       console.log('ready'); ${RUN_ON}`,
    )
    await supervisor.start()
    expect(await supervisor.stop(5000)).toBe(true)
    expect(existsSync(join(folder, 'ended'))).toBe(true)
    expect(notes).toEqual([])
  })

  it('kills a program that does not stop', async () => {
    const { supervisor } = supervise(`process.on('SIGTERM', () => {}); console.log('ready'); ${RUN_ON}`)
    await supervisor.start()
    const pid = supervisor.pid ?? 0
    expect(await supervisor.stop(50)).toBe(false)
    expect(isAlive(pid)).toBe(false)
  })

  it('stops while it waits to start the program again', async () => {
    const { supervisor, notes } = supervise(counting(`console.log('ready'); process.exit(1)`), {
      firstBackOffMs: 60_000,
      mostBackOffMs: 60_000,
    })
    await supervisor.start()
    await vi.waitFor(() => expect(notes).toHaveLength(1))
    expect(await supervisor.stop(50)).toBe(true)
    expect(supervisor.restarts).toBe(0)
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
