import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second (`getconf CLK_TCK`). */
const TICK_MS = 10

interface ProcessTimes {
  readonly parent: number
  /** Its own time, and that of its children that have ended. */
  readonly cpuMs: number
}

/**
 * The CPU time that a process and everything below it have taken so far, in milliseconds, user and system; undefined where the system has no
 * `/proc`. What left its parent, as a daemon does, is not counted.
 */
export function cpuTimeOf(pid: number): number | undefined {
  const all = new Map<number, ProcessTimes>()
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const times = timesOf(name)
      if (times) all.set(Number(name), times)
    }
  } catch {
    return undefined
  }
  const below = Map.groupBy(all.keys(), (child) => all.get(child)?.parent)
  const sum = (root: number): number =>
    (all.get(root)?.cpuMs ?? 0) + (below.get(root) ?? []).reduce((total, child) => total + sum(child), 0)
  return sum(pid)
}

/** Undefined for a process that has just ended. */
function timesOf(pid: string): ProcessTimes | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The name, in parentheses, may hold blanks; behind it come the state, the parent, and from the 12th on four times.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((total, field) => total + Number(field), 0)
  return { parent: Number(fields[1]), cpuMs: ticks * TICK_MS }
}
