/**
 * Runs as a process of its own beside a provision, and outlives it by a moment: when its standard input ends, because
 * the process that started it has stopped the servers, or was killed, it ends what is left. Lines it reads: `watch
 * PID`, `forget PID` (a process group), `folder PATH` (to be removed), `containers SESSION` (those of one provision).
 */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const MOST_TRIES = 200
const PAUSE_MS = 100

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

/**
 * Folders lie in each other, and each has a reaper: where another one removes a part meanwhile, `rm` takes what is
 * missing for an end, and leaves the rest without a word. So it is repeated until the folder is gone.
 */
async function remove(folder: string): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES && existsSync(folder); tries++) {
    if (tries > 0) await sleep(PAUSE_MS)
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
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
  for (const folder of folders) await remove(folder)
  if (sessions.size === 0) return
  const { removeContainers } = await import('../docker/containers.ts')
  await Promise.all([...sessions].map(removeContainers))
})
