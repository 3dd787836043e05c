import { expect, test } from 'vitest'
import { DomainError } from '../../domain/kernel/errors.ts'
import { FairQueue } from '../../domain/kernel/worker/fair-queue.ts'

/** Work that ends when it is told to. */
function works(queue: FairQueue, maxWaiting?: number) {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const ask = (person: string, name: string) =>
    queue.run(
      person,
      () => {
        started.push(name)
        return new Promise<string>((done) => ends.set(name, () => done(name)))
      },
      maxWaiting,
    )
  return { started, ask, end: (name: string) => ends.get(name)?.() }
}

test('people take turns, and the work of one person is done in its order', async () => {
  const { started, ask, end } = works(new FairQueue())
  const all = ['a1', 'a2', 'a3', 'a4'].map((name) => ask('Ann', name))
  all.push(ask('Ben', 'b1'), ask('Cas', 'c1'), ask('Ben', 'b2'))
  const order = ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']
  for (const [place, name] of order.entries()) {
    await expect.poll(() => started).toEqual(order.slice(0, place + 1))
    end(name)
  }
  await Promise.all(all)
})

test('past the limit of one person they are told to come again, others are not, and what ended or failed counts no longer', async () => {
  const queue = new FairQueue()
  const { ask, end } = works(queue, 2)
  const [first, second] = [ask('Ann', 'a1'), ask('Ann', 'a2')]
  const refused = await ask('Ann', 'a3').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(DomainError)
  expect(refused).toMatchObject({ code: 'rate-limited', retryAfter: 5 })
  const other = ask('Ben', 'b1')
  end('a1')
  await first
  const again = ask('Ann', 'a4')
  const ended: string[] = []
  for (const one of [second, other, again]) void one.then((name) => ended.push(name))
  for (const name of ['a2', 'b1', 'a4']) {
    await expect
      .poll(() => {
        end(name)
        return ended
      })
      .toContain(name)
  }
  const failing = () => queue.run('Ann', () => Promise.reject(new Error('broken')), 1)
  await expect(failing()).rejects.toThrow('broken')
  await expect(failing()).rejects.toThrow('broken')
})
