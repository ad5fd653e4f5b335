import type { Command } from 'commander'
import { seconds } from '../arguments/number-option.ts'
import { Idle } from './idle.ts'

/** How long a command waits for its answer. */
export interface AnswerOptions {
  /** The waiting ends after so many milliseconds without an event. */
  readonly limit?: number
  /** False: the command does not wait at all. */
  readonly answer?: boolean
}

/** Adds the options to a command that waits for an answer. @param limitMs without `--limit` */
export function withAnswerOptions(command: Command, limitMs: number): Command {
  return command
    .option(
      '--limit <seconds>',
      `ends after so long without an answer; the command stays written (default: ${limitMs / 1000})`,
      seconds,
    )
    .option('--no-answer', 'only writes, and waits for no answer')
}

/** A time limit for an answer. */
export interface AnswerLimit {
  /** Aborts when a person stops it, and at the limit. */
  readonly signal: AbortSignal
  /** Whether it was the limit. */
  readonly isOver: boolean
  /** An event came: the limit begins anew. */
  touch(): void
  /** There is no limit any more. */
  stop(): void
}

/** Starts the limit. @param limitMs milliseconds without an event */
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
