/** Low-priority work is throttled while a client writes on the node, and runs faster when no client writes. */
import { afterEach, expect, test } from 'vitest'
import { processInChunks, markWriteActivity, yieldFor, createThrottledQueue } from '../../domain/kernel/scheduling.ts'
import { createDraft, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** Blocks the event loop for a time. */
function work(milliseconds: number) {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

/** The number of tasks that the throttled queue ran in each turn of the event loop. */
async function turnsOf(pieces: number): Promise<number[]> {
  const go = createThrottledQueue()
  const turns: number[] = []
  let last = Number.NaN
  let done = 0
  // increases once per turn of the event loop
  let turn = 0
  let counting = true
  const count = () => {
    turn++
    if (counting) setImmediate(count)
  }
  count()
  for (let n = 0; n < pieces; n++)
    go(() => {
      work(0.3)
      done++
      if (turn === last) turns[turns.length - 1] = (turns.at(-1) as number) + 1
      else turns.push(1)
      last = turn
    })
  await waitUntil(() => done === pieces, 'all pieces')
  counting = false
  return turns
}

test('the throttled queue runs one task per turn while a client writes, and several when none does', async () => {
  const node = await getEmptyNode()
  const ann = await registerPerson(node.url, 'Ann')
  const name = await createDraft(ann)
  const [one, other] = [await openDocument(node.url, name, ann.token), await openDocument(node.url, name, ann.token)]
  closing.push(one.close, other.close)
  one.text.insert(0, 'a word')
  await waitUntil(() => other.text.toString() === 'a word', 'the word to arrive')
  expect(await turnsOf(5)).toEqual([1, 1, 1, 1, 1])
  await waitUntil(() => isSaved(one), 'the word to be saved')
  // the system may preempt this process in some turns, but not in all of them
  await waitUntil(async () => Math.max(...(await turnsOf(8))) > 1, 'several pieces in one turn')
})

test('a task that queues itself again waits for the pause of the queue before it runs', async () => {
  const go = createThrottledQueue(20)
  const at: number[] = []
  const again = () => {
    markWriteActivity()
    work(0.3)
    if (at.push(performance.now()) < 10) go(again)
  }
  markWriteActivity()
  go(again)
  await waitUntil(() => at.length === 10, 'ten turns')
  // a timer may be a millisecond early
  const rests = at.slice(1).map((time, n) => time - (at[n] as number))
  expect(Math.min(...rests)).toBeGreaterThan(18)
})

test('work pauses for as long as it took while a client writes, and does not pause otherwise', async () => {
  const rested = async (worked: number) => {
    const began = performance.now()
    await yieldFor(worked)
    return performance.now() - began
  }
  markWriteActivity()
  // a timer may be a millisecond early
  expect(await rested(50)).toBeGreaterThan(48)
  await waitUntil(async () => (await rested(50)) < 40, 'no rest where nobody writes')
})

test('processing in chunks handles each item once, in order, and yields to other work', async () => {
  const reached: number[] = []
  let meanwhile: number | undefined
  setImmediate(() => (meanwhile = reached.length))
  const many = Array.from({ length: 105 }, (_, n) => n)
  processInChunks(many, (n) => reached.push(n))
  await waitUntil(() => reached.length >= many.length, 'all')
  expect(reached).toEqual(many)
  expect(meanwhile).toBeLessThan(many.length)
})
