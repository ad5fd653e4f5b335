import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ProvisionError } from '../provision-error.ts'
import { notReadyIn, startLimitMs } from '../start-limit.ts'
import type { Lifeline } from './lifeline.ts'
import type { ServerLog } from './server-log.ts'

/** How to run one server. */
export interface ServerProgram {
  /** For messages: `Kafka broker 1`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** What its standard output and error go to; it is appended to. */
  readonly log: ServerLog
  /** What it writes when clients may come. */
  readonly ready: RegExp
  /** What it writes when its port belongs to another program. */
  readonly portTaken: RegExp
}

const STOP_LIMIT_MS = 15_000
const POLL_MS = 25

/**
 * A server run by this process: it can be killed, stopped for a while, and started again with the same port and data.
 */
export class ServerProcess {
  readonly #program: ServerProgram
  readonly #lifeline: Lifeline
  #child: ChildProcess | undefined

  constructor(program: ServerProgram, lifeline: Lifeline) {
    this.#program = program
    this.#lifeline = lifeline
  }

  /** The process id, while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /**
   * Starts it and waits until clients may come. Does nothing when it runs already.
   * @throws ProvisionError PROVISION_PORT_TAKEN, PROVISION_TOO_SLOW where it took longer than START_LIMIT, or
   *   PROVISION_START_FAILED; with the last lines of its log.
   */
  async start(): Promise<void> {
    if (this.#child) return
    const { command, args, ready } = this.#program
    const log = this.#program.log.file
    const limitMs = startLimitMs()
    const from = existsSync(log) ? statSync(log).size : 0
    const out = openSync(log, 'a')
    // A group of its own: Ctrl-C in a terminal must not reach it before those who still use it.
    const child = spawn(command, args, { stdio: ['ignore', out, out], detached: true })
    closeSync(out)
    let failure: Error | undefined
    child.once('error', (error) => {
      failure = error
    })
    if (child.pid !== undefined) {
      const pid = child.pid
      this.#child = child
      this.#lifeline.watch(pid)
      child.once('exit', () => {
        this.#lifeline.forget(pid)
        if (this.#child === child) this.#child = undefined
      })
      child.unref()
    }
    const limit = performance.now() + limitMs
    for (;;) {
      await sleep(POLL_MS)
      const said = readFileSync(log).subarray(from).toString()
      if (ready.test(said)) return
      const ended = child.pid === undefined || child.exitCode !== null || child.signalCode !== null
      if (!ended && performance.now() < limit) continue
      await this.kill('SIGKILL')
      throw this.#startError(said, ended ? undefined : limitMs, failure)
    }
  }

  /**
   * Sends the signal and waits until the process is gone; after `limitMs` of SIGTERM it is killed. Nothing when it is
   * not running.
   */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL', limitMs = STOP_LIMIT_MS): Promise<void> {
    const child = this.#child
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    const ended = once(child, 'exit')
    child.kill(signal)
    // A process that is stopped would take SIGTERM only when it goes on.
    child.kill('SIGCONT')
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
    await ended
    clearTimeout(timer)
  }

  /** SIGSTOP: the process stands still, its connections stay open. */
  pause(): void {
    this.#signal('SIGSTOP')
  }

  /** SIGCONT: the process goes on. */
  resume(): void {
    this.#signal('SIGCONT')
  }

  #signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (!this.#child)
      throw new ProvisionError('PROVISION_NOT_POSSIBLE', `${this.#program.name} is not running: start it first`)
    this.#child.kill(signal)
  }

  /**
   * A log that is removed when this process ends is no help afterwards: so more of it is shown, and not its name.
   * @param limitMs where it took longer than that
   */
  #startError(said: string, limitMs: number | undefined, cause: Error | undefined): ProvisionError {
    const { name, command, log, portTaken } = this.#program
    const lines = said
      .trim()
      .split('\n')
      .slice(log.isKept ? -5 : -15)
    const detail = cause ? cause.message : lines.join('\n  ') || 'nothing'
    const words = log.isKept ? `its log is ${log.file}, and ends with` : 'its last words'
    const what = limitMs === undefined ? 'ended before it was ready' : `was ${notReadyIn(limitMs)}`
    const slow = limitMs === undefined ? 'PROVISION_START_FAILED' : 'PROVISION_TOO_SLOW'
    const code = portTaken.test(said) ? 'PROVISION_PORT_TAKEN' : slow
    return new ProvisionError(code, `${name} (${basename(command)}) ${what}; ${words}:\n  ${detail}`, { cause })
  }
}
