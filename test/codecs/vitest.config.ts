import { defineConfig } from 'vitest/config'

/** What other clients write, in batches of each codec: they are fetched by Maven and pip, so it is not part of `npm test`. */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally-reporter.ts'],
    include: ['test/codecs/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
})
