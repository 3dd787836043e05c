/** The clause library: pieces of text that a person, or a venture, keeps to use again. */
import type { JSONContent } from '@tiptap/core'
import { sql } from 'kysely'
import { z } from 'zod'
import { createSubject, roleOfRank, Subject, subjectsHeldBy } from '../access/grant.ts'
import { edit, own, read, roleOfActor, signedIn, userOf } from '../access/permission.ts'
import { containing, type Seen } from '../access/seen.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { command, query, type View, type Work } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { ifMatch, refuseStale } from '../kernel/version.ts'
import { intoVenture } from '../ventures/venture.ts'
import { ClauseChanged } from './events.ts'
import { type Wording, wordingFrom } from './wording.ts'

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
/** A clause; `words` is its text without form, for searching. Its members are its venture's, or who made it. */
export class Clause extends ClauseSchema.class {}
ClauseSchema.setClass(Clause)

export const clauseSubject = ({ clauseId }: { clauseId: string }) => `clause:${clauseId}`

const Name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, 'takes no control signs')
const Tag = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[^\s,\p{Cc}]{1,40}$/u, 'takes 1 to 40 signs without spaces and commas')
const Tags = z.array(Tag).max(20)
const Content = z.looseObject({ type: z.literal('doc') }).describe('the editor’s JSON: { type: "doc", content: [...] }')

export const createClause = command('legal.createClause', {
  input: { name: Name, content: Content, tags: Tags.default([]), ventureId: z.uuid().optional() },
  may: intoVenture,
  prepares: async (_view, { content }): Promise<Wording> => wordingFrom(content),
  async does(work, { name, tags, ventureId }, wording): Promise<Seen<Clause>> {
    const [id, ownerId] = [newId(), userOf(work)]
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
    createSubject(work, clauseSubject({ clauseId: id }), { parent: ventureId && `venture:${ventureId}`, owner: ownerId })
    tell(work, clause, 'created')
    return { thing: clause, role: 'owner' }
  },
})

export const getClause = query('legal.getClause', {
  input: { clauseId: z.uuid() },
  may: read(clauseSubject),
  does: seenClause,
})

async function seenClause(view: View, { clauseId }: { clauseId: string }): Promise<Seen<Clause>> {
  return { thing: await view.em.findOneOrFail(Clause, clauseId), role: await roleOfActor(view, clauseSubject({ clauseId })) }
}

/** Clauses that one may read, newest first: those of a venture, with a tag, with all of some words in their name, tags or text. */
export const listClauses = query('legal.listClauses', {
  input: {
    ...paging,
    q: z.string().trim().max(200).optional().describe('words that all stand in its name, tags or text'),
    tag: Tag.optional(),
    ventureId: z.uuid().optional(),
  },
  may: signedIn,
  async does(view, { limit, cursor, q, tag, ventureId }): Promise<Page<Seen<Clause>>> {
    const after = readCursor(cursor)
    const conditions = [sql`true`]
    for (const word of q?.split(/\s+/).filter(Boolean).slice(0, 12) ?? []) {
      conditions.push(sql`(c.name || ' ' || array_to_string(c.tags, ' ') || ' ' || c.words) ilike ${containing(word)}`)
    }
    if (tag) conditions.push(sql`${tag} = any(c.tags)`)
    if (ventureId) conditions.push(sql`c.venture_id = ${ventureId}`)
    if (after) conditions.push(sql`c.id < ${after.id}::uuid`)
    const { rows } = await sql<{ id: string; rank: number }>`
      with recursive ${subjectsHeldBy(userOf(view))}
      select c.id, held.rank from held join legal_clause c
        on c.id = split_part(held.name, ':', 2)::uuid and split_part(held.name, ':', 1) = 'clause'
      where ${sql.join(conditions, sql` and `)} order by c.id desc limit ${limit + 1}`.execute(view.em.getKysely() as never)
    const clauses = await view.em.find(Clause, { id: { $in: rows.map(({ id }) => id) } })
    const found = new Map(clauses.map((clause) => [clause.id, clause]))
    const seen = rows.flatMap(({ id, rank }): Seen<Clause>[] => {
      const thing = found.get(id)
      return thing ? [{ thing, role: roleOfRank(Number(rank)) }] : []
    })
    return pageOf(
      seen,
      limit,
      ({ thing }) => ({ at: thing.createdAt.toISOString(), id: thing.id }),
      (one) => one,
    )
  },
})

/** Changes a clause. Where it was inserted the text stays as it is. */
export const updateClause = command('legal.updateClause', {
  input: { clauseId: z.uuid(), name: Name.optional(), content: Content.optional(), tags: Tags.optional(), ifMatch },
  may: edit(clauseSubject),
  prepares: async (_view, { content }): Promise<Wording | undefined> => content && wordingFrom(content),
  async does(work, { clauseId, name, tags, ifMatch }, wording): Promise<Seen<Clause>> {
    const { thing: clause, role } = await seenClause(work, { clauseId })
    refuseStale(clause, ifMatch)
    if (name !== undefined) clause.name = name
    if (tags !== undefined) clause.tags = [...new Set(tags)]
    if (wording) Object.assign(clause, wording)
    tell(work, clause, 'changed')
    return { thing: clause, role }
  },
})

/** Throws a clause away. Where it was inserted the text stays. */
export const deleteClause = command('legal.deleteClause', {
  input: { clauseId: z.uuid(), ifMatch },
  may: own(clauseSubject),
  async does(work, { clauseId, ifMatch }) {
    const clause = await work.em.findOneOrFail(Clause, clauseId)
    refuseStale(clause, ifMatch)
    tell(work, clause, 'deleted')
    work.em.remove(clause)
    await work.em.nativeDelete(Subject, { name: clauseSubject({ clauseId }) })
  },
})

/** Heard by those in whose library it is: a subject that is gone has no readers. */
function tell(work: Work, { id, name, ventureId, ownerId }: Clause, change: 'created' | 'changed' | 'deleted'): void {
  const audience = [ventureId ? `venture:${ventureId}` : `user:${ownerId}`]
  work.emit(ClauseChanged, { subject: clauseSubject({ clauseId: id }), audience, data: { clauseId: id, name, change } })
}
