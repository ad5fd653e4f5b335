import { defineConfig } from 'vitest/config'

/** On a real schema registry, which Maven fetches (115 MB): not part of `npm test`. */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally-reporter.ts'],
    include: ['test/contract/registry/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
})
