import { defineConfig } from 'vitest/config'
import type { Reporter } from 'vitest/node'

const secondTries: Reporter = {
  onTestCaseResult(test) {
    const { state, errors } = test.result()
    if (state !== 'passed' || !test.diagnostic()?.retryCount) return
    const why = errors?.map(({ message, diff }) => [message, diff].filter(Boolean).join('\n')).join('\n')
    console.log(`Passed at the second try: ${test.module.relativeModuleId} > ${test.fullName}\n${why}`)
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
