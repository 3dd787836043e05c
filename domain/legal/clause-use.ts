/** Clauses in drafts: inserting a clause, and listing the drafts into which it was inserted. */
import { sql } from 'kysely'
import { z } from 'zod'
import { heldSubjectsCte } from '../access/ancestry.ts'
import { requireEditor, requireViewer } from '../access/permission.ts'
import { requireUserId } from '../kernel/permission.ts'
import { toYjsBlocks, insertBlocks, RelativePositionInput, parseRelativePosition } from '../documents/richtext/insert-blocks.ts'
import { findDocument } from '../documents/document.ts'
import type { CamelRow, TableRow } from '../kernel/db/table-row.ts'
import { defineEntity, p } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type Permission, query, type CommandContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { Clause, clauseSubject } from './clause.ts'
import { draftSubject } from './draft-entity.ts'

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
/** Records that a clause was inserted into a draft. Its text may have been changed or deleted since. */
export class ClauseUse extends ClauseUseSchema.class {}
ClauseUseSchema.setClass(ClauseUse)

/** Requires the editor role on the draft and the viewer role on the clause. */
const requireClauseUse: Permission<{ id: string; clauseId: string }> = async (view, input) => {
  await requireEditor(draftSubject)(view, input)
  await requireViewer(clauseSubject)(view, input)
}
const clauseUseInput = { id: z.uuid(), clauseId: z.uuid() }

async function recordUse(work: CommandContext, { id, clauseId }: { id: string; clauseId: string }): Promise<void> {
  if ((await findDocument(work, draftSubject({ id }))).frozenAt)
    throw new DomainError('conflict', 'The document is frozen and cannot be changed.')
  await work.db
    .insertInto('legal_clause_use')
    .values({ clause_id: clauseId, draft_id: id, times: 1, first_at: work.now, last_at: work.now })
    .onConflict((known) =>
      known.columns(['clause_id', 'draft_id']).doUpdateSet((is) => ({ times: is('legal_clause_use.times', '+', 1), last_at: work.now })),
    )
    .execute()
}

/** A clause that the server inserted; `head` is the document's head after it. */
export interface InsertedClause {
  documentName: string
  clauseId: string
  head: number
}

/** Inserts a clause into a draft, live, as an edit of the actor. */
export const insertClause = command('legal.insertClause', {
  input: {
    ...clauseUseInput,
    after: RelativePositionInput.optional().describe('inserts after the block at this relative position (base64); absent: at the end'),
  },
  authorize: requireClauseUse,
  async execute(work, { id, clauseId, after }) {
    const { content } = await work.em.findOneOrFail(Clause, clauseId)
    await recordUse(work, { id, clauseId })
    return {
      documentName: draftSubject({ id }),
      clauseId,
      content,
      after: after && parseRelativePosition(after),
      actor: requireUserId(work),
    }
  },
  async afterCommit({ documentName, clauseId, content, after, actor }, ports): Promise<InsertedClause> {
    const blocks = await toYjsBlocks(content)
    const { head } = await ports.editDocument(documentName, actor, (document) => insertBlocks(document, blocks, after || undefined))
    return { documentName, clauseId, head }
  },
})

/** Records that the actor inserted a clause in the editor, as an edit of their own. */
export const noteClauseUse = command('legal.noteClauseUse', {
  input: clauseUseInput,
  authorize: requireClauseUse,
  execute: recordUse,
})

/** A draft into which a clause was inserted. */
export interface ClauseUseDetails {
  draftId: string
  title: string
  times: number
  firstAt: Date
  lastAt: Date
}

/** The drafts that the actor can read and into which a clause was inserted, newest draft first. */
export const listClauseUses = query('legal.listClauseUses', {
  input: { clauseId: z.uuid(), ...paging },
  authorize: requireViewer(clauseSubject),
  async execute(view, { clauseId, limit, cursor }): Promise<Page<ClauseUseDetails>> {
    const after = parseCursor(cursor)
    const { rows } = await sql<
      CamelRow<'legal_clause_use', 'draft_id' | 'times' | 'first_at' | 'last_at'> & TableRow<'legal_draft', 'title'>
    >`
      with recursive ${heldSubjectsCte(requireUserId(view))}
      select u.draft_id as "draftId", d.title, u.times, u.first_at as "firstAt", u.last_at as "lastAt"
      from legal_clause_use u join legal_draft d on d.id = u.draft_id join held on held.name = 'legal:' || d.id
      where u.clause_id = ${clauseId} and ${after ? sql`u.draft_id < ${after.id}::uuid` : sql`true`}
      order by u.draft_id desc limit ${limit + 1}`.execute(view.db)
    const uses = rows.map((row) => ({ ...row, firstAt: new Date(row.firstAt), lastAt: new Date(row.lastAt) }))
    return paginate(
      uses,
      limit,
      ({ firstAt, draftId }) => ({ at: firstAt.toISOString(), id: draftId }),
      (use) => use,
    )
  },
})
