import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runningLocalSystem } from '@payout/cli/system/local-system'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeLocalSystem, writeLocalSystem } from './local-system-file.ts'

let folder: string
let file: string
const up = {
  pid: process.pid,
  environment: { KAFKA_BROKERS: '127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:2', NAMESPACE: 'demo' },
  defaultPartner: 'shop',
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-system-'))
  file = join(folder, 'local', 'up.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the file of a local system', () => {
  it('is read back, and only its owner can read it', () => {
    writeLocalSystem(up, file)
    expect(runningLocalSystem(file)).toEqual(up)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('counts only while the process lives that wrote it', () => {
    const { pid } = spawnSync(process.execPath, ['--version'])
    writeLocalSystem({ ...up, pid }, file)
    expect(runningLocalSystem(file)).toBeUndefined()
  })

  it('is removed by the process that wrote it, and by no other', () => {
    writeLocalSystem(up, file)
    removeLocalSystem(process.pid + 1, undefined, file)
    expect(existsSync(file)).toBe(true)
    removeLocalSystem(process.pid, undefined, file)
    expect(existsSync(file)).toBe(false)
  })

  it('names the system before it again, where that one is still up', () => {
    const { pid: gone } = spawnSync(process.execPath, ['--version'])
    const mine = { ...up, pid: process.pid + 1 }
    writeLocalSystem(mine, file)
    removeLocalSystem(mine.pid, up, file)
    expect(runningLocalSystem(file)).toEqual(up)
    writeLocalSystem(mine, file)
    removeLocalSystem(mine.pid, { ...up, pid: gone }, file)
    expect(existsSync(file)).toBe(false)
  })

  it('is passed over when it holds something else', () => {
    expect(runningLocalSystem(file)).toBeUndefined()
    writeLocalSystem(up, file)
    writeFileSync(file, '{"pid":')
    expect(runningLocalSystem(file)).toBeUndefined()
    writeFileSync(file, '{"pid":"many"}')
    expect(runningLocalSystem(file)).toBeUndefined()
  })
})
