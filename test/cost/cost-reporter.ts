import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { costReport, type FileCost } from './cost-report.ts'
import { cpuTimeOf } from './cpu-time.ts'
import type {} from './setup.ts'

/** Where the last run's costs lie, in Markdown. */
const FILE = join(import.meta.dirname, '..', '..', '.local', 'test-cost.md')
/** Of each kind so many files are named. */
const MOST = 12

/** Tells where the time of a run went, by kind and by file: what takes longer from one change to the next is seen before it hurts. */
export default class CostReporter implements Reporter {
  readonly #began = performance.now()

  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = modules.map((module): FileCost => {
      const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } =
        module.diagnostic()
      const ms = environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration
      const { cpuMs } = module.meta()
      return {
        kind: module.project.name,
        file: module.relativeModuleId,
        seconds: ms / 1_000,
        cpuSeconds: cpuMs === undefined ? undefined : cpuMs / 1_000,
      }
    })
    // One file alone is no run that anything is to be seen of.
    if (files.length < 2) return
    const cpuMs = cpuTimeOf(process.pid)
    const cpuSeconds = cpuMs === undefined ? undefined : cpuMs / 1_000
    const report = costReport({ files, seconds: (performance.now() - this.#began) / 1_000, cpuSeconds }, MOST)
    mkdirSync(dirname(FILE), { recursive: true })
    writeFileSync(FILE, `${report}\n`)
    process.stdout.write(`\nwhere the time went (also in .local/test-cost.md):\n\n${report}\n`)
  }
}
