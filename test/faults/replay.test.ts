import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { encodeAuthFrame, type RawSocket, openRawSocket, encodeFrame, encodeStepOneFrame, encodeUpdateFrame } from '../support/frames.ts'
import { getEmptyNode } from '../support/node.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let mal: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  mal = await registerPerson(node.url, 'Mal')
})

const editCount = 60
const readRows = (name: string) => node.journal.rowsAfter(name.split(':')[1] as string, 0)

/** Plays a session in which Ann inserts and deletes text. Returns every frame that she sent, in order. */
async function recordSession(name: string, random: () => number): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = [
    encodeAuthFrame(name, ann.token),
    encodeStepOneFrame(name),
    encodeFrame(name, 0, 1, Y.encodeStateAsUpdate(new Y.Doc())),
  ]
  const document = new Y.Doc()
  const text = document.getText('text')
  document.on('update', (update: Uint8Array) => frames.push(encodeUpdateFrame(name, update)))
  for (let n = 0; n < editCount; n++) {
    if (text.length > 20 && random() < 0.3) text.delete(Math.floor(random() * 10), 5)
    else text.insert(Math.floor(random() * (text.length + 1)), `word${n} `)
  }
  const rawSocket = await sendFrames(frames)
  await waitUntil(() => rawSocket.statuses.length === frames.length - 2, 'the session to be acknowledged')
  rawSocket.socket.terminate()
  return frames
}

async function sendFrames(frames: Uint8Array[]): Promise<RawSocket> {
  const rawSocket = await openRawSocket(node.url)
  for (const frame of frames) rawSocket.send(frame)
  return rawSocket
}

test('replayed frames of an earlier session change nothing, even from another sender', async () => {
  const seed = readSeed('replay')
  const random = createRandom(seed)
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${mal.id}`, { role: 'editor' })
  const oldFrames = await recordSession(name, random)
  const author = await openDocument(node.url, name, ann.token)
  author.text.delete(0, Math.floor(author.text.length / 2))
  author.text.insert(0, 'since then ')
  await waitUntil(() => isSaved(author), 'the later edits to be saved')
  const text = author.text.toString()
  const rows = await readRows(name)

  const shuffled = oldFrames.slice(3).sort(() => random() - 0.5)
  const replays: [string, Uint8Array[]][] = [
    ['as they were', oldFrames],
    ['twice', [...oldFrames, ...oldFrames]],
    ['in another order', [...oldFrames.slice(0, 3), ...shuffled]],
    ['from the middle', [oldFrames[0] as Uint8Array, ...oldFrames.slice(editCount / 2)]],
    ["under another's name", [encodeAuthFrame(name, mal.token), ...oldFrames.slice(1)]],
  ]
  for (const [title, frames] of replays) {
    const rawSocket = await sendFrames(frames)
    // a step-one frame restarts the count of unacknowledged changes, so earlier frames can stay unanswered
    const countedFrames = frames.slice(frames.lastIndexOf(oldFrames[1] as Uint8Array) + 1)
    const updates = countedFrames.filter((frame) => oldFrames.indexOf(frame) > 1).length
    await waitUntil(() => rawSocket.statuses.length >= updates, `the replies to all frames sent again ${title}`)
    expect(new Set(rawSocket.statuses), title).toEqual(new Set([1]))
    expect(rawSocket.closed, title).toBeUndefined()
    rawSocket.socket.terminate()
  }

  // after sign-out the token in the old frames is refused
  const { body } = await ann.request('POST', '/api/auth/login', { email: ann.email, password: ann.password })
  await ann.request('POST', '/api/auth/logout')
  const rejectedSocket = await sendFrames(oldFrames)
  await waitUntil(() => rejectedSocket.frames.some(({ type }) => type === 2), 'the old token to be refused')
  expect(rejectedSocket.statuses).toEqual([])
  rejectedSocket.socket.terminate()

  author.close()
  const reader = await openDocument(node.url, name, body.accessToken)
  expect(reader.text.toString()).toBe(text)
  expect((await readRows(name)).map(({ seq, actor }) => [seq, actor])).toEqual(rows.map(({ seq, actor }) => [seq, actor]))
  console.log(
    `replay: ${oldFrames.length} old frames sent again in ${replays.length + 1} ways: text and ${rows.length} rows unchanged (SEED=${seed})`,
  )
  reader.close()
})
