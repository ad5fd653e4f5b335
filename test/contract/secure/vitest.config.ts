import { defineConfig } from 'vitest/config'

/** TLS and log-ins, on a broker that wants them: not part of `npm test`. */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally-reporter.ts'],
    include: ['test/contract/secure/**/*.test.ts'],
    globalSetup: ['test/contract/secure/servers.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
