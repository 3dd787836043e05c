/** What must be so after a random rich-text session: replicas, journal, fresh clients, editors and history are equal, and nothing is lost. */
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

/** Nodes are killed meanwhile, and take seconds to start, on a busy machine half a minute: only the time in which all of them are up counts. */
const maxUpTimeMs = 30_000

export interface RichTextSession {
  documentName: string
  participants: Participant[]
  /** Clients that were closed meanwhile; what of theirs was acknowledged is there too. */
  closed: Participant[]
  owner: RestPerson
  nodes: ClusterNode[]
  journal: ReturnType<typeof followJournal>
  onFault: (fault: string) => void
}

/** Waits until all is equal, and looks that all of it is right. @throws telling what does not become equal */
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

/** Waits for a condition. @throws when all nodes were up for `maxUpTimeMs`, in one piece or several, and it does not hold */
async function waitWhileNodesAreUp(nodes: ClusterNode[], condition: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  let upTimeMs = 0
  for (let before = performance.now(); !(await condition()); ) {
    await wait(20)
    const now = performance.now()
    if (nodes.every(({ isUp }) => isUp)) upTimeMs += now - before
    before = now
    if (upTimeMs > maxUpTimeMs) throw new Error(`waited ${maxUpTimeMs} ms in vain for ${what()}`)
  }
}

/** The history answers the text that editors show, and of a moment in the middle what the rows up to it bring. */
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
  // at once, as the server does: between two transactions Yjs removes formats that later rows build on
  past.transact(() => {
    for (const { update } of journal.rows.slice(0, middle)) Y.applyUpdate(past, update)
  })
  const [answered, replayed] = [await stateAt(middle), await readContent(past)].map((content) => proseSchema.nodeFromJSON(content))
  const difference = findNodeDifference(normalizeOrder(answered as Node), normalizeOrder(replayed as Node))
  if (difference) onFault(`history/state of row ${middle} and the journal differ in ${difference}`)
}

/** Why it is not settled yet; undefined when everybody is acknowledged and equal to what the journal brings. */
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

/** An editor shows what its document says, and the schema takes it. */
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

/** Clients that had nothing of the document get all of it from a node. */
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
