import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Reader, Room } from '../../collab/room.ts'
import { until } from '../support/until.ts'

/** A reader who notes every write, and which messages it brought. */
function reader() {
  const writes: number[][] = []
  const heard: Reader = {
    prefix: '',
    prefixBytes: new Uint8Array(),
    behind: false,
    hear(frames) {
      // each frame here is a head of two bytes and a message of one
      writes.push(Array.from({ length: frames.length / 3 }, (_, place) => frames[place * 3 + 2] as number))
    },
  }
  return { heard, writes }
}

function crowd(readers: number) {
  const room = new Room()
  const people = Array.from({ length: readers }, reader)
  for (const { heard } of people) room.readers.add(heard)
  return { room, people, first: people[0] as ReturnType<typeof reader> }
}

const turn = () => new Promise(setImmediate)

test('the first change is told with the turn in which it comes, however many read', async () => {
  const { room, people } = crowd(100)
  room.tell(Uint8Array.of(1), undefined)
  await turn()
  for (const { writes } of people) expect(writes).toEqual([[1]])
})

test('a crowd that writes without a pause shares writes, in order, and nobody hears what they wrote', async () => {
  const { room, people, first } = crowd(20)
  const [author] = people
  for (let change = 0; change < 100; change++) {
    room.tell(Uint8Array.of(change), change % 10 === 0 ? author?.heard : undefined)
    await wait(4)
  }
  await until(() => people[1]?.writes.flat().length === 100, 'all changes')
  for (const { writes } of people.slice(1)) expect(writes.flat()).toEqual(Array.from({ length: 100 }, (_, change) => change))
  expect(first.writes.flat()).toEqual(Array.from({ length: 100 }, (_, change) => change).filter((change) => change % 10 !== 0))
  expect(people[1]?.writes.length).toBeLessThan(50)
})

test('where only one other is waited for, most changes do not wait', async () => {
  const { room, first } = crowd(20)
  let atOnce = 0
  const changes = 60
  for (let change = 0; change < changes; change++) {
    room.tell(Uint8Array.of(change), undefined)
    await turn()
    if (first.writes.flat().includes(change)) atOnce++
    await wait(28)
  }
  await until(() => first.writes.flat().length === changes, 'all changes')
  expect(atOnce).toBeGreaterThan(changes / 2)
})

test('a pair waits for nothing', async () => {
  const { room, first } = crowd(2)
  for (let change = 0; change < 5; change++) {
    room.tell(Uint8Array.of(change), undefined)
    await turn()
  }
  expect(first.writes).toEqual([[0], [1], [2], [3], [4]])
})
