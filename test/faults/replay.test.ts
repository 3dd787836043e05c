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

const edits = 60
const rowsOf = (name: string) => node.journal.rowsAfter(name.split(':')[1] as string, 0)

/** Plays a session in which Ann inserts and deletes text. Returns every frame that she sent, in order. */
async function session(name: string, random: () => number): Promise<Uint8Array[]> {
  const sent: Uint8Array[] = [
    encodeAuthFrame(name, ann.token),
    encodeStepOneFrame(name),
    encodeFrame(name, 0, 1, Y.encodeStateAsUpdate(new Y.Doc())),
  ]
  const document = new Y.Doc()
  const text = document.getText('text')
  document.on('update', (update: Uint8Array) => sent.push(encodeUpdateFrame(name, update)))
  for (let n = 0; n < edits; n++) {
    if (text.length > 20 && random() < 0.3) text.delete(Math.floor(random() * 10), 5)
    else text.insert(Math.floor(random() * (text.length + 1)), `word${n} `)
  }
  const bare = await send(sent)
  await waitUntil(() => bare.statuses.length === sent.length - 2, 'the session to be acknowledged')
  bare.socket.terminate()
  return sent
}

async function send(frames: Uint8Array[]): Promise<RawSocket> {
  const bare = await openRawSocket(node.url)
  for (const frame of frames) bare.send(frame)
  return bare
}

test('replayed frames of an earlier session change nothing, even from another sender', async () => {
  const seed = readSeed('replay')
  const random = createRandom(seed)
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${mal.id}`, { role: 'editor' })
  const old = await session(name, random)
  const author = await openDocument(node.url, name, ann.token)
  author.text.delete(0, Math.floor(author.text.length / 2))
  author.text.insert(0, 'since then ')
  await waitUntil(() => isSaved(author), 'the words since then to be saved')
  const text = author.text.toString()
  const rows = await rowsOf(name)

  const shuffled = old.slice(3).sort(() => random() - 0.5)
  const replays: [string, Uint8Array[]][] = [
    ['as they were', old],
    ['twice', [...old, ...old]],
    ['in another order', [...old.slice(0, 3), ...shuffled]],
    ['from the middle', [old[0] as Uint8Array, ...old.slice(edits / 2)]],
    ["under another's name", [encodeAuthFrame(name, mal.token), ...old.slice(1)]],
  ]
  for (const [how, frames] of replays) {
    const bare = await send(frames)
    // a step-one frame restarts the count of unacknowledged changes, so earlier frames can stay unanswered
    const counted = frames.slice(frames.lastIndexOf(old[1] as Uint8Array) + 1)
    const updates = counted.filter((frame) => old.indexOf(frame) > 1).length
    await waitUntil(() => bare.statuses.length >= updates, `every frame sent again ${how} to be answered`)
    expect(new Set(bare.statuses), how).toEqual(new Set([1]))
    expect(bare.closed, how).toBeUndefined()
    bare.socket.terminate()
  }

  // after sign-out the token in the old frames is refused
  const { body } = await ann.request('POST', '/api/auth/login', { email: ann.email, password: ann.password })
  await ann.request('POST', '/api/auth/logout')
  const late = await send(old)
  await waitUntil(() => late.frames.some(({ type }) => type === 2), 'the old token to be refused')
  expect(late.statuses).toEqual([])
  late.socket.terminate()

  author.close()
  const reader = await openDocument(node.url, name, body.accessToken)
  expect(reader.text.toString()).toBe(text)
  expect((await rowsOf(name)).map(({ seq, actor }) => [seq, actor])).toEqual(rows.map(({ seq, actor }) => [seq, actor]))
  console.log(
    `replay: ${old.length} old frames sent again in ${replays.length + 1} ways: text and ${rows.length} rows unchanged (SEED=${seed})`,
  )
  reader.close()
})
