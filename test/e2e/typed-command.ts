/** Commands as a person types them: each a process of its own, without a terminal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { logTail } from '@payout/demo/system/log-tail'
import { compileCache } from '@payout/runtime/service/compile-cache'
import { onTestFailed, TestRunner } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const LIMIT_MS = 110_000
const LOG_LINES = 20

export interface Typed {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The program that `npm run SCRIPT` runs, as package.json says. */
export function programOf(script: string): string {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
  const [, program] = /\bnode (\S+\.ts)/.exec(scripts[script] ?? '') ?? []
  if (program === undefined) throw new Error(`package.json runs no program for ${script}`)
  return join(ROOT, program)
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
}

/** A command that runs. When the test fails in which it was started, all that it has said is printed. */
export class RunningCommand {
  readonly #typed: string
  readonly #logs: string | undefined
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #hasEnded = false
  stdout = ''
  stderr = ''

  /** @param script `pay` for `npm run pay` */
  constructor(script: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#typed = ['npm run', script, '--', ...args].join(' ')
    this.#logs = args.includes('--logs') ? args[args.indexOf('--logs') + 1] : undefined
    // A group of its own, as a terminal gives it: a signal to the group is what Ctrl-C is.
    this.#child = spawn(process.execPath, [programOf(script), ...args], {
      env: { ...compileCache, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.#ended = once(this.#child, 'close').finally(() => {
      this.#hasEnded = true
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stdout += chunk
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk
    })
    if (TestRunner.getCurrentTest() !== undefined) onTestFailed(() => this.tell())
  }

  /**
   * Prints why a test may have failed: what it has said so far, how it ended, and the last lines of the logs that it
   * keeps.
   */
  tell(): void {
    process.stderr.write(`${this.#report()}\n`)
  }

  #report(): string {
    const { exitCode, signalCode } = this.#child
    const end = this.#hasEnded ? `ended with ${signalCode ?? exitCode}` : 'runs'
    const logs = this.#logs ?? ''
    const files = existsSync(logs) ? readdirSync(logs).filter((file) => file.endsWith('.log')) : []
    const tails = files.map((file) => [`-- ${file}:`, ...logTail(join(logs, file), LOG_LINES)].join('\n'))
    const said = [`== ${this.#typed}: ${end}`, '-- stdout:', this.stdout.trimEnd(), '-- stderr:', this.stderr.trimEnd()]
    return [...said, ...tails].join('\n')
  }

  /** Waits until it has written something, to either stream. */
  async says(text: string): Promise<void> {
    const limit = Date.now() + LIMIT_MS
    while (!this.stdout.includes(text) && !this.stderr.includes(text)) {
      if (this.#hasEnded || Date.now() > limit) throw new Error(`it never said "${text}":\n${this.#report()}`)
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

/** What a command has written with `--json`, also while it still writes: whole lines. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}
