/** Runs before and after each test file: notes the CPU time that the file and what it started took, for the reporter of costs. */
import { afterAll } from 'vitest'
import { cpuTimeOf } from './cpu-time.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** CPU time of the file's worker and of all that it started, in milliseconds, while the file ran. */
    cpuMs?: number
  }
}

const before = cpuTimeOf(process.pid)

// Vitest takes the first argument apart to see which fixtures a hook wants: none.
// biome-ignore lint/correctness/noEmptyPattern: see above
afterAll(({}, { file }) => {
  const after = cpuTimeOf(process.pid)
  if (before !== undefined && after !== undefined) file.meta.cpuMs = after - before
})
