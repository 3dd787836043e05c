/** Histories of documents: appends updates to the journal without a socket, backdates them and compacts them. */
import { sql } from 'kysely'
import * as Y from 'yjs'
import { readCommittedDocument, saveSnapshot } from '../../domain/documents/journal/snapshot.ts'
import { compactHistory as compactHistoryOperation } from '../../domain/history/compaction.ts'
import { system } from '../../domain/kernel/actor.ts'
import { query, type QueryContext } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'

export const toDocumentId = (name: string) => name.split(':')[1] as string

let queryCount = 0

/** Runs a function in a query of SmartStart itself. */
export function runQuery<O>(node: Node, execute: (view: QueryContext) => Promise<O>): Promise<O> {
  return node.domain.run(system, query(`test.query${queryCount++}`, { input: {}, authorize: () => {}, execute }), {})
}

/** Appends updates to a journal in order, each with its author. */
export async function appendUpdates(node: Node, id: string, edits: { actor: string | null; update: Uint8Array }[]): Promise<void> {
  for (let start = 0; start < edits.length; start += 4000) {
    await Promise.all(edits.slice(start, start + 4000).map(({ actor, update }) => node.journal.append(id, actor, update)))
  }
}

/** Takes a snapshot of the newest state. */
export async function takeSnapshot(node: Node, id: string): Promise<void> {
  const { document, head } = await runQuery(node, (view) => readCommittedDocument(view, id))
  await node.domain.run(system, saveSnapshot, { id, seq: head, state: Y.encodeStateAsUpdate(document) })
}

/** Compacts all but the newest rows of a document, of any age. @returns how many */
export async function compactHistory(node: Node, id: string, newest = 0): Promise<number> {
  let total = 0
  for (;;) {
    const rows = await node.domain.run(system, compactHistoryOperation, { id, newest, youngest: 0 })
    if (rows === 0) return total
    total += rows
  }
}

/** Moves the rows up to a sequence number into the past, so that later rows follow after a pause. */
export async function backdateUpdates(node: Node, id: string, after: number, minutes: number): Promise<void> {
  await sql`update document_update set at = at - make_interval(mins => ${minutes}) where document = ${id} and seq <= ${after}`.execute(
    node.database.sql,
  )
}
