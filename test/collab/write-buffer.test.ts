/** The write buffer that document sockets and event sockets share. */
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { atEndOfTurn, WriteBuffer } from '../../realtime/write-buffer.ts'

/** A buffer over a stream whose client reads only when the test allows it. */
function openBuffer(maxUnreadBytes = 1000) {
  const writes: Buffer[] = []
  const pendingCallbacks: (() => void)[] = []
  let isReading = true
  const receiveWrite = (chunk: Buffer, done: () => void) => {
    writes.push(chunk)
    if (isReading) done()
    else pendingCallbacks.push(done)
  }
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => receiveWrite(chunk, done),
    writev: (chunks, done) => receiveWrite(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done),
  })
  const owner = {
    isOpen: true,
    maxUnreadBytes,
    slow: 0,
    onSlowReader() {
      this.isOpen = false
      this.slow++
    },
  }
  return {
    buffer: new WriteBuffer(stream, owner),
    owner,
    writes,
    stopReading: () => (isReading = false),
    read: () => {
      isReading = true
      for (const done of pendingCallbacks.splice(0)) done()
    },
  }
}

const waitForEndOfTurn = () => new Promise(setImmediate)

test('frames of one turn, small or large, are sent in one write in order', async () => {
  const { buffer, writes } = openBuffer()
  for (const frame of ['a', 'b', 'c']) buffer.put(Buffer.from(frame))
  expect(writes).toEqual([])
  await waitForEndOfTurn()
  expect(writes.map(String)).toEqual(['abc'])
  for (const frame of ['x', 'y'.repeat(20_000), 'z']) buffer.put(Buffer.from(frame))
  await waitForEndOfTurn()
  expect(writes.map(String)).toEqual(['abc', `x${'y'.repeat(20_000)}z`])
})

test('a frame added at the end of a turn is sent in the write of that turn', async () => {
  const { buffer, writes } = openBuffer()
  buffer.put(Buffer.from('a'))
  atEndOfTurn(() => buffer.put(Buffer.from('b')))
  await waitForEndOfTurn()
  expect(writes.map(String)).toEqual(['ab'])
})

test('only a client with too many unread bytes is disconnected', async () => {
  const [slowClient, otherClient] = [openBuffer(), openBuffer()]
  let callbackCount = 0
  slowClient.stopReading()
  for (const { buffer } of [slowClient, otherClient]) buffer.put(Buffer.alloc(1001), () => callbackCount++)
  await waitForEndOfTurn()
  expect([slowClient.owner.slow, callbackCount]).toEqual([0, 1])
  for (const { buffer } of [slowClient, otherClient]) buffer.put(Buffer.from('next'), () => callbackCount++)
  await waitForEndOfTurn()
  expect([slowClient.owner.slow, otherClient.owner.slow]).toEqual([1, 0])
  expect(slowClient.writes).toHaveLength(1)
  expect(otherClient.writes.map(({ length }) => length)).toEqual([1001, 4])
  // the callback of the dropped frame is called too
  expect(callbackCount).toBe(3)
})

test('whenRead resolves after the client reads; a client that reads nothing in time is disconnected', async () => {
  const { buffer, owner, stopReading, read } = openBuffer()
  stopReading()
  buffer.put(Buffer.alloc(500))
  await waitForEndOfTurn()
  const reading = buffer.whenRead(600_000)
  read()
  await reading
  expect(owner.slow).toBe(0)
  stopReading()
  buffer.put(Buffer.alloc(500))
  await waitForEndOfTurn()
  await buffer.whenRead(1)
  expect(owner.slow).toBe(1)
})

test('a thousand buffers are flushed over several turns, 250 in the first', async () => {
  const buffers = Array.from({ length: 1000 }, () => openBuffer())
  for (const { buffer } of buffers) buffer.put(Buffer.from('a'))
  await waitForEndOfTurn()
  const countFlushed = () => buffers.filter(({ writes }) => writes.length > 0).length
  expect(countFlushed()).toBe(250)
  for (let turn = 0; turn < 5; turn++) await waitForEndOfTurn()
  expect(countFlushed()).toBe(1000)
})
