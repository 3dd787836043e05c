/** Going back: the text of a moment restored, and one person's stretch of work taken back, each as one new edit that erases nothing. */
import { sql } from 'kysely'
import * as Y from 'yjs'
import { z } from 'zod'
import { edit, userOf } from '../access/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type Ports, type View } from '../kernel/operation.ts'
import { DocumentName, findDocument } from './document.ts'
import { makeLike } from './likeness.ts'
import { inOrder, reachable, rowInBody } from './moment.ts'
import { documentAt } from './past.ts'
import { documentOf } from './snapshot.ts'
import { undone } from './undoing.ts'

const subjectOf = ({ documentName }: { documentName: string }) => documentName
const mayEdit = edit(subjectOf)

/** A document with the edit in it that is to be made, and whose it will be. */
interface Planned {
  documentName: string
  actor: string
  /** Absent where nothing changes. */
  planned: Y.Doc | undefined
  head: number
}

/** What an edit of the server's came to: the number of the newest row. */
export interface Head {
  head: number
}

async function openFor(view: View, input: { documentName: string }): Promise<{ id: string; head: number }> {
  // nobody was asked yet: this runs ahead of the transaction
  await mayEdit(view, input)
  const document = await findDocument(view, input.documentName)
  if (document.frozenAt) throw new DomainError('conflict', 'The document is frozen; it stays as it is.')
  return document
}

/** Makes the planned edit. What this node's document may lack of what is committed goes with it; it is in the journal already, under its author. */
async function write({ documentName, actor, planned, head }: Planned, ports: Ports): Promise<number> {
  if (!planned) return head
  const written = await ports.write(documentName, actor, (live) => {
    Y.applyUpdate(live, Y.encodeStateAsUpdate(planned, Y.encodeStateVector(live)))
  })
  return written.head
}

/**
 * Makes the document what it was at a moment: its text and every other root type. It is an edit by who asks; what others type meanwhile
 * merges as with any edit. Words that come back are theirs who brought them back; the history below says who first wrote them.
 */
export const restoreDocument = command('documents.restoreDocument', {
  input: { documentName: DocumentName, at: rowInBody },
  may: mayEdit,
  async prepares(view, input): Promise<Planned & { at: number }> {
    const document = await openFor(view, input)
    const past = await documentAt(view, document.id, await reachable(view, document, input.at))
    const { document: planned, head } = await documentOf(view, document.id)
    let changed = false
    planned.on('update', () => (changed = true))
    makeLike(planned, past.document)
    return { documentName: input.documentName, actor: userOf(view), planned: changed ? planned : undefined, head, at: past.at }
  },
  does: async (_work, _input, plan) => plan,
  afterwards: async (plan, ports): Promise<Head & { at: number }> => ({ head: await write(plan, ports), at: plan.at }),
})

/**
 * Takes back what one person did in rows `from` to `to`, as one edit by who asks: what they wrote then and is still there goes, what
 * they deleted then and nobody brought back comes back. What others wrote stays, so a block in which others wrote stays with their
 * words. What they both wrote and deleted then stays deleted. Once taken back, a row cannot be again; undo the undoing instead.
 */
export const undoWork = command('documents.undoWork', {
  input: { documentName: DocumentName, userId: z.uuid(), from: rowInBody.min(1), to: rowInBody },
  may: mayEdit,
  async prepares(view, input): Promise<Planned> {
    const document = await openFor(view, input)
    inOrder(input.from, input.to)
    await reachable(view, document, input.to)
    const planned = await undone(view, document.id, input)
    return { documentName: input.documentName, actor: userOf(view), planned, head: document.head }
  },
  async does(work, { documentName, userId, from, to }, plan): Promise<Planned> {
    if (!plan.planned) return plan
    const { id } = await findDocument(work, documentName)
    const kysely = work.em.getKysely() as never
    // one after the other, so that of two who ask at once one is told
    await sql`select from document where id = ${id} for update`.execute(kysely)
    const { rows } = await sql<{ from: string; to: string }>`
      select from_seq as "from", to_seq as "to" from document_undo
      where document = ${id} and user_id = ${userId} and from_seq <= ${to}::bigint and to_seq >= ${from}::bigint limit 1`.execute(kysely)
    if (rows[0]) throw new DomainError('conflict', `Their rows ${rows[0].from} to ${rows[0].to} were taken back already.`)
    await sql`insert into document_undo (document, user_id, from_seq, to_seq, by_user, at)
      values (${id}, ${userId}, ${from}, ${to}, ${userOf(work)}, ${work.now.toISOString()}::timestamptz)`.execute(kysely)
    return plan
  },
  afterwards: async (plan, ports): Promise<Head> => ({ head: await write(plan, ports) }),
})
