/** Acknowledgements: what a provider counts as saved is committed, also after a reconnect. */
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

const readRows = (name: string) => node.journal.rowsAfter(name.split(':')[1] as string, 0)
async function openSyncingSocket(name: string, source: Y.Doc): Promise<RawSocket> {
  const rawSocket = await openAuthenticatedSocket(node.url, name, ann.token)
  onTestFinished(() => rawSocket.socket.terminate())
  rawSocket.send(encodeStepOneFrame(name, source))
  await waitUntil(() => rawSocket.frames.filter(({ type }) => type === 0).length === 2, 'both sync steps')
  return rawSocket
}

/** Waits for the response to a frame that is sent after all others. */
async function waitForResponse(rawSocket: RawSocket): Promise<void> {
  const absent = `legal:${crypto.randomUUID()}`
  rawSocket.send(encodeAuthFrame(absent, ann.token))
  await waitUntil(() => rawSocket.frames.some(({ address }) => address === absent), 'a response')
}

test('edits from before the client’s sync step 1 are acknowledged once, with its sync step 2; later edits are acknowledged each', async () => {
  const name = await createDraft(ann)
  const source = new Y.Doc()
  const offline = [createTextUpdate('first ', source), createTextUpdate('second ', source)]
  const rawSocket = await openSyncingSocket(name, source)
  // from its sync step 1 on a provider counts one unsynced change for any number of edits: with several acknowledgements, the first
  // one would make it report that all are saved
  for (const update of offline) rawSocket.send(encodeUpdateFrame(name, update))
  await waitUntil(async () => (await readRows(name)).length === 2, 'both edits to be committed')
  await waitForResponse(rawSocket)
  expect(rawSocket.statuses).toEqual([])
  rawSocket.send(encodeUpdateFrame(name, createTextUpdate('third ', source)))
  await waitUntil(() => rawSocket.statuses.length === 1, 'the acknowledgement of the later edit')
  rawSocket.send(encodeFrame(name, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => rawSocket.statuses.length === 2, 'the acknowledgement of the earlier edits')
  rawSocket.send(encodeUpdateFrame(name, createTextUpdate('fourth ', source)))
  await waitUntil(() => rawSocket.statuses.length === 3, 'the next acknowledgement')
  await waitForResponse(rawSocket)
  expect(rawSocket.statuses).toEqual([1, 1, 1])
})

test('a client that starts a new sync gets no acknowledgement of earlier edits', async () => {
  const name = await createDraft(ann)
  const source = new Y.Doc()
  const rawSocket = await openSyncingSocket(name, source)
  rawSocket.send(encodeFrame(name, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => rawSocket.statuses.length === 1, 'the end of the first sync')
  // in one write, so that the sync step arrives before the edit is committed
  const { _socket: stream } = rawSocket.socket as unknown as { _socket: Duplex }
  stream.cork()
  rawSocket.send(encodeUpdateFrame(name, createTextUpdate('first ', source)))
  rawSocket.send(encodeStepOneFrame(name, source))
  stream.uncork()
  await waitUntil(async () => (await readRows(name)).length === 1, 'the edit to be committed')
  await waitForResponse(rawSocket)
  expect(rawSocket.statuses).toEqual([1])
  rawSocket.send(encodeFrame(name, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => rawSocket.statuses.length === 2, 'the acknowledgement of all edits')
})
