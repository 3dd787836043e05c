import { expect, test } from 'vitest'
import { DomainError } from '../../domain/kernel/errors.ts'
import { FairQueue } from '../../domain/kernel/worker/fair-queue.ts'

/** Creates tasks that end when `finish` is called. */
function createTasks(queue: FairQueue, maxWaiting?: number) {
  const started: string[] = []
  const finishers = new Map<string, () => void>()
  const enqueue = (person: string, name: string) =>
    queue.run(
      person,
      () => {
        started.push(name)
        return new Promise<string>((done) => finishers.set(name, () => done(name)))
      },
      maxWaiting,
    )
  return { started, enqueue, finish: (name: string) => finishers.get(name)?.() }
}

test('people take turns, and the tasks of one person run in order', async () => {
  const { started, enqueue, finish } = createTasks(new FairQueue())
  const tasks = ['a1', 'a2', 'a3', 'a4'].map((name) => enqueue('Ann', name))
  tasks.push(enqueue('Ben', 'b1'), enqueue('Cas', 'c1'), enqueue('Ben', 'b2'))
  const order = ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']
  for (const [index, name] of order.entries()) {
    await expect.poll(() => started).toEqual(order.slice(0, index + 1))
    finish(name)
  }
  await Promise.all(tasks)
})

test('a person over the limit is asked to retry later; other people are not affected, and finished or failed tasks do not count', async () => {
  const queue = new FairQueue()
  const { enqueue, finish } = createTasks(queue, 2)
  const [first, second] = [enqueue('Ann', 'a1'), enqueue('Ann', 'a2')]
  const refused = await enqueue('Ann', 'a3').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(DomainError)
  expect(refused).toMatchObject({ code: 'rate-limited', retryAfter: 5 })
  const other = enqueue('Ben', 'b1')
  finish('a1')
  await first
  const next = enqueue('Ann', 'a4')
  const finished: string[] = []
  for (const task of [second, other, next]) void task.then((name) => finished.push(name))
  for (const name of ['a2', 'b1', 'a4']) {
    await expect
      .poll(() => {
        finish(name)
        return finished
      })
      .toContain(name)
  }
  const failing = () => queue.run('Ann', () => Promise.reject(new Error('broken')), 1)
  await expect(failing()).rejects.toThrow('broken')
  await expect(failing()).rejects.toThrow('broken')
})
