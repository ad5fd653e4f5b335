import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Vitest leaves one core free by default: of two that is half of them. */
const WORKERS = Math.max(2, availableParallelism() - 1)

/**
 * Three kinds of tests, one after the other: `unit` beside the code, with `fuzz`; `contract`, a port against the real server behind it; `system`,
 * all services on one broker and one Redis. `npx vitest run --project unit` runs one kind.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/cost/cost-reporter.ts', './scripts/tally-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'services/*/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/tidy/**/*.test.ts',
            'test/cost/**/*.test.ts',
            'test/bench/**/*.test.ts',
          ],
          setupFiles: ['./test/cost/setup.ts'],
          sequence: { groupOrder: 0 },
          // A worker keeps what it has loaded: loading it again for each file cost a third of all.
          isolate: false,
          maxWorkers: WORKERS,
          // A busy machine is no failure.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['test/fuzz/**/*.test.ts'],
          setupFiles: ['./test/cost/setup.ts'],
          // In a process of its own: what memory it takes is bounded.
          sequence: { groupOrder: 0 },
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts', 'test/provision/**/*.test.ts', 'test/browser/**/*.test.ts'],
          exclude: ['test/contract/cluster/**', 'test/contract/registry/**', 'test/contract/secure/**'],
          globalSetup: ['test/system/servers.ts'],
          setupFiles: ['./test/cost/setup.ts'],
          isolate: false,
          sequence: { groupOrder: 1 },
          // They wait more than they work, and a broker and a Redis each would be too much for a small machine.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/e2e/**/*.test.ts', 'test/faults/**/*.test.ts', 'test/crash/**/*.test.ts'],
          globalSetup: ['test/system/servers.ts'],
          setupFiles: ['./test/cost/setup.ts'],
          // A worker keeps what it has loaded: services run in it, and loading them costs more than many a test.
          isolate: false,
          sequence: { groupOrder: 2 },
          // They wait more than they work; each file has a namespace of its own.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
