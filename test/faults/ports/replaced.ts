/**
 * Which ports are replaced in a service, and where it dies once. Handed over by the test, never by a setting of a
 * service.
 */
import { existsSync, writeFileSync } from 'node:fs'

export const REPLACEABLE = [
  'content',
  'claims',
  'lives',
  'transaction',
  'attempts',
  'transitions',
  'marker',
  'outcome',
] as const
export type Replaceable = (typeof REPLACEABLE)[number]

/** Where a process may die once. */
export type Death = 'in-commit' | 'before-outcome'

export interface Replaced {
  readonly ports: readonly Replaceable[]
  /** Called at each place where a process may die. */
  readonly die: (where: Death) => void
}

/**
 * What a process of its own is told by its environment: names of ports separated by commas, and a file named
 * `….in-commit` or the like.
 */
export function replacedInProcess({ TEST_REPLACED = '', TEST_DIE_ONCE: file }: NodeJS.ProcessEnv): Replaced {
  const names = TEST_REPLACED.split(',')
  return {
    ports: REPLACEABLE.filter((port) => names.includes(port)),
    die: (where) => {
      if (file?.endsWith(where) && !existsSync(file)) dieNow(file, where)
    },
  }
}

/** Ends this process as a power cut would; the file keeps its next life from dying, too. */
function dieNow(file: string, where: Death): void {
  writeFileSync(file, where)
  process.kill(process.pid, 'SIGKILL')
  // The signal is delivered before anything else of this process runs on.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000)
}
