import { Document } from '@hocuspocus/server'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readMessage } from '../../collab/socket/protocol-codec.ts'
import { LiveDocument } from '../../collab/document/live-document.ts'
import { AwarenessUsage } from '../../collab/document/awareness.ts'
import { createLog } from '../../domain/kernel/log.ts'
import { createMetrics } from '../../domain/kernel/metrics.ts'
import type { Node } from '../../main.ts'
import { createDraft, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { encodeAuthFrame, openRawSocket, encodeStepOneFrame, createTextUpdate } from '../support/frames.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

test('a client without data receives the newest rows, then the snapshot, each once', async () => {
  const name = await createDraft(ann)
  const id = name.split(':')[1] as string
  const author = await openDocument(node.url, name, ann.token)
  author.text.insert(0, 'kept in a snapshot')
  await waitUntil(() => isSaved(author), 'the text to be saved')
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(author.document))
  author.close()
  const snapshot = sql`select seq from document_snapshot where document = ${id}`
  await waitUntil(async () => (await snapshot.execute(node.database.sql)).rows.length === 1, 'the snapshot')
  await node.journal.append(id, null, createTextUpdate('a row, and what is ', copy))

  const rawSocket = await openRawSocket(node.url)
  rawSocket.send(encodeAuthFrame(name, ann.token))
  rawSocket.send(encodeStepOneFrame(name))
  const readSyncFrames = () =>
    rawSocket.raw.filter((_, index) => rawSocket.frames[index]?.type === 0).map((frame) => readMessage(frame, name.length + 1))
  const listKinds = () => readSyncFrames().map(({ kind }) => kind)
  await waitUntil(() => listKinds().includes(0), 'the sync request of the server')
  expect(listKinds()).toEqual([2, 1, 0])
  const document = new Y.Doc()
  for (const { kind, payload } of readSyncFrames()) if (kind) Y.applyUpdate(document, payload as Uint8Array)
  expect(document.getText('text').toString()).toBe('a row, and what is kept in a snapshot')
  rawSocket.socket.terminate()
})

test('a range received while the document loads is applied, and the document counts as modified', () => {
  const source = new Y.Doc()
  const state = createTextUpdate('kept', source)
  const laterUpdate = createTextUpdate('and told, ', source)
  const loadDocument = (isReceivedWhileLoading: boolean) => {
    const document = new Document('legal:01900000-0000-7000-8000-000000000000')
    const context = { journal: node.journal, metrics: createMetrics(), log: createLog('silent'), usage: new AwarenessUsage() }
    const liveDocument = new LiveDocument('01900000-0000-7000-8000-000000000000', document, context, {
      onCommitted: () => {},
      onAwareness: () => {},
      onRefused: () => {},
      onApplyError: () => {},
    })
    if (isReceivedWhileLoading) liveDocument.receiveRange({ from: 1, to: 2, updates: [laterUpdate] })
    liveDocument.load({ snapshot: { seq: 1, state, bounded: true }, tail: [] })
    const result = { text: document.getText('text').toString(), head: liveDocument.head, untouched: liveDocument.isUnmodified }
    liveDocument.close()
    document.destroy()
    return result
  }
  expect(loadDocument(false)).toEqual({ text: 'kept', head: 1, untouched: true })
  expect(loadDocument(true)).toEqual({ text: 'and told, kept', head: 2, untouched: false })
})
