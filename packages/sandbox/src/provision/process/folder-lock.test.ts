import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withFolderLock } from './folder-lock.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folder-lock-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('a lock', () => {
  it('lets one work at a time', async () => {
    let inside = 0
    let most = 0
    const work = async () => {
      inside++
      most = Math.max(most, inside)
      await sleep(20)
      inside--
    }
    await Promise.all([1, 2, 3].map(() => withFolderLock(join(folder, 'lock'), work)))
    expect(most).toBe(1)
  })

  it('is given back when the work fails', async () => {
    const lock = join(folder, 'lock')
    await expect(withFolderLock(lock, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network')
    expect(existsSync(lock)).toBe(false)
  })

  it('of an owner that has died is void', async () => {
    const lock = join(folder, 'lock')
    const dead = spawnSync(process.execPath, ['--version']).pid
    mkdirSync(lock)
    writeFileSync(join(lock, 'pid'), String(dead))
    await expect(withFolderLock(lock, async () => 'done')).resolves.toBe('done')
  })

  it.each(['', '0', '-1', 'nonsense'])('that names nobody is void after a while: %j', async (owner) => {
    const lock = join(folder, 'lock')
    mkdirSync(lock)
    writeFileSync(join(lock, 'pid'), owner)
    utimesSync(lock, 0, 0)
    await expect(withFolderLock(lock, async () => 'done')).resolves.toBe('done')
  })

  it('that cannot be made is an error, and nothing to wait for', async () => {
    writeFileSync(join(folder, 'file'), '')
    for (const lock of [join(folder, 'file', 'lock'), join(folder, 'file', 'deeper', 'lock')])
      await expect(withFolderLock(lock, async () => 'done')).rejects.toMatchObject({
        code: 'PROVISION_NOT_POSSIBLE',
        message: expect.stringMatching(/can't be written \(E(NOTDIR|EXIST)\)/),
      })
  })

  it('of an owner that lives is waited for, and that is told once', async () => {
    const lock = join(folder, 'lock')
    mkdirSync(lock)
    writeFileSync(join(lock, 'pid'), String(process.pid))
    let told = 0
    const done = withFolderLock(
      lock,
      async () => 'done',
      () => {
        told++
        setTimeout(() => rmSync(lock, { recursive: true }), 300)
      },
    )
    await expect(done).resolves.toBe('done')
    expect(told).toBe(1)
  })
})
