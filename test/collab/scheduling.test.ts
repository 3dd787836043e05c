/** Low-priority work is throttled while a client writes on the node, and runs faster when no client writes. */
import { afterEach, expect, test } from 'vitest'
import { processInChunks, markWriteActivity, yieldFor, createThrottledQueue } from '../../domain/kernel/scheduling.ts'
import { createDraft, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

const closeFunctions: (() => void)[] = []
afterEach(() => {
  for (const close of closeFunctions.splice(0)) close()
})

/** Blocks the event loop for a time. */
function blockEventLoop(durationMs: number) {
  const end = performance.now() + durationMs
  while (performance.now() < end);
}

/** The number of tasks that the throttled queue ran in each turn of the event loop. */
async function countTasksPerTurn(taskCount: number): Promise<number[]> {
  const enqueue = createThrottledQueue()
  const tasksPerTurn: number[] = []
  let lastTurn = Number.NaN
  let doneCount = 0
  // increases once per turn of the event loop
  let turn = 0
  let isCounting = true
  const countTurn = () => {
    turn++
    if (isCounting) setImmediate(countTurn)
  }
  countTurn()
  for (let n = 0; n < taskCount; n++)
    enqueue(() => {
      blockEventLoop(0.3)
      doneCount++
      if (turn === lastTurn) tasksPerTurn[tasksPerTurn.length - 1] = (tasksPerTurn.at(-1) as number) + 1
      else tasksPerTurn.push(1)
      lastTurn = turn
    })
  await waitUntil(() => doneCount === taskCount, 'all tasks')
  isCounting = false
  return tasksPerTurn
}

test('the throttled queue runs one task per turn while a client writes, and several when none does', async () => {
  const node = await getEmptyNode()
  const ann = await registerPerson(node.url, 'Ann')
  const name = await createDraft(ann)
  const [writer, reader] = [await openDocument(node.url, name, ann.token), await openDocument(node.url, name, ann.token)]
  closeFunctions.push(writer.close, reader.close)
  writer.text.insert(0, 'a word')
  await waitUntil(() => reader.text.toString() === 'a word', 'the text to arrive')
  expect(await countTasksPerTurn(5)).toEqual([1, 1, 1, 1, 1])
  await waitUntil(() => isSaved(writer), 'the text to be saved')
  // the system may preempt this process in some turns, but not in all of them
  await waitUntil(async () => Math.max(...(await countTasksPerTurn(8))) > 1, 'several tasks in one turn')
})

test('a task that queues itself again waits for the pause of the queue before it runs', async () => {
  const enqueue = createThrottledQueue(20)
  const startTimes: number[] = []
  const runAndRequeue = () => {
    markWriteActivity()
    blockEventLoop(0.3)
    if (startTimes.push(performance.now()) < 10) enqueue(runAndRequeue)
  }
  markWriteActivity()
  enqueue(runAndRequeue)
  await waitUntil(() => startTimes.length === 10, 'ten runs')
  // a timer may be a millisecond early
  const pausesMs = startTimes.slice(1).map((time, n) => time - (startTimes[n] as number))
  expect(Math.min(...pausesMs)).toBeGreaterThan(18)
})

test('work pauses for as long as it took while a client writes, and does not pause otherwise', async () => {
  const measurePauseMs = async (workedMs: number) => {
    const startedAt = performance.now()
    await yieldFor(workedMs)
    return performance.now() - startedAt
  }
  markWriteActivity()
  // a timer may be a millisecond early
  expect(await measurePauseMs(50)).toBeGreaterThan(48)
  await waitUntil(async () => (await measurePauseMs(50)) < 40, 'no pause while no client writes')
})

test('processing in chunks handles each item once, in order, and yields to other work', async () => {
  const processed: number[] = []
  let processedBeforeYield: number | undefined
  setImmediate(() => (processedBeforeYield = processed.length))
  const items = Array.from({ length: 105 }, (_, n) => n)
  processInChunks(items, (n) => processed.push(n))
  await waitUntil(() => processed.length >= items.length, 'all items')
  expect(processed).toEqual(items)
  expect(processedBeforeYield).toBeLessThan(items.length)
})
