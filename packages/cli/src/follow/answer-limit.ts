import type { Command } from 'commander'
import { seconds } from '../arguments/number-option.ts'
import { Idle } from './idle.ts'

/** How long a command waits for what is said of it. */
export interface AnswerOptions {
  /** Milliseconds in which nothing came. */
  readonly limit?: number
  /** False: it is not waited for at all. */
  readonly answer?: boolean
}

/** Adds the options to a command that waits for an answer. @param limitMs without `--limit` */
export function withAnswerOptions(command: Command, limitMs: number): Command {
  return command
    .option(
      '--limit <seconds>',
      `ends when nothing was said of it for so long; the command stands then (default: ${limitMs / 1000})`,
      seconds,
    )
    .option('--no-answer', 'only writes, and waits for no answer')
}

/** A waiting with an end. */
export interface AnswerLimit {
  /** Aborts when a person stops it, and at the limit. */
  readonly signal: AbortSignal
  /** Whether it was the limit. */
  readonly isOver: boolean
  /** Something was said: the limit begins anew. */
  touch(): void
  /** There is no limit any more. */
  stop(): void
}

/** Begins to count. */
export function answerLimit(stop: AbortSignal, limitMs: number): AnswerLimit {
  const idle = new Idle(limitMs)
  return {
    signal: AbortSignal.any([stop, idle.signal]),
    get isOver() {
      return idle.signal.aborted && !stop.aborted
    },
    touch: () => idle.touch(),
    stop: () => idle.stop(),
  }
}
