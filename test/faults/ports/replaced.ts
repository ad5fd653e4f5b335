/** Which ports a process has replaced, and where it notes that it has died once. Handed over by the test, never by a setting of a service. */
import { existsSync, writeFileSync } from 'node:fs'

export const REPLACEABLE = ['content', 'claims', 'transaction', 'attempts', 'transitions', 'marker', 'outcome'] as const
export type Replaceable = (typeof REPLACEABLE)[number]

/** Names of replaced ports, separated by commas. */
export function isReplaced(port: Replaceable): boolean {
  return (process.env.TEST_REPLACED ?? '').split(',').includes(port)
}

/** Ends this process as a power cut would, the first time that it is called by any process of the test; does nothing after that. */
export function dieOnce(where: string): void {
  const file = process.env.TEST_DIE_ONCE
  if (!file?.endsWith(where) || existsSync(file)) return
  writeFileSync(file, where)
  process.kill(process.pid, 'SIGKILL')
  // The signal is delivered before anything else of this process runs on.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000)
}
