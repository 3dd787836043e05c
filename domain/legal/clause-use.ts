/** Clauses in drafts: inserting one, and into which drafts each was inserted. */
import { sql } from 'kysely'
import { z } from 'zod'
import { subjectsHeldBy } from '../access/grant.ts'
import { edit, read, userOf } from '../access/permission.ts'
import { blocksFrom, insertBlocks, Place, readPlace } from '../documents/block.ts'
import { findDocument } from '../documents/document.ts'
import { defineEntity, p } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type Permission, query, type Work } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { Clause, clauseSubject } from './clause.ts'
import { draftSubject } from './draft.ts'

const ClauseUseSchema = defineEntity({
  name: 'ClauseUse',
  tableName: 'legal_clause_use',
  properties: {
    clauseId: p.uuid().primary(),
    draftId: p.uuid().primary().index(),
    times: p.integer(),
    firstAt: p.datetime().length(3),
    lastAt: p.datetime().length(3),
  },
})
/** That a clause was inserted into a draft. It tells what was done: the words may have been changed, or taken out, since. */
export class ClauseUse extends ClauseUseSchema.class {}
ClauseUseSchema.setClass(ClauseUse)

/** Who writes the draft and reads the clause. */
const mayUse: Permission<{ id: string; clauseId: string }> = async (view, input) => {
  await edit(draftSubject)(view, input)
  await read(clauseSubject)(view, input)
}
const between = { id: z.uuid(), clauseId: z.uuid() }

async function noteUse(work: Work, { id, clauseId }: { id: string; clauseId: string }): Promise<void> {
  if ((await findDocument(work, draftSubject({ id }))).frozenAt) throw new DomainError('conflict', 'The document is frozen.')
  await sql`
    insert into legal_clause_use (clause_id, draft_id, times, first_at, last_at) values (${clauseId}, ${id}, 1, ${work.now}, ${work.now})
    on conflict (clause_id, draft_id) do update set times = legal_clause_use.times + 1, last_at = excluded.last_at`.execute(
    work.em.getKysely() as never,
  )
}

/** A clause that was inserted by the server; `head` is the number of the journal's newest row after it. */
export interface Inserted {
  documentName: string
  clauseId: string
  head: number
}

/** Inserts a clause into a draft, live, as an edit of who asks. */
export const insertClause = command('legal.insertClause', {
  input: { ...between, after: Place.optional().describe('the block of this place; absent: the end. Base64 of a relative position') },
  may: mayUse,
  async does(work, { id, clauseId, after }) {
    const { content } = await work.em.findOneOrFail(Clause, clauseId)
    await noteUse(work, { id, clauseId })
    return { documentName: draftSubject({ id }), clauseId, content, after: after && readPlace(after), actor: userOf(work) }
  },
  async afterwards({ documentName, clauseId, content, after, actor }, ports): Promise<Inserted> {
    const blocks = await blocksFrom(content)
    const { head } = await ports.write(documentName, actor, (document) => insertBlocks(document, blocks, after || undefined))
    return { documentName, clauseId, head }
  },
})

/** Notes that somebody inserted a clause in the editor, as an edit of their own. */
export const noteClauseUse = command('legal.noteClauseUse', {
  input: between,
  may: mayUse,
  does: noteUse,
})

/** A draft into which a clause was inserted. */
export interface UseSeen {
  draftId: string
  title: string
  times: number
  firstAt: Date
  lastAt: Date
}

/** The drafts that one may read and into which a clause was inserted, the newest draft first. */
export const listClauseUses = query('legal.listClauseUses', {
  input: { clauseId: z.uuid(), ...paging },
  may: read(clauseSubject),
  async does(view, { clauseId, limit, cursor }): Promise<Page<UseSeen>> {
    const after = readCursor(cursor)
    const { rows } = await sql<UseSeen & { lastAt: Date | string; firstAt: Date | string }>`
      with recursive ${subjectsHeldBy(userOf(view))}
      select u.draft_id as "draftId", d.title, u.times, u.first_at as "firstAt", u.last_at as "lastAt"
      from legal_clause_use u join legal_draft d on d.id = u.draft_id join held on held.name = 'legal:' || d.id
      where u.clause_id = ${clauseId} and ${after ? sql`u.draft_id < ${after.id}::uuid` : sql`true`}
      order by u.draft_id desc limit ${limit + 1}`.execute(view.em.getKysely() as never)
    const uses = rows.map((row) => ({ ...row, firstAt: new Date(row.firstAt), lastAt: new Date(row.lastAt) }))
    return pageOf(
      uses,
      limit,
      ({ firstAt, draftId }) => ({ at: firstAt.toISOString(), id: draftId }),
      (use) => use,
    )
  },
})
