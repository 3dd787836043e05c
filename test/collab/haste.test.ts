/** What is done without haste, while somebody writes on the node and while nobody does. */
import { afterEach, expect, test } from 'vitest'
import { processInChunks, markWriteActivity, yieldFor, createThrottledQueue } from '../../domain/kernel/scheduling.ts'
import { createDraft, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** Works for so long, milliseconds. */
function work(milliseconds: number) {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

/** How many pieces of work were done in a row, turn by turn. */
async function turnsOf(pieces: number): Promise<number[]> {
  const go = createThrottledQueue()
  const turns: number[] = []
  let last = Number.NaN
  let done = 0
  // the same number within one turn of the event loop
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

test('beside somebody who writes, one piece of work at a time; several where nobody does', async () => {
  const node = await getEmptyNode()
  const ann = await registerPerson(node.url, 'Ann')
  const name = await createDraft(ann)
  const [one, other] = [await openDocument(node.url, name, ann.token), await openDocument(node.url, name, ann.token)]
  closing.push(one.close, other.close)
  one.text.insert(0, 'a word')
  await waitUntil(() => other.text.toString() === 'a word', 'the word to arrive')
  expect(await turnsOf(5)).toEqual([1, 1, 1, 1, 1])
  await waitUntil(() => isSaved(one), 'the word to be saved')
  // the machine may take the core away in the midst of a turn, not of each
  await waitUntil(async () => Math.max(...(await turnsOf(8))) > 1, 'several pieces in one turn')
})

test('what asks again in its own turn rests before it, as what others ask does', async () => {
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

test('work rests as long as it took beside somebody who writes, and not where nobody does', async () => {
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

test('each of many is reached once, and others have their turn meanwhile', async () => {
  const reached: number[] = []
  let meanwhile: number | undefined
  setImmediate(() => (meanwhile = reached.length))
  const many = Array.from({ length: 105 }, (_, n) => n)
  processInChunks(many, (n) => reached.push(n))
  await waitUntil(() => reached.length >= many.length, 'all')
  expect(reached).toEqual(many)
  expect(meanwhile).toBeLessThan(many.length)
})
