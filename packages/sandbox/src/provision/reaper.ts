/**
 * Runs as a process of its own beside a provision, and outlives it by a moment: when its standard input ends, because
 * the process that started it has stopped the servers, or was killed, it ends what is left. Lines it reads:
 * `watch PID`, `forget PID` (a process group), `folder PATH` (to be removed), `containers SESSION` (those of one provision).
 */
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

const groups = new Set<number>()
const folders = new Set<string>()
const sessions = new Set<string>()

/** Stopped groups die too: SIGKILL needs no running process. */
function killGroups(): void {
  for (const pid of groups) {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      groups.delete(pid)
    }
  }
}

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const space = line.indexOf(' ')
  const value = line.slice(space + 1)
  switch (line.slice(0, space)) {
    case 'watch':
      groups.add(Number(value))
      break
    case 'forget':
      groups.delete(Number(value))
      break
    case 'folder':
      folders.add(value)
      break
    case 'containers':
      sessions.add(value)
      break
  }
})
lines.on('close', async () => {
  killGroups()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  if (sessions.size === 0) return
  const { removeContainers } = await import('./containers.ts')
  await Promise.all([...sessions].map(removeContainers))
})
