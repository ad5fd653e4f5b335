import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NoSystemError } from '../terminal/errors.ts'
import type { LocalSystem } from './local-system.ts'
import { RunningSystem } from './running-system.ts'

let folder: string
let file: string
const local = {
  pid: process.pid,
  environment: { KAFKA_BROKERS: '127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:2', NAMESPACE: 'demo' },
  defaultPartner: 'shop',
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'running-system-'))
  file = join(folder, 'up.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Does what the process does that keeps a local system up. */
function writeDown(system: LocalSystem): void {
  writeFileSync(file, JSON.stringify(system))
}

describe('the system that commands talk to', () => {
  it('is the one that is up, with its settings', () => {
    writeDown(local)
    const system = new RunningSystem({ NAMESPACE: 'other' }, file)
    expect(system.kafka()).toMatchObject({ brokers: ['127.0.0.1:1'], namespace: 'demo' })
    expect(system.defaultPartner()).toBe('shop')
  })

  it('is the one that the environment names, where it names one', () => {
    writeDown(local)
    const system = new RunningSystem({ KAFKA_BROKERS: '127.0.0.1:9', NAMESPACE: 'other' }, file)
    expect(system.kafka()).toMatchObject({ brokers: ['127.0.0.1:9'], namespace: 'other' })
    expect(system.defaultPartner()).toBeUndefined()
  })

  it('ends what waits for it when the process that keeps it up is gone', async () => {
    const keeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    writeDown({ ...local, pid: keeper.pid ?? 0 })
    const never = new AbortController().signal
    const signal = new RunningSystem({}, file).whileUp(never)
    expect(signal.aborted).toBe(false)
    keeper.kill('SIGKILL')
    await expect.poll(() => signal.aborted, { timeout: 20_000 }).toBe(true)
    expect(String(signal.reason)).toContain('the local system has ended')
    expect(new RunningSystem({ KAFKA_BROKERS: '127.0.0.1:9' }, file).whileUp(never)).toBe(never)
  })

  it('is none where there is neither; then it says what to do', () => {
    expect(() => new RunningSystem({}, file)).toThrow(NoSystemError)
    expect(() => new RunningSystem({}, file)).toThrow(/npm run up/)
  })

  it('is refused when its settings are wrong, all of them at once', () => {
    const system = new RunningSystem({ KAFKA_BROKERS: 'nonsense', NAMESPACE: 'No Name' }, file)
    expect(() => system.kafka()).toThrow(/2 faults/)
  })
})
