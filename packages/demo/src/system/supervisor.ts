import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { exitCodes } from '@payout/cli/terminal/exit-code'
import { compileCache } from '@payout/runtime/service/compile-cache'
import type { Lifeline } from '@payout/sandbox/provision/process/lifeline'
import { notReadyIn, startLimitMs } from '@payout/sandbox/provision/start-limit'
import { PipelineError } from '@payout/schemas/error'
import { logTail } from './log-tail.ts'

/** A program that is to run as a process of its own. */
export interface Program {
  /** For messages: `signer`. */
  readonly name: string
  /** Its source file, run by the Node that runs this. */
  readonly file: string
  /** Its whole environment. */
  readonly env: NodeJS.ProcessEnv
  /** Its standard output and error are appended to this file. */
  readonly log: string
  /** Says for a line of its output whether the program is ready with it. */
  readonly isReady: (line: string) => boolean
}

/** So many of its last lines are shown when a program has failed. */
const LOG_LINES = 12

/** What happened to a process that should run. */
export type SupervisorNote =
  | { readonly kind: 'ended'; readonly name: string; readonly how: string; readonly againInMs: number }
  | { readonly kind: 'restarted'; readonly name: string }
  /** It said that its settings are wrong: starting it again would not help. */
  | { readonly kind: 'given-up'; readonly name: string; readonly how: string; readonly lines: readonly string[] }

/** What happened, in a sentence. */
export function noteWords(note: SupervisorNote): string {
  switch (note.kind) {
    case 'ended':
      return `${note.name} ${note.how}; it is started again in ${note.againInMs} ms`
    case 'restarted':
      return `${note.name} runs again`
    case 'given-up':
      // The log itself may be gone by the time that somebody looks.
      return [
        `${note.name} ${note.how}: its settings are wrong, so it is not started again; the last lines of its log:`,
        ...note.lines,
      ].join('\n    ')
  }
}

export interface SupervisorOptions {
  readonly lifeline: Pick<Lifeline, 'watch' | 'forget'>
  readonly note: (note: SupervisorNote) => void
  /** How long the program may take until it is ready; START_LIMIT where it is not given. */
  readonly startLimitMs?: number
  /** The wait before the first restart; each further one waits twice as long, up to `mostBackOffMs`. */
  readonly firstBackOffMs?: number
  readonly mostBackOffMs?: number
  /** A program that ran so long is started again as if it were the first time. */
  readonly steadyMs?: number
}

/** A program ended before it was ready, or took too long. */
export class ProgramStartError extends PipelineError {
  /** It exited with 78: its settings are wrong. */
  readonly isConfiguration: boolean

  constructor(program: Program, how: string, isConfiguration: boolean) {
    const lines = logTail(program.log, LOG_LINES).map((line) => `\n    ${line}`)
    super('CLI_PROGRAM_START', `${program.name} ${how}; the last lines of its log:${lines.join('') || ' none'}`)
    this.isConfiguration = isConfiguration
  }
}

const POLL_MS = 20

/** Keeps one program running: started again when it ends by itself, with a growing wait, until `stop()`. */
export class Supervisor {
  readonly program: Program
  readonly #options: Required<SupervisorOptions>
  #child: ChildProcess | undefined
  #stopping = false
  #restarts = 0
  #failures = 0
  #again: NodeJS.Timeout | undefined

