/** CPU and memory of processes of this machine, as Linux counts them in /proc. */
import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts CPU in hundredths of a second, on every machine that Node runs on. */
const TICKS_A_SECOND = 100
const PAGE_BYTES = 4096

/** What a process has used so far. */
export interface ProcessUse {
  /** User and system time of all its threads, in seconds. */
  readonly cpuSeconds: number
  /** What it holds in memory now. */
  readonly rssBytes: number
}

/** The fields of /proc/PID/stat that matter here. @throws RangeError where the text is none */
export function parseStat(text: string): ProcessUse & { readonly parent: number } {
  // The name stands in brackets, and may hold blanks and brackets itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [parent, user, system, pages] = [fields[1], fields[11], fields[12], fields[21]].map(Number)
  if ([parent, user, system, pages].some((field) => !Number.isInteger(field))) throw new RangeError(`no stat: ${text}`)
  return {
    parent: Number(parent),
    cpuSeconds: (Number(user) + Number(system)) / TICKS_A_SECOND,
    rssBytes: Number(pages) * PAGE_BYTES,
  }
}

/** What a process has used so far, and who started it. @throws where it has ended */
export function useOf(pid: number | string): ReturnType<typeof parseStat> {
  return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

/** What a program is called here, by its command line; undefined for what belongs to the measurement itself. */
function nameOf(command: string): string | undefined {
  const [, service] = /services\/([a-z-]+)\/src\/main\.ts/.exec(command) ?? []
  if (service !== undefined) return service
  if (command.includes('kafka.Kafka')) return 'Kafka'
  if (command.includes('redis-server')) return 'Redis'
  if (command.includes('alipay-main.ts')) return 'sandbox'
  if (command.includes('bench/idle/consumer.ts')) return 'idle consumer'
  return undefined
}

/**
 * What the servers and services have used so far that were started by this process, by their names; several processes
 * of one service together. What runs in containers is not among them.
 */
export function startedHere(): Map<string, ProcessUse> {
  const found = new Map<string, ProcessUse>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const { parent, ...use } = useOf(pid)
      if (parent !== process.pid) continue
      const name = nameOf(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
      if (name === undefined) continue
      const { cpuSeconds = 0, rssBytes = 0 } = found.get(name) ?? {}
      found.set(name, { cpuSeconds: cpuSeconds + use.cpuSeconds, rssBytes: rssBytes + use.rssBytes })
    } catch {
      // It has ended since the folder was listed.
    }
  }
  return found
}
