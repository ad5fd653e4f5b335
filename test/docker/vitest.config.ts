import { defineConfig } from 'vitest/config'

/** On a Docker engine: not part of `npm test`, which runs on what there is. */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally-reporter.ts'],
    include: ['test/docker/**/*.test.ts'],
    fileParallelism: false,
  },
})
