/** Documents with a past: edits brought past the sockets, and folded as if they were old. */
import { sql } from 'kysely'
import * as Y from 'yjs'
import { documentOf, keepSnapshot } from '../../domain/documents/snapshot.ts'
import { foldHistory } from '../../domain/documents/folding.ts'
import { query, system, type View } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'

export const idOf = (name: string) => name.split(':')[1] as string

let asked = 0

/** Looks with the eyes of an operation that SmartStart asks itself. */
export function look<O>(node: Node, does: (view: View) => Promise<O>): Promise<O> {
  return node.domain.run(system, query(`test.look${asked++}`, { input: {}, may: () => {}, does }), {})
}

/** Brings edits into a journal, in this order, each by whom. */
export async function journalled(node: Node, id: string, edits: { actor: string | null; update: Uint8Array }[]): Promise<void> {
  for (let place = 0; place < edits.length; place += 4000) {
    await Promise.all(edits.slice(place, place + 4000).map(({ actor, update }) => node.journal.append(id, actor, update)))
  }
}

/** Takes a snapshot of the newest state. */
export async function snapped(node: Node, id: string): Promise<void> {
  const { document, head } = await look(node, (view) => documentOf(view, id))
  await node.domain.run(system, keepSnapshot, { id, seq: head, state: Y.encodeStateAsUpdate(document) })
}

/** Folds all but the newest rows of a document, however young they are. Answers how many. */
export async function folded(node: Node, id: string, newest = 0): Promise<number> {
  let all = 0
  for (;;) {
    const rows = await node.domain.run(system, foldHistory, { id, newest, youngest: 0 })
    if (rows === 0) return all
    all += rows
  }
}

/** Makes it so that rows from a number on came later by some minutes than they did. */
export async function paused(node: Node, id: string, after: number, minutes: number): Promise<void> {
  await sql`update document_update set at = at - make_interval(mins => ${minutes}) where document = ${id} and seq <= ${after}`.execute(
    node.database.sql,
  )
}
