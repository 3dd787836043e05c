import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DocumentRoom, type Recipient } from '../../collab/document/broadcaster.ts'

// the test moves the clock that measures batch windows, so that a busy machine does not affect it
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A recipient that records every write and its messages. */
function reader() {
  const writes: number[][] = []
  const heard: Recipient = {
    prefix: '',
    encodedPrefix: new Uint8Array(),
    unreadBytes: 0,
    sendFrames(frames) {
      // each frame here has a header of two bytes and a message of one byte
      writes.push(Array.from({ length: frames.length / 3 }, (_, place) => frames[place * 3 + 2] as number))
    },
  }
  return { heard, writes }
}

function crowd(readers: number) {
  const room = new DocumentRoom()
  const people = Array.from({ length: readers }, reader)
  for (const { heard } of people) room.recipients.add(heard)
  return { room, people, first: people[0] as ReturnType<typeof reader> }
}

const turn = () => new Promise(setImmediate)

test('the first update is broadcast to 100 recipients in the turn in which it arrives', async () => {
  const { room, people } = crowd(100)
  room.broadcastUpdate(Uint8Array.of(1), undefined)
  await turn()
  for (const { writes } of people) expect(writes).toEqual([[1]])
})

test('frequent updates share socket writes, stay in order, and are not sent back to their author', async () => {
  const { room, people, first } = crowd(20)
  const [author] = people
  for (let change = 0; change < 100; change++) {
    room.broadcastUpdate(Uint8Array.of(change), change % 10 === 0 ? author?.heard : undefined)
    await turn()
    vi.advanceTimersByTime(4)
  }
  vi.advanceTimersByTime(100)
  await turn()
  for (const { writes } of people.slice(1)) expect(writes.flat()).toEqual(Array.from({ length: 100 }, (_, change) => change))
  expect(first.writes.flat()).toEqual(Array.from({ length: 100 }, (_, change) => change).filter((change) => change % 10 !== 0))
  expect(people[1]?.writes.length).toBeLessThan(50)
})

test('most updates that arrive 28 ms apart are broadcast without a batch window', async () => {
  const { room, first } = crowd(20)
  let atOnce = 0
  const changes = 60
  for (let change = 0; change < changes; change++) {
    room.broadcastUpdate(Uint8Array.of(change), undefined)
    await turn()
    if (first.writes.flat().includes(change)) atOnce++
    vi.advanceTimersByTime(28)
  }
  vi.advanceTimersByTime(100)
  await turn()
  expect(first.writes.flat()).toHaveLength(changes)
  expect(atOnce).toBeGreaterThan(changes / 2)
})

test('updates in a room with two recipients are not batched', async () => {
  const { room, first } = crowd(2)
  for (let change = 0; change < 5; change++) {
    room.broadcastUpdate(Uint8Array.of(change), undefined)
    await turn()
  }
  expect(first.writes).toEqual([[0], [1], [2], [3], [4]])
})
