/** Starts lane-process.ts and follows what it says. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { KafkaEventLogOptions } from '@payout/runtime/event-log/kafkajs/event-log'
import { compileCache } from '@payout/runtime/service/compile-cache'
import { expect, onTestFinished } from 'vitest'

export interface ChildOptions extends Omit<KafkaEventLogOptions, 'logger' | 'metrics'> {
  readonly group: string
  /** How long it keeps records in hand before their transaction. */
  readonly holdMs: number
  readonly maxRecords: number
}

export class Child {
  readonly said: string[] = []
  readonly #process: ChildProcess

  /** It is killed when the test is over. */
  constructor({ logger: _, ...options }: ChildOptions & { logger?: unknown }) {
    const program = fileURLToPath(new URL('./task-process.ts', import.meta.url))
    const child = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...compileCache },
    })
    this.#process = child
    createInterface({ input: child.stdout }).on('line', (line) => this.said.push(line))
    onTestFinished(() => this.kill('SIGKILL'))
  }

  /** Waits until it has said a line that begins so, at least `times` times. */
  async says(beginning: string, { times = 1, timeoutMs = 90_000 } = {}): Promise<void> {
    const count = () => this.said.filter((line) => line.startsWith(beginning)).length
    await expect.poll(count, { timeout: timeoutMs, interval: 20 }).toBeGreaterThanOrEqual(times)
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(signal)
  }

  /** Ends it and waits until it is gone. */
  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, 'exit')
    this.#process.kill(signal)
    await gone
  }
}
