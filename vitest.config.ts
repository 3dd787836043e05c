import { defineConfig } from 'vitest/config'
import type { Reporter } from 'vitest/node'

const secondTries: Reporter = {
  onTestCaseResult(test) {
    if (test.result().state === 'passed' && (test.diagnostic()?.retryCount ?? 0) > 0)
      console.log(`Passed at the second try: ${test.module.relativeModuleId} > ${test.fullName}`)
  },
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // one database a worker, truncated between files (stack 6)
    isolate: false,
    pool: 'forks',
    maxWorkers: 2,
    // long: a slow machine is no failure
    testTimeout: 120_000,
    expect: { poll: { timeout: 45_000 } },
    reporters: ['default', secondTries],
    // the gate tries once more what failed, and tells what that was
    retry: Number(process.env.TEST_RETRIES ?? 0),
    hookTimeout: 120_000,
    globalSetup: ['test/support/told.ts'],
  },
})
