import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DocumentRoom, type Recipient } from '../../collab/document/broadcaster.ts'

// the test moves the clock that measures batch windows, so that a busy machine does not affect it
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A recipient that records every write and its messages. */
function createRecorder() {
  const writes: number[][] = []
  const recipient: Recipient = {
    prefix: '',
    encodedPrefix: new Uint8Array(),
    unreadBytes: 0,
    sendFrames(frames) {
      // each frame here has a header of two bytes and a message of one byte
      writes.push(Array.from({ length: frames.length / 3 }, (_, index) => frames[index * 3 + 2] as number))
    },
  }
  return { recipient, writes }
}

function openRoom(recipientCount: number) {
  const room = new DocumentRoom()
  const recorders = Array.from({ length: recipientCount }, createRecorder)
  for (const { recipient } of recorders) room.recipients.add(recipient)
  return { room, recorders, firstRecorder: recorders[0] as ReturnType<typeof createRecorder> }
}

const endTurn = () => new Promise(setImmediate)

test('the first update is broadcast to 100 recipients in the turn in which it arrives', async () => {
  const { room, recorders } = openRoom(100)
  room.broadcastUpdate(Uint8Array.of(1), undefined)
  await endTurn()
  for (const { writes } of recorders) expect(writes).toEqual([[1]])
})

test('frequent updates share socket writes, stay in order, and are not sent back to their author', async () => {
  const { room, recorders, firstRecorder } = openRoom(20)
  const [authorRecorder] = recorders
  for (let change = 0; change < 100; change++) {
    room.broadcastUpdate(Uint8Array.of(change), change % 10 === 0 ? authorRecorder?.recipient : undefined)
    await endTurn()
    vi.advanceTimersByTime(4)
  }
  vi.advanceTimersByTime(100)
  await endTurn()
  for (const { writes } of recorders.slice(1)) expect(writes.flat()).toEqual(Array.from({ length: 100 }, (_, change) => change))
  expect(firstRecorder.writes.flat()).toEqual(Array.from({ length: 100 }, (_, change) => change).filter((change) => change % 10 !== 0))
  expect(recorders[1]?.writes.length).toBeLessThan(50)
})

test('most updates that arrive 28 ms apart are broadcast without a batch window', async () => {
  const { room, firstRecorder } = openRoom(20)
  let broadcastInTurn = 0
  const changes = 60
  for (let change = 0; change < changes; change++) {
    room.broadcastUpdate(Uint8Array.of(change), undefined)
    await endTurn()
    if (firstRecorder.writes.flat().includes(change)) broadcastInTurn++
    vi.advanceTimersByTime(28)
  }
  vi.advanceTimersByTime(100)
  await endTurn()
  expect(firstRecorder.writes.flat()).toHaveLength(changes)
  expect(broadcastInTurn).toBeGreaterThan(changes / 2)
})

test('updates in a room with two recipients are not batched', async () => {
  const { room, firstRecorder } = openRoom(2)
  for (let change = 0; change < 5; change++) {
    room.broadcastUpdate(Uint8Array.of(change), undefined)
    await endTurn()
  }
  expect(firstRecorder.writes).toEqual([[0], [1], [2], [3], [4]])
})
