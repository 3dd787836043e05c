/** Checks after a random rich-text session: replicas, journal, new clients, editors and history are equal, and no edit is lost. */
import { setTimeout as wait } from 'node:timers/promises'
import type { JSONContent } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { readContent } from '../../domain/documents/richtext/to-json.ts'
import { findContainers, needsRepair } from '../../domain/documents/richtext/schema-check.ts'
import { proseSchema, textName } from '../../domain/documents/richtext/schema.ts'
import { connectDocument, type OpenDocument, isSaved } from './client.ts'
import { HeadlessEditor } from './headless-editor.ts'
import type { followJournal, ClusterNode } from './cluster.ts'
import type { Participant } from './participant.ts'
import { findReplicaDifference, findNodeDifference, normalizeOrder, toShownNode } from './replicas.ts'
import type { RestPerson } from './rest-person.ts'

/** Milliseconds with all nodes running. The time while a node restarts does not count: on a busy machine it takes half a minute. */
const maxUpTimeMs = 30_000

export interface RichTextSession {
  documentName: string
  participants: Participant[]
  /** Clients that were closed during the session. Their acknowledged edits must not be lost either. */
  closed: Participant[]
  owner: RestPerson
  nodes: ClusterNode[]
  journal: ReturnType<typeof followJournal>
  onFault: (fault: string) => void
}

/** Waits until all replicas are equal, and checks them. @throws an error that describes a difference */
export async function checkAgreement(agreement: RichTextSession): Promise<void> {
  const { participants, closed, nodes, journal, onFault } = agreement
  let reason: string | undefined
  const settled = async (): Promise<boolean> => {
    const waiting = participants.find((one) => !one.isSaved)
    reason = waiting && describeUnsaved(waiting)
    if (waiting) return false
    await journal.readNewRows()
    reason = findDifference(agreement) ?? findBrokenBlock(journal.document)
    return reason === undefined
  }
  await waitWhileNodesAreUp(nodes, settled, () => `the replicas to agree: ${reason}`)
  for (const one of [...participants, ...closed])
    for (const missing of one.acknowledgedWork.findMissingIn(journal.document)) onFault(`${one.label}: lost ${missing}`)
  for (const one of participants) if (one instanceof HeadlessEditor) checkEditor(one, onFault)
  await Promise.all(nodes.map((node) => checkFreshClients(node, agreement)))
  await checkHistory(agreement)
}

/** A block that the server has still to repair. */
function findBrokenBlock(document: Y.Doc): string | undefined {
  const broken = findContainers(document.getXmlFragment(textName)).find(needsRepair)
  return broken && `the server to repair ${broken.toString()}`
}

/** Waits for a condition. @throws when all nodes were running for `maxUpTimeMs` in total and it does not hold */
async function waitWhileNodesAreUp(
  nodes: ClusterNode[],
  condition: () => boolean | Promise<boolean>,
  describe: () => string,
): Promise<void> {
  let upTimeMs = 0
  for (let before = performance.now(); !(await condition()); ) {
    await wait(20)
    const now = performance.now()
    if (nodes.every(({ isUp }) => isUp)) upTimeMs += now - before
    before = now
    if (upTimeMs > maxUpTimeMs) throw new Error(`timed out after ${maxUpTimeMs} ms waiting for ${describe()}`)
  }
}

/** Checks that the history returns the text that editors show, and for a middle row the text of the rows up to it. */
async function checkHistory({ participants, journal, owner, documentName, onFault }: RichTextSession): Promise<void> {
  const stateAt = async (row: number) => {
    const { status, body } = await owner.request('GET', `/api/documents/${documentName}/history/state?at=${row}`)
    if (status !== 200) throw new Error(`history/state answered ${status} ${JSON.stringify(body)}`)
    return body.content as JSONContent
  }
  const newest = await stateAt(journal.rows.length)
  for (const { label, editor, document } of participants.filter((one) => one instanceof HeadlessEditor)) {
    const difference = findNodeDifference(normalizeOrder(editor.schema.nodeFromJSON(newest)), normalizeOrder(editor.state.doc))
    if (difference)
      return onFault(
        `history/state and what ${label} shows differ in ${difference}; the document is\n${document.getXmlFragment(textName).toString()}`,
      )
  }
  const middle = Math.ceil(journal.rows.length / 2)
  const past = new Y.Doc()
  // in one transaction, as the server does: between transactions Yjs removes formats that later rows depend on
  past.transact(() => {
    for (const { update } of journal.rows.slice(0, middle)) Y.applyUpdate(past, update)
  })
  const [answered, replayed] = [await stateAt(middle), await readContent(past)].map((content) => proseSchema.nodeFromJSON(content))
  const difference = findNodeDifference(normalizeOrder(answered as Node), normalizeOrder(replayed as Node))
  if (difference) onFault(`history/state of row ${middle} and the journal differ in ${difference}`)
}

/** Describes why the replicas differ; undefined if all clients are saved and equal to the journal. */
function findDifference({ participants, journal }: RichTextSession): string | undefined {
  const waiting = participants.find((one) => !one.isSaved)
  if (waiting) return describeUnsaved(waiting)
  const different = participants.flatMap((one) => {
    const difference = findReplicaDifference(one.document, journal.document)
    return difference ? [{ label: one.label, difference }] : []
  })
  if (different.length === 0) return undefined
  const others = participants.map(({ label }) => label).filter((label) => different.every((one) => one.label !== label))
  return `${different.map(({ label }) => label).join(', ')} (not ${others.join(', ')}) and the journal: ${different[0]?.difference}`
}

const describeUnsaved = (one: Participant) => `${one.label} is not saved${one instanceof HeadlessEditor ? ` (${one.connectionState})` : ''}`

/** Checks that an editor shows its document, and that the schema allows it. */
function checkEditor({ editor, document, label, refusedEdits }: HeadlessEditor, onFault: (fault: string) => void) {
  const difference = findNodeDifference(normalizeOrder(editor.state.doc), normalizeOrder(toShownNode(document, editor.schema)))
  if (difference) onFault(`${label}: what the editor shows and its document differ in ${difference}`)
  try {
    editor.state.doc.check()
  } catch (error) {
    onFault(`${label}: ${(error as Error).message}: ${editor.state.doc.toString()}`)
  }
  if (refusedEdits > 0) onFault(`${label}: ${refusedEdits} edits are refused`)
}

/** Checks that new clients receive the whole document from a node. */
async function checkFreshClients({ url }: ClusterNode, { documentName, owner, journal, nodes }: RichTextSession): Promise<void> {
  const fresh: OpenDocument = connectDocument(url, documentName, () => owner.token)
  const plain = new Y.Doc()
  const provider = new WebsocketProvider(`${url.replace('http', 'ws')}/yjs`, documentName, plain, {
    params: { token: owner.token },
    maxBackoffTime: 200,
    disableBc: true,
  })
  try {
    for (const [name, document] of [
      ['/collab', fresh.document],
      ['/yjs', plain],
    ] as const) {
      let reason: string | undefined
      const equal = () => {
        reason = (name === '/yjs' ? provider.synced : isSaved(fresh))
          ? findReplicaDifference(document, journal.document)
          : 'it is not synced'
        return reason === undefined
      }
      await waitWhileNodesAreUp(nodes, equal, () => `a fresh client on ${name}: ${reason}`)
    }
  } finally {
    fresh.close()
    provider.destroy()
  }
}
