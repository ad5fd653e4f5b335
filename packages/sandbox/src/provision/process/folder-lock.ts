import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ProvisionError } from '../provision-error.ts'

const POLL_MS = 100
/** A lock without its owner's process id, because the owner was killed between two steps, is void after this time. */
const UNNAMED_LIMIT_MS = 5_000

function isHeld(lock: string): boolean {
  let owner = Number.NaN
  try {
    owner = Number(readFileSync(join(lock, 'pid'), 'utf8'))
    // 0 is every process of this group.
    if (owner > 0) process.kill(owner, 0)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ESRCH') return false
    if (code === 'EPERM') return true
  }
  if (owner > 0) return true
  try {
    return Date.now() - statSync(lock).mtimeMs < UNNAMED_LIMIT_MS
  } catch {
    return false
  }
}

/**
 * Does `work` while no other process on this machine does work under the same lock (a folder). A lock whose owner
 * has died is void. `waiting` is called once, when there is somebody to wait for.
 * @throws ProvisionError PROVISION_NOT_POSSIBLE where the lock can't be made: that is no reason to wait
 */
export async function withFolderLock<T>(lock: string, work: () => Promise<T>, waiting?: () => void): Promise<T> {
  writable(dirname(lock), () => mkdirSync(dirname(lock), { recursive: true }))
  for (let first = true; !writable(dirname(lock), () => took(lock)); first = false) {
    if (!isHeld(lock)) {
      writable(lock, () => rmSync(lock, { recursive: true, force: true }))
      continue
    }
    if (first) waiting?.()
    await sleep(POLL_MS)
  }
  try {
    writeFileSync(join(lock, 'pid'), String(process.pid))
    return await work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function took(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function writable<T>(path: string, change: () => T): T {
  try {
    return change()
  } catch (error) {
    const why = codeOf(error) ?? String(error)
    throw new ProvisionError(
      'PROVISION_NOT_POSSIBLE',
      `${path} can't be written (${why}), and is needed to keep what is fetched`,
      {
        cause: error,
      },
    )
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
