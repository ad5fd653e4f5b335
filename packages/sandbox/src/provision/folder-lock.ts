import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 100
/** A lock without its owner's process id, because the owner was killed between two steps, is void after this time. */
const UNNAMED_LIMIT_MS = 5_000

function isHeld(lock: string): boolean {
  try {
    const owner = Number(readFileSync(join(lock, 'pid'), 'utf8'))
    process.kill(owner, 0)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EPERM') return true
    if (code === 'ESRCH') return false
    try {
      return Date.now() - statSync(lock).mtimeMs < UNNAMED_LIMIT_MS
    } catch {
      return false
    }
  }
}

/**
 * Does `work` while no other process on this machine does work under the same lock (a folder). A lock whose owner
 * has died is void. `waiting` is called once, when there is somebody to wait for.
 */
export async function withFolderLock<T>(lock: string, work: () => Promise<T>, waiting?: () => void): Promise<T> {
  mkdirSync(dirname(lock), { recursive: true })
  for (let first = true; ; first = false) {
    try {
      mkdirSync(lock)
      break
    } catch {
      if (!isHeld(lock)) {
        rmSync(lock, { recursive: true, force: true })
        continue
      }
      if (first) waiting?.()
      await sleep(POLL_MS)
    }
  }
  try {
    writeFileSync(join(lock, 'pid'), String(process.pid))
    return await work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}