  constructor(program: Program, options: SupervisorOptions) {
    this.program = program
    this.#options = {
      startLimitMs: startLimitMs(),
      firstBackOffMs: 200,
      mostBackOffMs: 10_000,
      steadyMs: 30_000,
      ...options,
    }
  }

  /** The process id, while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** How often it was started again after it had ended by itself. */
  get restarts(): number {
    return this.#restarts
  }

  /**
   * Starts it and waits until it is ready; gives the line by which it said so. From then on it is started again
   * whenever it ends.
   * @throws ProgramStartError with the last lines of its log
   */
  async start(): Promise<string> {
    const from = sizeOf(this.program.log)
    const child = this.#spawn()
    const startedAt = performance.now()
    const line = await this.#untilReady(child, new NewLines(this.program.log, from))
    const onEnd = () => {
      if (performance.now() - startedAt >= this.#options.steadyMs) this.#failures = 0
      this.#onEnd(howItEnded(child), child.exitCode === exitCodes.configuration)
    }
    if (hasEnded(child)) onEnd()
    else child.once('exit', onEnd)
    return line
  }

  /** SIGTERM, and SIGKILL after `graceMs`. Resolves when it is gone; true when it went by itself. */
  async stop(graceMs: number): Promise<boolean> {
    this.#stopping = true
    clearTimeout(this.#again)
    const child = this.#child
    if (child === undefined || hasEnded(child)) return true
    const ended = once(child, 'exit')
    let isKilled = false
    const timer = setTimeout(() => {
      isKilled = true
      child.kill('SIGKILL')
    }, graceMs)
    child.kill('SIGTERM')
    await ended
    clearTimeout(timer)
    return !isKilled
  }

  async #untilReady(child: ChildProcess, output: NewLines): Promise<string> {
    const { program } = this
    const limit = performance.now() + this.#options.startLimitMs
    for (;;) {
      const isLast = hasEnded(child)
      const line = output.next().find(program.isReady)
      if (line !== undefined) return line
      if (this.#stopping) throw new DOMException(`${program.name} was stopped while it was starting`, 'AbortError')
      if (isLast) throw new ProgramStartError(program, howItEnded(child), child.exitCode === exitCodes.configuration)
      if (performance.now() > limit) {
        child.kill('SIGKILL')
        throw new ProgramStartError(program, `was ${notReadyIn(this.#options.startLimitMs)}`, false)
      }
      await sleep(POLL_MS)
    }
  }

  #spawn(): ChildProcess {
    const { file, env, log } = this.program
    const out = openSync(log, 'a', 0o600)
    const child = spawn(process.execPath, [file], {
      env: { ...compileCache, ...env, EXIT_WITH_PARENT: '1' },
      stdio: ['ignore', out, out],
      // A group of its own: Ctrl-C in a terminal reaches only those who stop things in order.
      detached: true,
    })
    closeSync(out)
    child.on('error', () => undefined)
    this.#child = child
    const { pid } = child
    if (pid !== undefined) {
      this.#options.lifeline.watch(pid)
      child.once('exit', () => this.#options.lifeline.forget(pid))
    }
    return child
  }

  #onEnd(how: string, isConfiguration: boolean): void {
    if (this.#stopping) return
    const { firstBackOffMs, mostBackOffMs, note } = this.#options
    const { name, log } = this.program
    if (isConfiguration) {
      this.#stopping = true
      note({ kind: 'given-up', name, how, lines: logTail(log, LOG_LINES) })
      return
    }
    const againInMs = Math.min(firstBackOffMs * 2 ** this.#failures, mostBackOffMs)
    this.#failures += 1
    note({ kind: 'ended', name, how, againInMs })
    this.#again = setTimeout(() => void this.#restart(), againInMs)
  }

  async #restart(): Promise<void> {
    this.#restarts += 1
    try {
      await this.start()
      this.#options.note({ kind: 'restarted', name: this.program.name })
    } catch (error) {
      const isConfiguration = error instanceof ProgramStartError && error.isConfiguration
      this.#onEnd(error instanceof Error ? error.message : String(error), isConfiguration)
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

function howItEnded(child: ChildProcess): string {
  if (child.pid === undefined) return 'could not be started'
  return child.signalCode === null ? `ended with exit code ${child.exitCode}` : `was ended by ${child.signalCode}`
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** The lines that are appended to a file, from a place on. */
class NewLines {
  readonly #file: string
  #position: number
  #rest = ''

  constructor(file: string, from: number) {
    this.#file = file
    this.#position = from
  }

  /** The whole lines that came since the last call. */
  next(): string[] {
    const size = sizeOf(this.#file)
    if (size <= this.#position) return []
    const buffer = Buffer.alloc(size - this.#position)
    const descriptor = openSync(this.#file, 'r')
    const read = readSync(descriptor, buffer, 0, buffer.length, this.#position)
    closeSync(descriptor)
    this.#position += read
    const lines = (this.#rest + buffer.toString('latin1', 0, read)).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines.map((line) => Buffer.from(line, 'latin1').toString())
  }
}
