import { defineConfig } from 'vitest/config'

/** What only several brokers, or brokers that go and come back, can show: minutes, so it is not part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/contract/cluster/**/*.test.ts'],
    fileParallelism: false,
  },
})
