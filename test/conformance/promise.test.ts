/** When an acknowledgement may pass: what a provider takes for saved is committed, after a return too. */
import type { Duplex } from 'node:stream'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import {
  openAuthenticatedSocket,
  encodeAuthFrame,
  type RawSocket,
  encodeFrame,
  encodeStepOneFrame,
  encodeUpdateFrame,
  createTextUpdate,
} from '../support/frames.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

const rowsOf = (name: string) => node.journal.rowsAfter(name.split(':')[1] as string, 0)
async function asking(name: string, source: Y.Doc): Promise<RawSocket> {
  const bare = await openAuthenticatedSocket(node.url, name, ann.token)
  onTestFinished(() => bare.socket.terminate())
  bare.send(encodeStepOneFrame(name, source))
  await waitUntil(() => bare.frames.filter(({ type }) => type === 0).length === 2, 'the question and the answer')
  return bare
}

/** Resolves when the server has answered something that was sent after all the rest. */
async function answered(bare: RawSocket): Promise<void> {
  const absent = `legal:${crypto.randomUUID()}`
  bare.send(encodeAuthFrame(absent, ann.token))
  await waitUntil(() => bare.frames.some(({ address }) => address === absent), 'an answer')
}

test('edits of before the question are acknowledged with the answer to ours, once; edits of after it each', async () => {
  const name = await createDraft(ann)
  const source = new Y.Doc()
  const offline = [createTextUpdate('first ', source), createTextUpdate('second ', source)]
  const bare = await asking(name, source)
  // a provider counts one thing unsynced from its question on, however many edits it still has to send: the first of several
  // acknowledgements would make it tell that all are saved
  for (const update of offline) bare.send(encodeUpdateFrame(name, update))
  await waitUntil(async () => (await rowsOf(name)).length === 2, 'both to be committed')
  await answered(bare)
  expect(bare.statuses).toEqual([])
  bare.send(encodeUpdateFrame(name, createTextUpdate('third ', source)))
  await waitUntil(() => bare.statuses.length === 1, 'the acknowledgement of what came after')
  bare.send(encodeFrame(name, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => bare.statuses.length === 2, 'the acknowledgement of what came before')
  bare.send(encodeUpdateFrame(name, createTextUpdate('fourth ', source)))
  await waitUntil(() => bare.statuses.length === 3, 'the next acknowledgement')
  await answered(bare)
  expect(bare.statuses).toEqual([1, 1, 1])
})

test('a client that asks anew, and so counts anew, hears no more of what it sent before', async () => {
  const name = await createDraft(ann)
  const source = new Y.Doc()
  const bare = await asking(name, source)
  bare.send(encodeFrame(name, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => bare.statuses.length === 1, 'the end of the first sync')
  // in one write, so that the question is there before the edit is committed
  const { _socket: stream } = bare.socket as unknown as { _socket: Duplex }
  stream.cork()
  bare.send(encodeUpdateFrame(name, createTextUpdate('first ', source)))
  bare.send(encodeStepOneFrame(name, source))
  stream.uncork()
  await waitUntil(async () => (await rowsOf(name)).length === 1, 'the edit to be committed')
  await answered(bare)
  expect(bare.statuses).toEqual([1])
  bare.send(encodeFrame(name, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => bare.statuses.length === 2, 'the acknowledgement of all')
})
