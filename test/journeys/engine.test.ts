/** The V8 flags that a server starts with. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { engineFlags } from '../../bin/engine.js'

/** Milliseconds of CPU time that V8's worker threads use while a program compiles functions and produces garbage. */
function measureWorkerMs(flags: string[]): number {
  const program = `
    const { readdirSync, readFileSync } = require('node:fs')
    let kept = []
    for (let n = 0; n < 200; n++) {
      const sum = Function('count', 'let all = []; for (let at = 0; at < count; at++) all.push({ at, n: ' + n + ' }); return all')
      for (let turn = 0; turn < 50; turn++) kept.push(sum(200))
      if (n % 50 === 0) kept = []
    }
    const readTaskFile = (thread, file) => readFileSync('/proc/self/task/' + thread + '/' + file, 'utf8')
    const workers = readdirSync('/proc/self/task').filter((thread) => readTaskFile(thread, 'comm').startsWith('V8Worker'))
    const nanoseconds = workers.map((thread) => Number(readTaskFile(thread, 'schedstat').split(' ')[0]))
    console.log(nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6)`
  return Number(execFileSync(process.execPath, [...flags, '--eval', program], { encoding: 'utf8' }))
}

test.runIf(process.platform === 'linux')('on one core V8 works on the main thread; on two cores its worker threads help', () => {
  const [oneCoreMs, twoCoresMs] = [measureWorkerMs(engineFlags(1)), measureWorkerMs(engineFlags(2))]
  expect(twoCoresMs).toBeGreaterThan(0)
  expect(oneCoreMs).toBeLessThan(twoCoresMs / 10)
})

test.runIf(process.platform === 'linux')('a server that is pinned to one core of many gets the flags for one core', () => {
  const file = join(import.meta.dirname, '../../bin/engine.js')
  const printed = execFileSync('taskset', ['--cpu-list', '0', process.execPath, file], { encoding: 'utf8' })
  expect(printed.trim()).toBe(engineFlags(1).join(' '))
})

/** The largest size of the young generation in bytes, while a program allocates much and keeps some of it for a while. */
function measureLargestYoungGeneration(flags: string[]): number {
  const program = `
    let largest = 0
    const kept = []
    for (let n = 0; n < 20_000; n++) {
      kept.push(Array.from({ length: 400 }, (_, at) => ({ at })))
      if (kept.length > 200) kept.shift()
      largest = Math.max(largest, require('node:v8').getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size)
    }
    console.log(largest)`
  return Number(execFileSync(process.execPath, [...flags, '--eval', program], { encoding: 'utf8' }))
}

test('on one core the young generation is less than half as large, so that its collections are short', () => {
  expect(measureLargestYoungGeneration(engineFlags(1))).toBeLessThan(measureLargestYoungGeneration(engineFlags(2)) / 2)
})
