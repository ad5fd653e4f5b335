/** What one test file cost. */
export interface FileCost {
  readonly kind: string
  readonly file: string
  /** How long it took, its imports included. */
  readonly seconds: number
  /** What its worker and all that it started computed; undefined where that can't be found out. */
  readonly cpuSeconds: number | undefined
}

/** What a whole run cost. */
export interface RunCost {
  readonly files: readonly FileCost[]
  readonly seconds: number
  readonly cpuSeconds: number | undefined
}

/** The kinds and the most expensive files of a run as Markdown. @param most how many files of each kind */
export function costReport(run: RunCost, most: number): string {
  const kinds = [...Map.groupBy(run.files, ({ kind }) => kind)]
  const rows = kinds.map(([kind, files]) => [
    kind,
    String(files.length),
    seconds(sum(files, 'seconds')),
    seconds(sum(files, 'cpuSeconds')),
  ])
  const inFiles = sum(run.files, 'cpuSeconds')
  const shared = run.cpuSeconds === undefined || inFiles === undefined ? undefined : run.cpuSeconds - inFiles
  rows.push(['shared servers, the runner itself', '', '', seconds(shared)])
  rows.push(['all', String(run.files.length), seconds(run.seconds), seconds(run.cpuSeconds)])
  const files = kinds.flatMap(([kind, all]) =>
    [...all]
      .sort((a, b) => (b.cpuSeconds ?? b.seconds) - (a.cpuSeconds ?? a.seconds))
      .slice(0, most)
      .map((one) => [kind, one.file, seconds(one.seconds), seconds(one.cpuSeconds)]),
  )
  return [
    table(['kind', 'files', 'seconds', 'CPU seconds'], rows),
    table(['kind', `file (the ${most} that cost most)`, 'seconds', 'CPU seconds'], files),
  ].join('\n\n')
}

function sum(files: readonly FileCost[], of: 'seconds' | 'cpuSeconds'): number | undefined {
  return files.reduce<number | undefined>((total, file) => {
    const more = file[of]
    return total === undefined || more === undefined ? undefined : total + more
  }, 0)
}

function seconds(value: number | undefined): string {
  return value === undefined ? '?' : value.toFixed(1)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, index) => (index < 2 ? '---' : '--:'))), ...rows.map(line)].join('\n')
}
