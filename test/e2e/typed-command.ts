/** Commands as a person types them: each a process of its own, without a terminal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compileCache } from '@payout/runtime/compile-cache'

const ROOT = join(import.meta.dirname, '..', '..')
const LIMIT_MS = 90_000

export interface Typed {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. */
export class RunningCommand {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  stdout = ''
  stderr = ''

  /** @param script `pay` for `npm run pay` */
  constructor(script: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    // A group of its own, as a terminal gives it: a signal to the group is what Ctrl-C is.
    this.#child = spawn(process.execPath, [join(ROOT, 'packages', 'cli', 'src', `${script}.ts`), ...args], {
      env: { ...compileCache, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#ended = once(this.#child, 'close')
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString()
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString()
    })
  }

  /** Waits until it has written something, to either stream. */
  async says(text: string): Promise<void> {
    const limit = Date.now() + LIMIT_MS
    while (!this.stdout.includes(text) && !this.stderr.includes(text)) {
      if (this.#child.exitCode !== null || Date.now() > limit) {
        throw new Error(`it never said "${text}", but:\n${this.stdout}\n${this.stderr}`)
      }
      await sleep(10)
    }
  }

  /** A signal to all of its group. */
  signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal)
  }

  async ended(): Promise<Typed> {
    await this.#ended
    return { code: this.#child.exitCode, stdout: this.stdout, stderr: this.stderr }
  }
}

/** Types a command, and waits until it has ended. */
export function typed(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Typed> {
  return new RunningCommand(script, args, env).ended()
}

/** What a command has written with `--json`. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
