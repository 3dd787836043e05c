/** The clause library: texts that a person or a venture reuses. */
import type { JSONContent } from '@tiptap/core'
import { sql } from 'kysely'
import { z } from 'zod'
import { rankToRole, heldSubjectsCte } from '../access/ancestry.ts'
import { createSubject, deleteSubject } from '../access/grant.ts'
import { requireEditor, requireOwner, requireViewer, getActorRole } from '../access/permission.ts'
import { requireSignedIn, requireUserId } from '../kernel/permission.ts'
import type { WithRole } from '../access/with-role.ts'
import { likePattern } from '../kernel/text/like-pattern.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { command, query, type QueryContext, type CommandContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { ifMatch, assertVersion } from '../kernel/etag.ts'
import { requireVentureEditor } from '../ventures/venture.ts'
import { ClauseChanged } from './events.ts'
import { type ClauseContent, parseClauseContent } from './clause-content.ts'
import { singleLine } from '../kernel/text/well-formed.ts'

const ClauseSchema = defineEntity({
  name: 'Clause',
  tableName: 'legal_clause',
  properties: {
    ...identity(),
    name: p.string().length(200),
    content: p.json<JSONContent>(),
    words: p.text(),
    tags: p.array().columnType('text[]'),
    ownerId: p.uuid().index(),
    ventureId: p.uuid().nullable().index(),
    version: p.integer().version(),
  },
})
/** A clause; `words` is its plain text, for searching. Its members are its venture's, or the person who created it. */
export class Clause extends ClauseSchema.class {}
ClauseSchema.setClass(Clause)

export const clauseSubject = ({ clauseId }: { clauseId: string }) => `clause:${clauseId}`

const Name = singleLine(200)
const Tag = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[^\s,\p{Cc}]{1,40}$/u, 'must be 1 to 40 characters without spaces and commas')
const Tags = z.array(Tag).max(20)
const Content = z.looseObject({ type: z.literal('doc') }).describe('the editor’s JSON: { type: "doc", content: [...] }')

export const createClause = command('legal.createClause', {
  input: { name: Name, content: Content, tags: Tags.default([]), ventureId: z.uuid().optional() },
  authorize: requireVentureEditor,
  prepare: async (_view, { content }): Promise<ClauseContent> => parseClauseContent(content),
  async execute(work, { name, tags, ventureId }, wording): Promise<WithRole<Clause>> {
    const [id, ownerId] = [newId(), requireUserId(work)]
    const clause = work.em.create(Clause, {
      id,
      name,
      ...wording,
      tags: [...new Set(tags)],
      ownerId,
      ventureId: ventureId ?? null,
      version: 1,
    })
    work.em.persist(clause)
    await createSubject(work, clauseSubject({ clauseId: id }), { parent: ventureId && `venture:${ventureId}`, owner: ownerId })
    emitClauseChanged(work, clause, 'created')
    return { entity: clause, role: 'owner' }
  },
})

export const getClause = query('legal.getClause', {
  input: { clauseId: z.uuid() },
  authorize: requireViewer(clauseSubject),
  execute: readClause,
})

async function readClause(view: QueryContext, { clauseId }: { clauseId: string }): Promise<WithRole<Clause>> {
  return { entity: await view.em.findOneOrFail(Clause, clauseId), role: await getActorRole(view, clauseSubject({ clauseId })) }
}

/** Clauses that the actor can read, newest first: of a venture, with a tag, or with all words in their name, tags or text. */
export const listClauses = query('legal.listClauses', {
  input: {
    ...paging,
    q: z.string().trim().max(200).optional().describe('words that must all be in its name, tags or text'),
    tag: Tag.optional(),
    ventureId: z.uuid().optional(),
  },
  authorize: requireSignedIn,
  async execute(view, { limit, cursor, q, tag, ventureId }): Promise<Page<WithRole<Clause>>> {
    const after = parseCursor(cursor)
    const conditions = [sql`true`]
    for (const word of q?.split(/\s+/).filter(Boolean).slice(0, 12) ?? []) {
      conditions.push(sql`(c.name || ' ' || array_to_string(c.tags, ' ') || ' ' || c.words) ilike ${likePattern(word)}`)
    }
    if (tag) conditions.push(sql`${tag} = any(c.tags)`)
    if (ventureId) conditions.push(sql`c.venture_id = ${ventureId}`)
    if (after) conditions.push(sql`c.id < ${after.id}::uuid`)
    const { rows } = await sql<{ id: string; rank: number }>`
      with recursive ${heldSubjectsCte(requireUserId(view))}
      select c.id, held.rank from held join legal_clause c
        on c.id = split_part(held.name, ':', 2)::uuid and split_part(held.name, ':', 1) = 'clause'
      where ${sql.join(conditions, sql` and `)} order by c.id desc limit ${limit + 1}`.execute(view.db)
    const clauses = await view.em.find(Clause, { id: { $in: rows.map(({ id }) => id) } })
    const found = new Map(clauses.map((clause) => [clause.id, clause]))
    const seen = rows.flatMap(({ id, rank }): WithRole<Clause>[] => {
      const thing = found.get(id)
      return thing ? [{ entity: thing, role: rankToRole(Number(rank)) }] : []
    })
    return paginate(
      seen,
      limit,
      ({ entity }) => ({ at: entity.createdAt.toISOString(), id: entity.id }),
      (one) => one,
    )
  },
})

/** Changes a clause. Drafts into which it was inserted stay unchanged. */
export const updateClause = command('legal.updateClause', {
  input: { clauseId: z.uuid(), name: Name.optional(), content: Content.optional(), tags: Tags.optional(), ifMatch },
  authorize: requireEditor(clauseSubject),
  prepare: async (_view, { content }): Promise<ClauseContent | undefined> => content && parseClauseContent(content),
  async execute(work, { clauseId, name, tags, ifMatch }, wording): Promise<WithRole<Clause>> {
    const { entity: clause, role } = await readClause(work, { clauseId })
    assertVersion(clause, ifMatch)
    if (name !== undefined) clause.name = name
    if (tags !== undefined) clause.tags = [...new Set(tags)]
    if (wording) Object.assign(clause, wording)
    emitClauseChanged(work, clause, 'changed')
    return { entity: clause, role }
  },
})

/** Deletes a clause. Drafts into which it was inserted stay unchanged. */
export const deleteClause = command('legal.deleteClause', {
  input: { clauseId: z.uuid(), ifMatch },
  authorize: requireOwner(clauseSubject),
  async execute(work, { clauseId, ifMatch }) {
    const clause = await work.em.findOneOrFail(Clause, clauseId)
    assertVersion(clause, ifMatch)
    emitClauseChanged(work, clause, 'deleted')
    work.em.remove(clause)
    await deleteSubject(work, clauseSubject({ clauseId }))
  },
})

/** Emits a change to the owner of the library: a deleted subject has no readers. */
function emitClauseChanged(
  work: CommandContext,
  { id, name, ventureId, ownerId }: Clause,
  change: 'created' | 'changed' | 'deleted',
): void {
  const audience = [ventureId ? `venture:${ventureId}` : `user:${ownerId}`]
  work.emit(ClauseChanged, { subject: clauseSubject({ clauseId: id }), audience, data: { clauseId: id, name, change } })
}
