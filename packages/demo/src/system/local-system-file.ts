import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isAlive, type LocalSystem, localSystemFile, readLocalSystem } from '@payout/cli/system/local-system'

/** Writes down how the system is reached, in a file that its owner only can read: there the commands find it. */
export function writeLocalSystem(system: LocalSystem, file: string = localSystemFile): void {
  mkdirSync(dirname(file), { recursive: true })
  // Renamed into place, so that nobody reads half of it.
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, `${JSON.stringify(system, null, 2)}\n`, { mode: 0o600 })
  renameSync(fresh, file)
}

/**
 * Removes the file, unless another process has written it since.
 *
 * @param pid the process that wrote it
 * @param before what stood there before; it is put back where that system is still up
 */
export function removeLocalSystem(pid: number, before?: LocalSystem, file: string = localSystemFile): void {
  if (readLocalSystem(file)?.pid !== pid) return
  if (before !== undefined && isAlive(before.pid)) writeLocalSystem(before, file)
  else rmSync(file, { force: true })
}
