import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * Ties servers, folders and containers to the life of this process: whatever ends it, SIGKILL too, a small process
 * beside it (reaper.ts) notices that the pipe between them is closed, and clears up.
 */
export class Lifeline {
  readonly #reaper: ChildProcess

  constructor() {
    const program = fileURLToPath(new URL('./reaper.ts', import.meta.url))
    // A session of its own, so that Ctrl-C in a terminal reaches only those who stop things in order.
    this.#reaper = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    this.#reaper.on('error', () => undefined)
    this.#reaper.stdin?.on('error', () => undefined)
    this.#reaper.unref()
  }

  /** The process group led by `pid` ends with this process. */
  watch(pid: number): void {
    this.#tell(`watch ${pid}`)
  }

  /** The process group led by `pid` has ended: its number may be given to another one. */
  forget(pid: number): void {
    this.#tell(`forget ${pid}`)
  }

  /** The folder is removed when this process ends. */
  removeFolder(path: string): void {
    this.#tell(`folder ${path}`)
  }

  /** The Docker containers of this provision are removed when this process ends. */
  removeContainers(session: string): void {
    this.#tell(`containers ${session}`)
  }

  /** Ends what is still tied, and waits until that is done. */
  async cut(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#reaper
    if (exitCode !== null || signalCode !== null || pid === undefined) return
    this.#reaper.ref()
    const ended = once(this.#reaper, 'exit')
    this.#reaper.stdin?.end()
    await ended
  }

  #tell(line: string): void {
    this.#reaper.stdin?.write(`${line}\n`)
  }
}
