import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NoSystemError } from '../terminal/errors.ts'
import { RunningSystem } from './running-system.ts'
import { readUp, removeUp, writeUp } from './up-file.ts'

let folder: string
let file: string
const up = {
  pid: process.pid,
  environment: { KAFKA_BROKERS: '127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:2', NAMESPACE: 'demo' },
  defaultPartner: 'shop',
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'up-file-'))
  file = join(folder, 'local', 'up.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the file of a system that is up', () => {
  it('is read back, and only its owner can read it', () => {
    writeUp(up, file)
    expect(readUp(file)).toEqual(up)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('counts only while the process lives that wrote it', () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    writeUp({ ...up, pid }, file)
    expect(readUp(file)).toBeUndefined()
  })

  it('is removed by the process that wrote it, and by no other', () => {
    writeUp(up, file)
    removeUp(process.pid + 1, undefined, file)
    expect(existsSync(file)).toBe(true)
    removeUp(process.pid, undefined, file)
    expect(existsSync(file)).toBe(false)
  })

  it('names the system before it again, where that one is still up', () => {
    const { pid: gone } = spawnSync(process.execPath, ['--version'])
    const mine = { ...up, pid: process.pid + 1 }
    writeUp(mine, file)
    removeUp(mine.pid, up, file)
    expect(readUp(file)).toEqual(up)
    writeUp(mine, file)
    removeUp(mine.pid, { ...up, pid: gone }, file)
    expect(existsSync(file)).toBe(false)
  })

  it('is passed over when it holds something else', () => {
    expect(readUp(file)).toBeUndefined()
    writeUp(up, file)
    writeFileSync(file, '{"pid":')
    expect(readUp(file)).toBeUndefined()
    writeFileSync(file, '{"pid":"many"}')
    expect(readUp(file)).toBeUndefined()
  })
})

describe('the system that commands talk to', () => {
  it('is the one that is up, with its settings', () => {
    writeUp(up, file)
    const system = new RunningSystem({ NAMESPACE: 'other' }, file)
    expect(system.kafka()).toMatchObject({ brokers: ['127.0.0.1:1'], namespace: 'demo' })
    expect(system.defaultPartner()).toBe('shop')
  })

  it('is the one that the environment names, where it names one', () => {
    writeUp(up, file)
    const system = new RunningSystem({ KAFKA_BROKERS: '127.0.0.1:9', NAMESPACE: 'other' }, file)
    expect(system.kafka()).toMatchObject({ brokers: ['127.0.0.1:9'], namespace: 'other' })
    expect(system.defaultPartner()).toBeUndefined()
  })

  it('ends what waits for it when the process that keeps it up is gone', async () => {
    const keeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    writeUp({ ...up, pid: keeper.pid ?? 0 }, file)
    const never = new AbortController().signal
    const signal = new RunningSystem({}, file).whileUp(never)
    expect(signal.aborted).toBe(false)
    keeper.kill('SIGKILL')
    await expect.poll(() => signal.aborted, { timeout: 20_000 }).toBe(true)
    expect(String(signal.reason)).toContain('npm run up has ended')
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
