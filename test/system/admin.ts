/** What a person sees of a process from outside: its log, its health, its metrics. */
import { existsSync, readFileSync } from 'node:fs'
import type { ServiceRun } from './hosted-service.ts'

/** One line of a service's log. */
export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly err?: { readonly code?: string; readonly message?: string }
  readonly admin?: string
  readonly code?: string
}

/** The whole output of a process so far. */
export function outputOf({ program }: Pick<ServiceRun, 'program'>): string {
  return existsSync(program.log) ? readFileSync(program.log, 'utf8') : ''
}

/** The lines of its log that are JSON. */
export function logOf(process: Pick<ServiceRun, 'program'>): LogLine[] {
  return outputOf(process)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine)
}

/** Where its health and its metrics are, since it started last. */
function adminUrl(process: Pick<ServiceRun, 'program'>): string {
  const ready = logOf(process).findLast(({ msg }) => msg === 'ready')
  if (ready?.admin === undefined) throw new Error(`${process.program.name} has not said that it is ready`)
  return ready.admin
}

/** Its metrics as Prometheus reads them. */
export async function metricsOf(process: Pick<ServiceRun, 'program'>): Promise<string> {
  return (await fetch(`${adminUrl(process)}/metrics`)).text()
}

/** The value of one metric; 0 where it is not there. `labels` as they are written: `reason="too-slow"`. */
export async function metricOf(process: Pick<ServiceRun, 'program'>, name: string, labels = ''): Promise<number> {
  for (const line of (await metricsOf(process)).split('\n')) {
    const [, found, written = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (found === name && labels.split(',').every((label) => written.includes(label))) return Number(value)
  }
  return 0
}

/** Whether it says that it is ready to work. */
export async function isReady(process: Pick<ServiceRun, 'program'>): Promise<boolean> {
  try {
    return (await fetch(`${adminUrl(process)}/health/ready`)).status === 200
  } catch {
    return false
  }
}
