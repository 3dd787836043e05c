import { z } from 'zod'
import { Role } from '../domain/access/role.ts'
import type { Seen } from '../domain/access/seen.ts'
import { type Clause, createClause, deleteClause, getClause, listClauses, updateClause } from '../domain/legal/clause.ts'
import { type Inserted, insertClause, listClauseUses, noteClauseUse, type UseSeen } from '../domain/legal/clause-use.ts'
import { answer, del, get, pageOf, patch, post, put } from './endpoint.ts'
import { Prose } from './templates.ts'

/** A clause as a list shows it. */
export const ClauseRowBody = z
  .object({
    id: z.uuid(),
    name: z.string(),
    tags: z.array(z.string()),
    excerpt: z.string().describe('its first words, at most 240 signs'),
    ventureId: z.uuid().nullable().describe('whose members read it, and editors change it; null: only who made it'),
    ownerId: z.uuid().describe('who made it'),
    role: Role.describe('yours'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ClauseRow' })
export const ClauseBody = ClauseRowBody.extend({ content: Prose }).meta({ id: 'Clause' })

const rowOf = ({ thing, role }: Seen<Clause>): z.infer<typeof ClauseRowBody> => ({
  id: thing.id,
  name: thing.name,
  tags: thing.tags,
  excerpt: thing.words
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 240)
    .replace(/\p{Cs}/gu, ''),
  ventureId: thing.ventureId ?? null,
  ownerId: thing.ownerId,
  role,
  createdAt: thing.createdAt.toISOString(),
  updatedAt: thing.updatedAt.toISOString(),
})
const row = answer(ClauseRowBody, rowOf)
const clause = answer(
  ClauseBody,
  (seen: Seen<Clause>) => ({ ...rowOf(seen), content: seen.thing.content as z.infer<typeof Prose> }),
  ({ thing }) => thing.version,
)

export const ClauseUseBody = z
  .object({
    documentName: z.string(),
    title: z.string(),
    times: z.number().int().describe('how often it was inserted; the words may have changed since'),
    firstAt: z.iso.datetime(),
    lastAt: z.iso.datetime(),
  })
  .meta({ id: 'ClauseUse' })
const use = answer(ClauseUseBody, ({ draftId, title, times, firstAt, lastAt }: UseSeen) => ({
  documentName: `legal:${draftId}`,
  title,
  times,
  firstAt: firstAt.toISOString(),
  lastAt: lastAt.toISOString(),
}))

const inserted = answer(
  z.object({
    documentName: z.string(),
    clauseId: z.uuid(),
    head: z.number().int().describe('number of the newest row of its journal, the insertion among it'),
  }),
  (done: Inserted) => done,
)

export const clauses = [
  get('/legal/clauses', listClauses, pageOf(row)),
  post('/legal/clauses', createClause, clause),
  get('/legal/clauses/:clauseId', getClause, clause),
  patch('/legal/clauses/:clauseId', updateClause, clause),
  del('/legal/clauses/:clauseId', deleteClause),
  get('/legal/clauses/:clauseId/uses', listClauseUses, pageOf(use)),
  put('/legal/clauses/:clauseId/uses/:id', noteClauseUse),
  post('/legal/documents/:id/clauses', insertClause, inserted),
]
