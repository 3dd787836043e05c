import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // one database a worker, truncated between files
    isolate: false,
    pool: 'forks',
    maxWorkers: 2,
    // long: a slow machine is no failure
    testTimeout: 120_000,
    expect: { poll: { timeout: 45_000 } },
    hookTimeout: 120_000,
    globalSetup: ['test/support/global-setup.ts'],
  },
})
